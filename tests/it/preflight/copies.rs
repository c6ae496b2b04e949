//! Copies of secrets, read in their Regions: judged as the next apply leaves them.

use std::time::Duration;

use evenkeel::preflight::finding::{Code, Report};
use evenkeel::sandbox::Service;
use serde_json::json;

use super::{case, preflight, setting};
use crate::support::lab::{in_virtual_time, manifests};

/// What is found where a task reads the copy in eu-central-1, which has the key `alias/a` where it is there, and the manifest
/// of the secret says this of its copies.
fn found(is_there: bool, replicas: &str) -> Report {
    let base = std::fs::read_to_string(case::root().join("base.yaml")).unwrap();
    in_virtual_time(async {
        let lab = setting::up(&[]).await;
        let tags = [("installation", "default"), ("resource", "Secret/db")]
            .map(|(key, value)| json!({"Key": format!("evenkeel.dev/{key}"), "Value": value}));
        let mut secret = json!({"Name": "prod/copied", "SecretString": "{}", "Tags": tags});
        if is_there {
            secret["AddReplicaRegions"] = json!([{"Region": "eu-central-1", "KmsKeyId": "alias/a"}]);
        }
        let made = lab.call(Service::SecretsManager, "CreateSecret", &secret);
        tokio::time::sleep(Duration::from_mins(1)).await;
        let copy = made["ARN"].as_str().unwrap().replace(":eu-west-1:", ":eu-central-1:");
        let text = base
            .replace("{secretName: prod/db}", &format!("{{secretName: prod/copied, replicas: {replicas}}}"))
            .replace("{secretRef: {name: db, key: password}}", &format!("{{valueFrom: \"{copy}\"}}"));
        preflight(&lab, &manifests(&text), false).await
    })
}

/// The codes, which of them are judged as planned, and the keys that are named. In the sandbox other Regions have none.
fn told(report: &Report) -> Vec<(Code, bool, Option<&str>)> {
    report
        .findings
        .iter()
        .map(|finding| {
            let key = finding.message.split_whitespace().find(|word| word.starts_with("alias/"));
            (finding.code, finding.planned, key.map(|key| key.trim_end_matches(',')))
        })
        .collect()
}

#[test]
fn a_copy_is_judged_with_the_key_that_it_gets_too() {
    let report = found(true, "[{region: eu-central-1, kmsKeyId: alias/b}]");
    let expected = [(Code::KeyMissing, true, Some("alias/a")), (Code::KeyMissing, true, Some("alias/b"))];
    assert_eq!(told(&report), expected, "{report:#?}");
    let report = found(true, "[{region: eu-central-1, kmsKeyId: alias/a}]");
    assert_eq!(told(&report), [(Code::KeyMissing, false, Some("alias/a"))], "{report:#?}");
}

#[test]
fn a_copy_that_the_next_apply_removes_is_missing_by_then() {
    let report = found(true, "[]");
    assert_eq!(told(&report), [(Code::SecretMissing, true, None)], "{report:#?}");
    assert!(report.findings[0].help.contains("`replicas`"), "{report:#?}");
}

#[test]
fn a_copy_that_the_next_apply_makes_is_there_by_then() {
    let report = found(false, "[{region: eu-central-1, kmsKeyId: alias/b}]");
    assert_eq!(told(&report), [(Code::KeyMissing, true, Some("alias/b"))], "{report:#?}");
    assert!(!report.is_incomplete(), "{report:#?}");
    let report = found(false, "[]");
    assert_eq!(told(&report), [(Code::SecretMissing, false, None)], "{report:#?}");
}
