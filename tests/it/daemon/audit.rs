//! The audit has one line for each call that changed something, or may have: CloudTrail has no record that has none here.

use std::collections::BTreeSet;

use evenkeel::model::inventory::PruneRules;
use evenkeel::sandbox::chaos::Fate;
use serde_json::{Value, json};

use super::running::{Running, beside, edit, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};
use crate::support::values::age_files;

/// The operations of the audit, in alphabetical order.
fn operations(audit: &[Value]) -> Vec<String> {
    let name = |entry: &Value| entry["operation"].as_str().unwrap().split_once(':').unwrap().1.to_owned();
    let mut names: Vec<String> = audit.iter().map(name).collect();
    names.sort();
    names
}

fn written(lab: &Lab, before: usize) -> Vec<String> {
    let mut names = lab.written().split_off(before);
    names.sort();
    names
}

async fn release(running: &Running<'_>, from: &str, to: &str) {
    edit(running.folder, "web.yaml", &format!("shop-web:{from}"), &format!("shop-web:{to}"));
    running.minutes(10).await;
}

#[test]
fn every_call_that_aws_took_has_one_line_with_a_request_of_its_own() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        lab.create_secret("shop/key", 1);
        let before = lab.written().len();
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            release(&running, "2.0.0", "2.1.0").await;
            lab.rotate("shop/db", 2);
            running.minutes(10).await;
            // Another secret widens the role, whose mark is written before and after.
            let more = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: shop-key}\nspec: {secretName: shop/key}\n";
            std::fs::write(running.folder.join("manifests/key.yaml"), more).unwrap();
            let user = "        DB_USER:";
            edit(running.folder, "web.yaml", user, &format!("        KEY: {{secretRef: {{name: shop-key}}}}\n{user}"));
            running.minutes(10).await;
            edit(running.folder, "web.yaml", "cluster: shop", "cluster: shop\n  tags: {team: web}");
            running.minutes(10).await;
            let audit = running.audit();
            let others = ["PutSecretValue"];
            let written: Vec<String> =
                written(&lab, before).into_iter().filter(|name| !others.contains(&name.as_str())).collect();
            assert_eq!(operations(&audit), written);
            let marks = audit.iter().filter(|entry| entry["mark"] == true).count();
            assert!((5..audit.len() / 2).contains(&marks), "{marks} of {}", audit.len());
            let requests: BTreeSet<&str> = audit.iter().map(|entry| entry["requestId"].as_str().unwrap()).collect();
            assert_eq!(requests.len(), audit.len(), "each has its own");
        })
        .await;
    });
}

#[test]
fn a_mark_that_cannot_be_written_does_not_make_its_call_one_that_failed() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            let (lines, before) = (running.audit().len(), lab.written().len());
            let mut first = true;
            lab.chaos.set(move |_, operation| {
                let is_it = operation == "TagResource" && std::mem::take(&mut first);
                if is_it { Fate::Denied } else { Fate::Pass }
            });
            release(&running, "2.0.0", "2.1.0").await;
            let said = |entry: &Value| json!([entry["operation"], entry["mark"], entry["result"]]);
            let audit = running.audit().split_off(lines);
            assert_eq!(
                audit.iter().map(said).collect::<Vec<_>>(),
                [
                    json!(["ecs:RegisterTaskDefinition", false, "done"]),
                    json!(["ecs:UpdateService", false, "done"]),
                    json!(["ecs:TagResource", true, "failed"]),
                    // It is found to be stale, and is written after all.
                    json!(["ecs:TagResource", false, "done"]),
                ]
            );
            assert!(audit[2]["fault"].as_str().unwrap().starts_with("ecs:TagResource is not allowed"), "{}", audit[2]);
            assert!(audit[1]["requestId"].is_string() && audit[1]["fault"].is_null(), "{}", audit[1]);
            assert_eq!(written(&lab, before), ["RegisterTaskDefinition", "TagResource", "UpdateService"]);
            let counted = |result: &str| {
                running.number(&format!(
                    "evenkeel_calls_total{{operation=\"ecs:UpdateService\",why=\"Changed\",result=\"{result}\"}}"
                ))
            };
            assert_eq!((counted("done"), counted("failed")), (1, 0));
        })
        .await;
    });
}

const KEPT: &str = "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: kept}
spec: {secretName: shop/kept, value: {encrypted: {file: kept.age, format: age}}}
";

/// Where the key is a wrong one there is no mark, and no call by a name that AWS does not know.
#[test]
fn a_value_that_cannot_be_had_is_the_failure_of_the_call_that_would_carry_it() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, Folder::new());
        std::fs::create_dir(folder.join("manifests")).unwrap();
        let put = |file: &str| std::fs::copy(age_files().join(file), folder.join("manifests/kept.age")).unwrap();
        std::fs::write(folder.join("manifests/kept.yaml"), KEPT).unwrap();
        put("for-another.age");
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(1).await;
            let said = |entry: &Value| json!([entry["operation"], entry["mark"], entry["result"], entry["requestId"]]);
            let first = &running.audit()[0];
            assert_eq!(said(first), json!(["secretsmanager:CreateSecret", false, "failed", null]));
            assert!(first["fault"].as_str().unwrap().starts_with("values:Decrypt "), "{first}");
            put("json.age");
            running.minutes(15).await;
            let before = running.audit().len();
            put("for-another.age");
            running.minutes(1).await;
            let failed = &running.audit()[before];
            assert_eq!(said(failed), json!(["secretsmanager:PutSecretValue", false, "failed", null]));
            assert!(!running.board.numbers().contains("values:"), "{}", running.board.numbers());
        })
        .await;
    });
}

/// A role that is gone before its turn comes, and one that cannot be read then.
#[test]
fn what_was_not_sent_was_not_done_and_has_no_request() {
    for (fate, expected) in [(Fate::NotFound, &["done"] as &[&str]), (Fate::Denied, &["failed", "done"])] {
        in_virtual_time(async {
            let (lab, folder) = (Lab::with_shop().await, shop_folder());
            let mut rules = rules();
            rules.policy.prune = PruneRules { enabled: true, max_millionths: 600_000 };
            beside(&lab, &folder, rules, async |running| {
                running.minutes(5).await;
                std::fs::remove_file(running.folder.join("manifests/worker.yaml")).unwrap();
                let (mut has_begun, mut is_over) = (false, false);
                lab.chaos.set(move |_, operation| {
                    has_begun |= operation == "DeleteRolePolicy";
                    let is_it = has_begun && !is_over && operation == "GetRole";
                    is_over |= is_it;
                    if is_it { fate } else { Fate::Pass }
                });
                running.minutes(30).await;
                let audit = running.audit();
                let lines: Vec<&Value> = audit.iter().filter(|entry| entry["operation"] == "iam:DeleteRole").collect();
                let results: Vec<&str> = lines.iter().map(|entry| entry["result"].as_str().unwrap()).collect();
                assert_eq!(results, expected, "{lines:#?}");
                assert!(
                    lines.iter().all(|line| line["requestId"].is_string() == (line["result"] == "done")),
                    "{lines:#?}"
                );
            })
            .await;
        });
    }
}
