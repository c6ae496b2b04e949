//! Two secrets, four version ids, two values.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{Move, one_of, tag, with};

const NAMES: [&str; 2] = ["diff/0", "diff/1"];

pub(super) fn next(chance: &mut Rng) -> Move {
    let name = one_of(chance, &NAMES);
    let (token, other, fresh) = (token(chance), token(chance), fresh(chance));
    let value = format!("value {}", chance.u8(0..2));
    let key = format!("k{}", chance.u8(0..3));
    let label = one_of(chance, &["AWSCURRENT", "AWSPENDING", "blue"]);
    // A secret is named in three ways; two of them are the same on both sides.
    let by_arn = format!("arn:aws:secretsmanager:eu-west-1:{}:secret:{name}", super::ACCOUNT);
    let id = if chance.u8(0..8) == 0 { json!({"SecretId": by_arn}) } else { json!({"SecretId": name}) };
    let (operation, input) = match chance.u8(0..34) {
        0..=3 => ("CreateSecret", json!({"Name": name, "SecretString": value, "ClientRequestToken": token})),
        4 => (
            "CreateSecret",
            json!({"Name": name, "Description": value, "ClientRequestToken": token, "Tags": [tag(["Key", "Value"], &key, "v")]}),
        ),
        5..=8 => ("PutSecretValue", with(id, json!({"SecretString": value, "ClientRequestToken": token}))),
        9..=10 => (
            "PutSecretValue",
            with(id, json!({"SecretString": value, "ClientRequestToken": token, "VersionStages": [label]})),
        ),
        11 => ("PutSecretValue", with(id, json!({"SecretBinary": "AAEC", "ClientRequestToken": token}))),
        12 => ("UpdateSecret", with(id, json!({"Description": value, "ClientRequestToken": fresh}))),
        13 => ("UpdateSecret", with(id, json!({"SecretString": value, "ClientRequestToken": fresh}))),
        14 => ("UpdateSecret", with(id, json!({"SecretString": value, "ClientRequestToken": token}))),
        15..=16 => (
            "UpdateSecretVersionStage",
            with(id, json!({"VersionStage": label, "MoveToVersionId": token, "RemoveFromVersionId": other})),
        ),
        17 => ("UpdateSecretVersionStage", with(id, json!({"VersionStage": label, "MoveToVersionId": token}))),
        18 => ("UpdateSecretVersionStage", with(id, json!({"VersionStage": label, "RemoveFromVersionId": token}))),
        19 => ("DeleteSecret", with(id, json!({"RecoveryWindowInDays": one_of(chance, &[5, 7, 30])}))),
        20..=21 => ("RestoreSecret", id),
        22 => ("TagResource", with(id, json!({"Tags": [tag(["Key", "Value"], &key, &value)]}))),
        23 => ("UntagResource", with(id, json!({"TagKeys": [key]}))),
        24 => ("ListSecretVersionIds", with(id, json!({"IncludeDeprecated": true}))),
        25 => ("GetSecretValue", with(id, json!({"VersionId": token}))),
        26 => ("GetSecretValue", with(id, json!({"VersionStage": label}))),
        27 => ("GetSecretValue", with(id, json!({"VersionId": token, "VersionStage": label}))),
        28 => ("GetResourcePolicy", id),
        29 => ("PutResourcePolicy", with(id, json!({"ResourcePolicy": policy()}))),
        30 => ("DeleteResourcePolicy", id),
        31 => ("ListSecrets", json!({"IncludePlannedDeletion": chance.bool()})),
        _ => ("DescribeSecret", id),
    };
    Move::new(Service::SecretsManager, operation, input)
}

/// All that can be seen.
pub(super) fn closing() -> Vec<Move> {
    let of = |name: &&str| {
        let id = json!({"SecretId": name});
        let versions = with(id.clone(), json!({"IncludeDeprecated": true}));
        [
            ("DescribeSecret", id.clone()),
            ("ListSecretVersionIds", versions),
            ("GetSecretValue", id.clone()),
            ("GetResourcePolicy", id),
        ]
    };
    let list = ("ListSecrets", json!({"IncludePlannedDeletion": true}));
    let looks = NAMES.iter().flat_map(of).chain([list]);
    looks.map(|(operation, input)| Move::new(Service::SecretsManager, operation, input)).collect()
}

/// In the words in which AWS gives it back, for the order and the lists are its own (M16).
fn policy() -> String {
    let statement: Value = json!({
        "Effect": "Deny",
        "Principal": "*",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    });
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn token(chance: &mut Rng) -> String {
    format!("00000000-0000-4000-8000-{:0>12}", chance.u8(0..4))
}

/// One that no other call has.
fn fresh(chance: &mut Rng) -> String {
    format!("00000000-0000-4000-9000-{:0>12}", chance.u32(..))
}
