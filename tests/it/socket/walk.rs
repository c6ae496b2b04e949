//! Every operation that the sandbox offers, through the AWS CLI and through boto3.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use evenkeel::sandbox::{Service, World};

use super::program::Served;

/// As boto3 and the CLI name it.
fn client_name(service: Service) -> &'static str {
    match service.signing_name() {
        "tagging" => "resourcegroupstaggingapi",
        name => name,
    }
}

fn walk(client: &str) {
    let served = Served::start(&["--speed", "50"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join(".venv/bin/python");
    assert!(python.exists(), "{} is missing: run make test, which installs it", python.display());
    let offered: BTreeMap<&str, Vec<&str>> =
        Service::ALL.into_iter().map(|service| (client_name(service), World::offers(service).collect())).collect();
    let output = Command::new(python)
        .arg(root.join("tests/socket/walk.py"))
        .args([client, &serde_json::to_string(&offered).unwrap()])
        .env_clear()
        .envs([("AWS_ENDPOINT_URL", served.url().as_str()), ("AWS_DEFAULT_REGION", "eu-west-1")])
        .envs([("AWS_ACCESS_KEY_ID", "sandbox"), ("AWS_SECRET_ACCESS_KEY", "sandbox"), ("HOME", "/nonexistent")])
        // A fault is shown, not tried again.
        .env("AWS_MAX_ATTEMPTS", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client}: {said}");
    let summary = String::from_utf8(output.stdout).unwrap();
    let operations: usize = summary.split_once(' ').unwrap().0.parse().unwrap();
    assert_eq!(operations, offered.values().map(Vec::len).sum::<usize>(), "{summary}");
}

#[test]
fn boto3_walks_every_operation() {
    walk("boto3");
}

#[test]
fn the_aws_cli_walks_every_operation() {
    walk("cli");
}
