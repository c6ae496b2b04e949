//! `adopt`: what it takes, what it leaves, and what is said before.

use std::collections::BTreeSet;

use evenkeel::cloud::Observe as _;
use evenkeel::execute::{Silent, execute};
use evenkeel::model::id::{Installation, ResourceId};
use evenkeel::plan::adopt::{adopted, adoption, candidates};
use evenkeel::plan::step::Plan;
use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::corpus::{Account as _, CLUSTER, tags};
use super::sandbox::{Kept, write};
use crate::support::lab::{Lab, in_virtual_time, shop};

const MANIFESTS: &str = r#"
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db}
spec: {secretName: shop/db, description: The shop's database}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: mail}
spec: {secretName: shop/mail}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {name: common}
spec: {roleName: common-exec}
---
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {name: web}
spec:
  family: web
  executionRoleRef: {name: common}
  containerDefinitions: [{name: app, image: "web:2", memory: 64}]
---
apiVersion: evenkeel.dev/v1alpha1
kind: Service
metadata: {name: web}
spec: {serviceName: web, cluster: shop, taskDefinitionRef: {name: web}, launchType: EC2}
"#;

/// A secret, a role and a service that someone else made.
fn kept() -> (Kept, String) {
    let kept = Kept::new();
    kept.secret("shop/db");
    kept.secret("shop/mail");
    kept.service("web", &json!({"image": "web:1"}));
    let file = kept.folder.join("manifests.yaml");
    write(&file, MANIFESTS);
    (kept, file.to_str().unwrap().to_owned())
}

fn service_tags(kept: &Kept) -> Vec<(String, String)> {
    let body = json!({"cluster": CLUSTER, "services": ["web"], "include": ["TAGS"]});
    tags(&kept.ecs("DescribeServices", &body)["services"][0]["tags"]).into_iter().collect()
}

#[test]
fn each_kind_is_taken_over_and_what_needs_no_adoption_says_so() {
    let (kept, file) = kept();
    let all = ["Secret/db", "Secret/mail", "ExecutionRole/common", "TaskDefinition/web", "Service/web"];
    let ran = kept.run(&[&["adopt"], &all[..], &["-f", &file, "--yes"]].concat());
    assert_eq!(ran.exit, Some(0), "{}{}", ran.out, ran.err);
    for said in [
        "Secret/mail: needs no adoption: it is only referred to",
        "TaskDefinition/web: needs no adoption: a family belongs to nobody",
        // What the next apply would do is said before anyone agrees.
        "Then the next apply would change:",
        "The shop's database",
        "~ containerDefinitions[app].image  web:1 → web:2",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    assert!(ran.err.contains("3 of 3 taken over"), "{}", ran.err);
    let again = kept.run(&[&["adopt"], &all[..], &["-f", &file, "--yes"]].concat());
    assert_eq!(again.exit, Some(0), "{}{}", again.out, again.err);
    assert!(again.out.contains("Service/web: is this installation's already"), "{}", again.out);
    assert!(again.err.contains("nothing to take over"), "{}", again.err);
    // What was said is what the next diff says.
    let said = ran.out.split_once("Then the next apply would change:\n\n").unwrap().1;
    let diff = kept.run(&["diff", "-f", &file]);
    assert_eq!(diff.exit, Some(1), "{}", diff.err);
    let changes = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| line.starts_with(['+', '~', '-', '=']) || line.trim_start().starts_with(['+', '~', '-']));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(changes(said), changes(&diff.out));
}

#[test]
fn what_another_installation_owns_is_taken_from_that_one_alone() {
    let (kept, file) = kept();
    let adopt = ["adopt", "--all", "-f", &file, "--yes"];
    assert_eq!(kept.run(&[&adopt[..], &["--installation", "staging"]].concat()).exit, Some(0));
    let refused = kept.run(&adopt);
    assert_eq!(refused.exit, Some(5), "{}{}", refused.out, refused.err);
    assert!(refused.out.contains("`evenkeel adopt --from staging` takes it over"), "{}", refused.out);
    let wrong = kept.run(&[&adopt[..], &["--from", "other"]].concat());
    assert_eq!(wrong.exit, Some(5), "{}{}", wrong.out, wrong.err);
    assert!(service_tags(&kept).contains(&("evenkeel.dev/installation".into(), "staging".into())));
    // The annotation says nothing of what has an owner.
    let annotated = MANIFESTS
        .replace("metadata: {name: web}", "metadata: {name: web, annotations: {evenkeel.dev/adopt: \"true\"}}");
    write(&kept.folder.join("manifests.yaml"), &annotated);
    let diff = kept.run(&["diff", "-f", &file]);
    assert_eq!(diff.exit, Some(5), "{}{}", diff.out, diff.err);
    assert!(diff.out.contains("is managed by the installation `staging`"), "{}", diff.out);
    let taken = kept.run(&[&adopt[..], &["--from", "staging"]].concat());
    assert_eq!(taken.exit, Some(0), "{}{}", taken.out, taken.err);
    assert!(service_tags(&kept).contains(&("evenkeel.dev/installation".into(), "default".into())));
    let theirs = kept.run(&["diff", "-f", &file, "--installation", "staging"]);
    assert_eq!(theirs.exit, Some(5), "{}{}", theirs.out, theirs.err);
}

#[test]
fn what_is_not_there_or_not_declared_is_said() {
    let (kept, file) = kept();
    assert_eq!(kept.run(&["adopt", "Service/wbe", "-f", &file, "--yes"]).exit, Some(2));
    assert_eq!(kept.run(&["adopt", "-f", &file, "--yes"]).exit, Some(2));
    write(&kept.folder.join("manifests.yaml"), &MANIFESTS.replace("serviceName: web", "serviceName: other"));
    let missing = kept.run(&["adopt", "Service/web", "-f", &file, "--yes"]);
    assert_eq!(missing.exit, Some(1), "{}{}", missing.out, missing.err);
    assert!(missing.out.contains("there is nothing to take over"), "{}", missing.out);
    let json = kept.run(&["adopt", "--all", "-f", &file, "--yes", "-o", "json"]);
    assert_eq!(json.exit, Some(0), "{}{}", json.out, json.err);
    let objects: Vec<Value> = json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 3, "what is taken over, what comes then, and how it went");
    assert_eq!(objects[0]["steps"][0]["why"]["reason"], "Adopted");
}

