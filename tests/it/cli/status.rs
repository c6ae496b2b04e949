//! `get`, `tree` and `explain` as people run them.

use std::process::Output;

use serde_json::Value;

use super::{Place, SHOP, code, run, stderr, stdout};
use crate::status::document::assert_valid;

/// Faster than any rollout.
const FAST: [&str; 2] = ["--speed", "60"];

fn applied(place: &Place) -> String {
    let sandbox = place.sandbox();
    let verb = ["apply", "-f", SHOP, &sandbox, "--yes", "--wait", "--rollouts-settle", "0s"];
    let output = run(&[verb.as_slice(), &FAST].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    sandbox
}

fn shown(verb: &[&str], sandbox: &str) -> Output {
    run(&[verb, &["-f", SHOP, sandbox], &FAST].concat())
}

fn object(output: &Output) -> Value {
    assert_eq!(stdout(output).lines().count(), 1);
    serde_json::from_str(&stdout(output)).unwrap()
}

#[test]
fn before_anything_is_applied_nothing_but_secrets_is_ready() {
    let place = Place::new("status-before");
    let sandbox = place.sandbox();
    let get = shown(&["get"], &sandbox);
    assert_eq!(code(&get), 1, "{}", stderr(&get));
    let table = stdout(&get);
    assert!(table.starts_with("KIND/NAME"), "{table}");
    assert_eq!(table.lines().count(), 1 + 7, "a line each, however long, for a program: {table}");
    assert!(table.contains("Service/web            False  Missing"), "{table}");
    assert!(table.lines().all(|line| line == line.trim_end()), "{table:?}");
    assert!(stderr(&get).contains("1 of 7 ready, 6 out of date"), "{}", stderr(&get));
    let secrets = shown(&["get", "Secret"], &sandbox);
    assert_eq!(code(&secrets), 0, "{}", stdout(&secrets));
    assert_eq!(stdout(&secrets).lines().count(), 2);
}

#[test]
fn after_an_apply_everything_is_ready_and_explained() {
    let place = Place::new("status-after");
    let sandbox = applied(&place);
    let get = shown(&["get", "-o", "json"], &sandbox);
    assert_eq!(code(&get), 0, "{}", stdout(&get));
    assert_valid("get", &object(&get));
    let tree = shown(&["tree", "Service/web"], &sandbox);
    assert_eq!(code(&tree), 0, "{}", stdout(&tree));
    for branch in ["✓ Service/web  shop-web:1\n", "└─ ✓ TaskDefinition/web", "   ├─ ✓ ExecutionRole/web", "   └─ ✓ Secret/"] {
        assert!(stdout(&tree).contains(branch), "{branch:?} is missing:\n{}", stdout(&tree));
    }
    assert!(!stdout(&tree).contains("worker"), "{}", stdout(&tree));
    let service = stdout(&shown(&["explain", "Service/web"], &sandbox));
    for words in ["✓ Service/web  ready", "web.yaml:", "shop-web:1", "AWSCURRENT", "SUCCESSFUL", "reads", "needs"] {
        assert!(service.contains(words), "{words} is missing:\n{service}");
    }
    let secret = stdout(&shown(&["explain", "Secret/shop-db"], &sandbox));
    for words in ["AWSCURRENT, made ", "read by", "Service/web with shop-web:1", "Service/worker", "rotation"] {
        assert!(secret.contains(words), "{words} is missing:\n{secret}");
    }
    let role = stdout(&shown(&["explain", "ExecutionRole/web"], &sandbox));
    assert!(role.contains("may secretsmanager:GetSecretValue on secret:shop/db-"), "{role}");
    assert!(role.contains("because of TaskDefinition/web"), "{role}");
    let one = shown(&["explain", "TaskDefinition/web", "-o", "json"], &sandbox);
    assert_eq!(object(&one)["detail"]["revisions"][0]["services"][0], "Service/web");
}

#[test]
fn what_cannot_be_asked_ends_with_2() {
    let place = Place::new("status-usage");
    let sandbox = place.sandbox();
    let unknown = shown(&["explain", "Service/wbe"], &sandbox);
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("did you mean Service/web?"), "{}", stderr(&unknown));
    assert_eq!(code(&shown(&["get", "Pod"], &sandbox)), 2);
    assert_eq!(code(&shown(&["get", "Service/none"], &sandbox)), 2);
    assert_eq!(code(&shown(&["tree", "Service"], &sandbox)), 2);
}

#[test]
fn manifests_with_errors_are_shown_beside_those_without_and_end_with_2() {
    let place = Place::new("status-broken");
    let sandbox = place.sandbox();
    let output = shown(&["get", "-f", "docs/examples/mistakes.yaml"], &sandbox);
    assert_eq!(code(&output), 2);
    assert!(stdout(&output).contains("InvalidManifest"), "{}", stdout(&output));
    assert!(stdout(&output).contains("Service/worker"), "{}", stdout(&output));
    assert!(!stdout(&output).contains("hunter2") && !stderr(&output).contains("hunter2"));
}

#[test]
fn they_write_nothing() {
    let place = Place::new("status-reads");
    let sandbox = applied(&place);
    let file = place.0.join("state.json");
    let tags = |text: &str| text.matches("evenkeel.dev/applied").count();
    let before = std::fs::read_to_string(&file).unwrap();
    for verb in [["get", "Service"].as_slice(), &["tree"], &["explain", "Service/web"]] {
        assert_eq!(code(&shown(verb, &sandbox)), 0);
    }
    let after = std::fs::read_to_string(&file).unwrap();
    assert_eq!(tags(&after), tags(&before));
    let diff = run(&["diff", "-f", SHOP, &sandbox]);
    assert_eq!((code(&diff), stdout(&diff).as_str()), (0, ""));
}
