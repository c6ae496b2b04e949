//! `get`, `tree` and `explain` as people run them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Output;

use serde_json::Value;

use super::{Place, SHOP, code, run, stderr, stdout};
use crate::status::document::assert_valid;

fn applied(place: &Place) -> String {
    let sandbox = place.sandbox();
    let output = run(&["apply", "-f", SHOP, &sandbox, "--yes", "--rollouts-settle", "0s"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    sandbox
}

fn shown(verb: &[&str], sandbox: &str) -> Output {
    run(&[verb, &["-f", SHOP, sandbox]].concat())
}

/// Rollouts go on in real time: whoever asks while one does hears so.
fn assert_ready_or_rolling(output: &Output) {
    let rolling = stdout(output).contains("RolloutInProgress");
    assert_eq!(code(output), i32::from(rolling), "{}{}", stdout(output), stderr(output));
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
fn after_an_apply_everything_is_ready_or_rolling_and_explained() {
    let place = Place::new("status-after");
    let sandbox = applied(&place);
    let get = shown(&["get", "-o", "json"], &sandbox);
    assert_ready_or_rolling(&get);
    assert_valid("get", &object(&get));
    let others = shown(&["get", "Secret", "ExecutionRole", "TaskDefinition/web"], &sandbox);
    assert_eq!(code(&others), 0, "{}", stdout(&others));
    assert!(stderr(&others).contains("4 of 4 ready"), "{}", stderr(&others));
    let tree = shown(&["tree", "Service/web"], &sandbox);
    assert_ready_or_rolling(&tree);
    for branch in ["Service/web  shop-web:1", "└─ ✓ TaskDefinition/web", "   ├─ ✓ ExecutionRole/web", "   └─ ✓ Secret/"]
    {
        assert!(stdout(&tree).contains(branch), "{branch:?} is missing:\n{}", stdout(&tree));
    }
    assert!(!stdout(&tree).contains("worker"), "{}", stdout(&tree));
    let service = shown(&["explain", "Service/web"], &sandbox);
    assert_ready_or_rolling(&service);
    for words in ["Service/web  ", "web.yaml:", "shop-web:1", "which is AWSCURRENT, made ", "deployments", "needs"] {
        assert!(stdout(&service).contains(words), "{words} is missing:\n{}", stdout(&service));
    }
    let secret = shown(&["explain", "Secret/shop-db"], &sandbox);
    assert_eq!(code(&secret), 0, "{}", stderr(&secret));
    for words in ["AWSCURRENT, made ", "read by", "Service/web with shop-web:1", "Service/worker", "rotation"] {
        assert!(stdout(&secret).contains(words), "{words} is missing:\n{}", stdout(&secret));
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
    let writes = || -> Vec<String> {
        let state: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let entries = state["world"]["journal"]["entries"].as_array().unwrap();
        let calls = entries.iter().map(|entry| &entry["what"]["call"]);
        calls.filter(|call| call["effect"] == "writes").map(|call| call["operation"].to_string()).collect()
    };
    let before = writes();
    assert!(before.iter().any(|operation| operation.contains("CreateService")), "{before:?}");
    for verb in [["get", "Service"].as_slice(), &["tree"], &["explain", "Service/web"]] {
        assert_ready_or_rolling(&shown(verb, &sandbox));
    }
    assert_eq!(writes(), before);
    let diff = run(&["diff", "-f", SHOP, &sandbox]);
    assert_eq!((code(&diff), stdout(&diff).as_str()), (0, ""), "{}", stderr(&diff));
}

/// A daemon that says this once, whatever it is asked; and what it was asked.
fn daemon(answer: String) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            assert_eq!(stream.read(&mut byte).unwrap(), 1);
            request.extend(byte);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, served)
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn a_daemon_on_this_machine_is_asked_instead_of_aws() {
    let page = std::fs::read_to_string("docs/spec/Status.md").unwrap();
    let report = page.split_once("```json\n").unwrap().1.split_once("```").unwrap().0.to_owned();
    let (url, served) = daemon(http("200 OK", &report));
    let tree = run(&["tree", "--daemon", &url]);
    assert_eq!(code(&tree), 4, "a rollout failed: {}", stderr(&tree));
    assert!(stdout(&tree).starts_with("✗ Service/web  RolloutFailed  ◄ root cause\n"), "{}", stdout(&tree));
    assert!(stderr(&tree).contains("as of 2026-03-01T12:00:00Z"), "{}", stderr(&tree));
    assert!(served.join().unwrap().starts_with("GET /status HTTP/1.0\r\n"));
    let (url, _) = daemon(http("200 OK", &report));
    let sheet = stdout(&run(&["explain", "Service/web", "--daemon", &format!("{url}/")]));
    assert!(sheet.contains("3f2c91d by Alice <alice@example.com>: web: 2.1.0"), "{sheet}");
    assert!(sheet.contains("ecs:UpdateService done, Changed"), "{sheet}");
}

#[test]
fn a_daemon_that_says_nothing_of_use_is_an_error_that_says_so() {
    for (answer, words) in [
        (http("503 Service Unavailable", ""), "answered `HTTP/1.1 503 Service Unavailable`"),
        (http("200 OK", "[]"), "something else than a status"),
        (http("200 OK", r#"{"formatVersion": "9"}"#), "speaks version 9"),
        (String::new(), "answered ``"),
    ] {
        let (url, _) = daemon(answer);
        let output = run(&["get", "--daemon", &url]);
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{words}: {}", stderr(&output));
    }
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = run(&["get", "--daemon", &format!("http://{gone}")]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("nothing answers at"), "{}", stderr(&output));
    for wrong in ["http://192.0.2.1:8080", "https://127.0.0.1:8080", "http://example.com"] {
        assert_eq!(code(&run(&["get", "--daemon", wrong])), 2, "{wrong}");
    }
    assert_eq!(code(&run(&["get", "--daemon", "http://127.0.0.1:8080", "-f", SHOP])), 2, "one or the other");
    assert_eq!(code(&run(&["get"])), 2, "neither");
}