/// What is held is no change.
#[test]
fn of_a_service_whose_rollout_failed_the_next_apply_changes_nothing() {
    let kept = Kept::new();
    let file = kept.failed("staging");
    let adopt = ["adopt", "Service/web", "--from", "staging", "-f", &file];
    let asked = kept.run(&adopt);
    assert_eq!(asked.exit, Some(5), "{}{}", asked.out, asked.err);
    let then = "\nThen the next apply would change nothing, and hold 1 resource:\n\n= Service/web              held: RolloutFailed";
    assert!(asked.out.contains(then), "{}", asked.out);
}

/// The shop, made by one installation and left by it: everything is there, and nobody's.
async fn abandoned() -> Lab {
    let lab = Lab::with_shop().await;
    lab.converge(&shop("2.0.0")).await;
    let keys = json!(["evenkeel.dev/installation", "evenkeel.dev/resource", "evenkeel.dev/applied"]);
    for name in ["shop-web", "shop-worker"] {
        let body = json!({"cluster": CLUSTER, "services": [name]});
        let arn = lab.call(Service::Ecs, "DescribeServices", &body)["services"][0]["serviceArn"].clone();
        lab.call(Service::Ecs, "UntagResource", &json!({"resourceArn": arn, "tagKeys": keys}));
        let mut untagged = json!({"RoleName": format!("{name}-exec")});
        for (n, key) in (1..).zip(keys.as_array().unwrap()) {
            untagged[format!("TagKeys.member.{n}")] = key.clone();
        }
        lab.form("UntagRole", &untagged);
    }
    lab
}

#[test]
fn a_crash_in_between_leaves_what_is_taken_over_and_the_rest_as_it_was() {
    in_virtual_time(async {
        let lab = Box::pin(abandoned()).await;
        let desired = shop("2.0.0");
        let plan = |observed: &_, chosen: &BTreeSet<ResourceId>| -> Plan { adoption(&desired, observed, chosen, None) };
        let mut left = 4;
        loop {
            let observed = lab.aws.observe(&desired).await;
            let chosen = candidates(&desired, &observed);
            assert_eq!(chosen.len(), left);
            if chosen.is_empty() {
                break;
            }
            // One call, then the process is gone.
            let one: BTreeSet<ResourceId> = chosen.iter().take(1).cloned().collect();
            let first = plan(&observed, &one);
            let execution = execute(&first, &lab.aws, &Silent, || false).await;
            assert_eq!(execution.done(), 1);
            let after = lab.aws.observe(&desired).await;
            let expected = adopted(&observed, &first);
            assert_eq!(
                (&after.services, &after.roles),
                (&expected.services, &expected.roles),
                "what was foreseen is what came"
            );
            left -= 1;
        }
        let before = lab.writes();
        let (plan, _) = lab.pass(&desired).await;
        assert!(plan.is_empty() && plan.held().is_empty(), "{plan:#?}");
        assert_eq!(lab.writes(), before, "nothing is left to be repaired");
    });
}

#[test]
fn taken_from_another_installation_the_mark_of_a_commit_that_nobody_here_knows_holds_nothing() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let mut theirs = shop("2.0.0");
        theirs.installation = Installation::new("staging");
        theirs.commit = Some(evenkeel::model::id::Commit::new("a".repeat(40)));
        lab.converge(&theirs).await;
        let mut ours = shop("2.0.0");
        ours.commit = Some(evenkeel::model::id::Commit::new("b".repeat(40)));
        ours.lineage = ours.commit.iter().cloned().collect();
        let observed = lab.aws.observe(&ours).await;
        let chosen = candidates(&ours, &observed);
        let plan = adoption(&ours, &observed, &chosen, Some(&Installation::new("staging")));
        assert_eq!((plan.steps().count(), plan.held().len()), (4, 0), "{plan:#?}");
        execute(&plan, &lab.aws, &Silent, || false).await;
        let (_, plan) = lab.look(&ours).await;
        assert!(plan.held().is_empty(), "{:#?}", plan.held());
    });
}
