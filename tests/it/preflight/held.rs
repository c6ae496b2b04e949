//! A role that the plan holds is judged as it is: nobody grants it what would be derived.

use evenkeel::preflight::finding::Code;
use evenkeel::sandbox::Service;
use serde_json::json;

use super::{case, preflight, setting};
use crate::support::lab::{in_virtual_time, manifests};

const ROLE: &str = "---\napiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\n";

/// What is found where somebody else's role lacks a secret whose deletion the next apply takes back.
fn found(metadata: &str) -> Vec<Code> {
    let base = std::fs::read_to_string(case::root().join("base.yaml")).unwrap();
    let base = base
        .replace("{secretName: prod/db}", "{secretName: prod/back, resourcePolicy: {}}")
        .replace("executionRoleArn: arn:aws:iam::123456789012:role/web-exec", "executionRoleRef: {name: web}");
    let text = format!("{base}{ROLE}metadata: {metadata}\nspec: {{roleName: web-exec}}\n");
    in_virtual_time(async {
        let lab = setting::up(&[]).await;
        let tags = [("installation", "default"), ("resource", "Secret/db")]
            .map(|(key, value)| json!({"Key": format!("evenkeel.dev/{key}"), "Value": value}));
        let secret = json!({"Name": "prod/back", "SecretString": "{}", "Tags": tags});
        lab.call(Service::SecretsManager, "CreateSecret", &secret);
        lab.call(Service::SecretsManager, "DeleteSecret", &json!({"SecretId": "prod/back"}));
        let all_else = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["ssm:*", "ecr:*", "logs:*"], "Resource": "*"}
        ]});
        lab.form("PutRolePolicy", &json!({"RoleName": "web-exec", "PolicyName": "start", "PolicyDocument": all_else}));
        let report = preflight(&lab, &manifests(&text), false).await;
        report.findings.iter().map(|finding| finding.code).collect()
    })
}

#[test]
fn a_role_that_is_held_is_not_granted_what_a_secret_that_comes_back_needs() {
    assert_eq!(found("{name: web}"), [Code::PermissionMissing]);
    assert_eq!(found("{name: web, annotations: {evenkeel.dev/adopt: \"true\"}}"), []);
}
