//! What may be sent is read, passed on or refused: nothing is taken and dropped in silence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::raw::Raw;
use crate::files::below;

/// Calls with a member that AWS acts on and the sandbox does not.
#[test]
fn a_member_that_aws_acts_on_and_the_sandbox_does_not_is_refused_by_name() {
    let cases = [
        ("secretsmanager:CreateSecret", json!({"Name": "a", "Type": "SalesforceClientSecret"}), "Type"),
        ("secretsmanager:UpdateSecret", json!({"SecretId": "a", "Type": "SalesforceClientSecret"}), "Type"),
        (
            "secretsmanager:RotateSecret",
            json!({"SecretId": "a", "ExternalSecretRotationRoleArn": "arn:aws:iam::123456789012:role/rotates"}),
            "ExternalSecretRotationRoleArn",
        ),
        ("ecs:CreateCluster", json!({"settings": [{"name": "containerInsights", "value": "enabled"}]}), "settings"),
        ("ecs:CreateCluster", json!({"capacityProviders": ["FARGATE"]}), "capacityProviders"),
        ("logs:CreateLogGroup", json!({"logGroupName": "a", "logGroupClass": "INFREQUENT_ACCESS"}), "logGroupClass"),
        (
            "ssm:PutParameter",
            json!({"Name": "a", "Value": "b", "Type": "String", "DataType": "aws:ec2:image"}),
            "DataType",
        ),
        ("kms:Encrypt", json!({"KeyId": "alias/a", "Plaintext": "YQ==", "GrantTokens": ["t"]}), "GrantTokens"),
        (
            "ecr:CreateRepository",
            json!({"repositoryName": "ab", "imageTagMutability": "IMMUTABLE"}),
            "imageTagMutability",
        ),
    ];
    let mut raw = Raw::new();
    for (call, input, member) in cases {
        let (status, answer) = raw.send(call, &input.to_string());
        let said = format!("the sandbox does not offer {member} of {}", call.split_once(':').unwrap().1);
        assert!(status == 400 && answer.contains(&said), "{call} {input}: {answer}");
    }
    // What is so without being said may be said.
    raw.ask("logs:CreateLogGroup", &json!({"logGroupName": "a", "logGroupClass": "STANDARD"}));
    raw.ask("ecs:CreateCluster", &json!({"clusterName": "a", "settings": [], "capacityProviders": []}));
    raw.ask("ecr:CreateRepository", &json!({"repositoryName": "ab", "imageTagMutability": "MUTABLE"}));
}

#[test]
fn a_dry_run_says_that_it_would_have_been_done_and_does_nothing() {
    let mut raw = Raw::new();
    let key = raw.ask("kms:CreateKey", &json!({}))["KeyMetadata"]["KeyId"].clone();
    let encrypt = |key: &Value| json!({"KeyId": key, "Plaintext": "YQ==", "DryRun": true});
    assert_eq!(raw.refused("kms:Encrypt", &encrypt(&key)), "DryRunOperationException");
    assert_eq!(raw.refused("kms:Encrypt", &encrypt(&json!("alias/none"))), "NotFoundException");
    let (status, answer) = raw.send("ec2:DescribeVpcs", "Action=DescribeVpcs&DryRun=true");
    assert!(status == 412 && answer.contains("<Code>DryRunOperation</Code>"), "{status} {answer}");
    let (status, answer) = raw.send("ec2:DescribeVpcs", "Action=DescribeVpcs&DryRun=false");
    assert!(status == 200 && answer.contains("vpcSet"), "{status} {answer}");
}

