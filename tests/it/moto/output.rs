//! What other programs read: the JSON object of section 7 of the design, to the member.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::lab::{Lab, in_real_time, version_id};
use super::shop::shop;

/// The members of an object are these, and no others.
fn check(object: &Value, members: &[&str]) {
    let found: BTreeSet<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(found, members.iter().copied().collect(), "{object:#}");
}

const OBJECT: [&str; 12] = [
    "formatVersion",
    "complete",
    "installation",
    "account",
    "region",
    "commit",
    "observedAt",
    "planDigest",
    "summary",
    "steps",
    "held",
    "calls",
];

const STEP: [&str; 7] = ["id", "resource", "action", "needs", "why", "changes", "risk"];

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn step<'a>(object: &'a Value, resource: &str, action: &str) -> &'a Value {
    let is_it = |step: &&Value| step["resource"] == resource && step["action"] == action;
    object["steps"].as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("{object:#}"))
}

#[test]
fn the_object_of_diff_has_the_members_of_the_contract_and_no_others() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let ran = lab.evenkeel(&["diff", "-o", "json"], &shop("2.0.0"));
        let [object] = &lines(&ran.out)[..] else { panic!("one line: {}", ran.out) };
        check(object, &OBJECT);
        let fixed = ["formatVersion", "complete", "installation", "account", "region", "commit"];
        let found = fixed.map(|member| object[member].clone());
        assert_eq!(
            found,
            [json!("1"), json!(true), json!("default"), json!(lab.account), json!("eu-west-1"), json!(null)]
        );
        let summary = json!({"create": 6, "update": 0, "delete": 0, "redeploy": 0, "held": 0, "unchanged": 1});
        assert_eq!(object["summary"], summary);
        for step in object["steps"].as_array().unwrap() {
            // Members that stand there only where they say something.
            let more = if step["action"] == "createService" { &["deferred"][..] } else { &[] };
            check(step, &[&STEP, more].concat());
            check(&step["why"], &["reason"]);
            for change in step["changes"].as_array().unwrap() {
                check(change, &["path", "before", "after", "at"]);
            }
        }
        let create = step(object, "Service/web", "createService");
        let register = step(object, "TaskDefinition/web", "registerTaskDefinition");
        assert_eq!(create["deferred"], "Settling");
        assert!(create["needs"].as_array().unwrap().contains(&register["id"]));
        let changes = create["changes"].as_array().unwrap();
        let revision = changes.iter().find(|change| change["path"] == "taskDefinition").unwrap();
        assert_eq!(revision["after"], json!({"knownAfter": register["id"]}));
        let calls = &object["calls"];
        check(calls, &["total", "byOperation"]);
        let by_operation = calls["byOperation"].as_object().unwrap();
        assert_eq!(by_operation.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), calls["total"]);
        let seen: Value =
            lab.front.all_calls().into_iter().map(|(operation, count)| (operation, json!(count))).collect();
        assert_eq!(calls["byOperation"], seen, "the program counts what arrives");
    });
}

#[test]
fn a_rotation_is_named_in_why_and_its_version_in_the_change() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let at_once = "  rollout: {debounce: 0s}\n  deploymentConfiguration:";
        let manifests = shop("2.0.0").replace("  deploymentConfiguration:", at_once);
        lab.apply(&lab.connect().await, &lab.desired(&manifests)).await;
        let rotated = lab.rotate("shop/db");
        let ran = lab.evenkeel(&["diff", "-o", "json", "--rollouts-settle", "0s"], &manifests);
        assert_eq!(ran.exit, Some(1), "{}", ran.out);
        let object = &lines(&ran.out)[0];
        let register = step(object, "TaskDefinition/web", "registerTaskDefinition");
        assert_eq!(register["why"], json!({"reason": "SecretRotated", "secrets": ["shop-db"]}));
        let change = &register["changes"][0];
        assert_eq!(change["path"], "containerDefinitions[web].secrets[DB_PASSWORD].version");
        assert_eq!((&change["before"], &change["after"]), (&json!(version_id("shop/db", 1)), &json!(rotated)));
        let update = step(object, "Service/web", "updateService");
        assert_eq!(update["risk"], json!(["redeploy", "imageMayChange"]));
    });
}

#[test]
fn apply_gives_one_object_for_each_pass_with_the_outcome_of_every_step() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let verb = ["apply", "--yes", "--rollouts-settle", "0s", "-o", "json"];
        let ran = lab.evenkeel(&verb, &shop("2.0.0"));
        let [first, last] = &lines(&ran.out)[..] else { panic!("two lines: {}", ran.out) };
        for step in first["steps"].as_array().unwrap() {
            check(step, &[&STEP[..], &["outcome"]].concat());
            assert_eq!(step["outcome"]["result"], "done");
        }
        let service = format!("arn:aws:ecs:eu-west-1:{}:service/shop/shop-web", lab.account);
        assert_eq!(step(first, "Service/web", "createService")["outcome"]["arn"], service);
        check(last, &OBJECT);
        assert_eq!((&last["steps"], &last["held"], &last["summary"]["unchanged"]), (&json!([]), &json!([]), &json!(7)));
    });
}

#[test]
fn what_is_held_has_a_word_a_sentence_and_a_root() {
    in_real_time(async {
        let lab = Lab::new().await;
        let ran = lab.evenkeel(&["diff", "-o", "json"], &shop("2.0.0"));
        let object = &lines(&ran.out)[0];
        for held in object["held"].as_array().unwrap() {
            check(held, &["resource", "because", "message", "root", "at"]);
            assert!(held["at"].as_str().unwrap().starts_with("<stdin>:"), "{held:#}");
        }
        let text = lab.placed(&shop("2.0.0"));
        let document =
            text.split("---\n").find(|document| document.contains("kind: Service\nmetadata: {name: web}")).unwrap();
        let line = text[..text.find(document).unwrap()].matches('\n').count() + 1;
        let expected = json!({
            "resource": "Service/web", "because": "WaitingOn", "message": "waits for Secret/shop-db", "root": "Secret/shop-db",
            "at": format!("<stdin>:{line}:1")
        });
        assert!(object["held"].as_array().unwrap().contains(&expected), "{object:#}");
    });
}