/// Members that are read elsewhere than where the operation is: the file that reads them, `*` for all that are left.
const ELSEWHERE: [(&str, &str, &str); 9] = [
    ("DescribeRouteTables", "*", "ec2/filters.rs"),
    ("DescribeSecurityGroups", "*", "ec2/filters.rs"),
    ("DescribeSubnets", "*", "ec2/filters.rs"),
    ("DescribeVpcEndpoints", "*", "ec2/filters.rs"),
    ("DescribeVpcs", "*", "ec2/filters.rs"),
    // Kept whole, and given back as they came.
    ("CreateService", "*", "ecs/services/settings.rs"),
    ("UpdateService", "*", "ecs/services/settings.rs"),
    ("RegisterTaskDefinition", "*", "ecs/task_definitions/register.rs"),
    ("PutImage", "imageManifestMediaType", "ecr/mod.rs"),
];

/// Members that change nothing here, and why.
const OF_NO_EFFECT: [(&str, &str, &str); 4] = [
    ("DeleteRule", "Force", "no rule is managed by another service"),
    ("RemoveTargets", "Force", "no rule is managed by another service"),
    ("CreateKey", "BypassPolicyLockoutSafetyCheck", "nobody checks whether a policy locks its owner out"),
    ("PutKeyPolicy", "BypassPolicyLockoutSafetyCheck", "nobody checks whether a policy locks its owner out"),
];

#[test]
fn each_member_that_the_api_takes_is_read_or_passed_on_or_refused() {
    let sandbox = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let refused = read(&sandbox.join("api/left_out.rs"));
    let mut dropped = Vec::new();
    let mut looked_at = 0;
    for entry in std::fs::read_dir(sandbox.join("api")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let folder = match path.file_stem().unwrap().to_str().unwrap() {
            "secretsmanager" => "secrets_manager",
            "resourcegroupstaggingapi" => "tagging",
            other => other,
        };
        let sources = sources(&sandbox.join(folder));
        let model: Value = serde_json::from_str(&read(&path)).unwrap();
        for (operation, shape) in model["operations"].as_object().unwrap() {
            let source = source_of(&sources, operation);
            for member in model["shapes"][shape.as_str().unwrap()]["members"].as_object().into_iter().flatten() {
                let member = member.0.as_str();
                looked_at += 1;
                let elsewhere = ELSEWHERE.iter().any(|(of, name, _)| of == operation && [member, "*"].contains(name));
                let no_effect = OF_NO_EFFECT.iter().any(|(of, name, _)| of == operation && *name == member);
                let is_refused = refused
                    .lines()
                    .any(|line| line.contains(&format!("\"{operation}\"")) && line.contains(&format!("\"{member}\"")));
                let dry_run = member == "DryRun";
                if !(elsewhere || no_effect || is_refused || dry_run || names(source, member)) {
                    dropped.push(format!("{folder}: {operation} {member}"));
                }
            }
        }
    }
    assert!(dropped.is_empty(), "{dropped:#?}");
    assert!(looked_at > 400, "{looked_at}: the models were not read");
}

/// All files of a service.
pub(super) fn sources(folder: &Path) -> BTreeMap<String, String> {
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
    below(folder, "rs").into_iter().map(read).collect()
}

/// The file with the function that the table of a service names for an operation.
fn source_of<'a>(sources: &'a BTreeMap<String, String>, operation: &str) -> &'a str {
    let entries = ["reads", "writes"].map(|kind| format!("{kind}(\"{operation}\", "));
    let after = |text: &'a String| entries.iter().find_map(|entry| text.split_once(entry.as_str()));
    let named = sources.values().find_map(after).and_then(|(_, rest)| rest.split(')').next());
    let function = format!("fn {}(", named.unwrap().rsplit("::").next().unwrap());
    sources.values().find(|text| text.contains(&function)).unwrap_or_else(|| panic!("{operation}: no {function}"))
}

/// Does the code name a member, as it stands on the wire or as a field?
pub(super) fn names(source: &str, member: &str) -> bool {
    let mut field = String::new();
    let letters: Vec<char> = member.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()));
        if begins {
            field.push('_');
        }
        field.extend(letter.to_lowercase());
    }
    let is_of_a_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(|letter| !is_of_a_word(letter))).any(|word| word == field || word == member)
}
