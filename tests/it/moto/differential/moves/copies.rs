//! Two secrets that are copied to other Regions and rotated.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{ACCOUNT, Move, one_of, with};

const NAMES: [&str; 2] = ["diff/0", "diff/1"];
/// The last is where the secrets are.
const REGIONS: [&str; 5] = ["us-east-1", "us-east-1", "eu-central-1", "eu-central-1", "eu-west-1"];

pub(super) fn opening() -> Vec<Move> {
    let create =
        |name: &&str| ask("CreateSecret", json!({"Name": name, "SecretString": "one", "ClientRequestToken": token(0)}));
    NAMES.iter().map(create).collect()
}

pub(super) fn next(chance: &mut Rng) -> Move {
    let id = json!({"SecretId": one_of(chance, &[NAMES[0], NAMES[0], NAMES[0], NAMES[1], NAMES[1], "diff/none"])});
    let region = one_of(chance, &REGIONS);
    let token = token(chance.u8(0..6));
    let days = one_of(chance, &[0, 1, 30, 1001]);
    let function = format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:rotate");
    let rules = json!({"RotationRules": {"AutomaticallyAfterDays": days}});
    let rotation = with(json!({"RotationLambdaARN": function, "ClientRequestToken": token}), rules.clone());
    let (operation, input) = match chance.u8(0..28) {
        0..=5 => ("ReplicateSecretToRegions", with(id, json!({"AddReplicaRegions": [{"Region": region}]}))),
        6..=10 => ("RemoveRegionsFromReplication", with(id, json!({"RemoveReplicaRegions": [region]}))),
        11..=12 => ("RotateSecret", with(id, with(rotation, json!({"RotateImmediately": false})))),
        13 => ("RotateSecret", with(id, rotation)),
        14 => ("RotateSecret", with(id, with(rules, json!({"ClientRequestToken": token})))),
        15..=17 => ("CancelRotateSecret", id),
        18 => ("PutSecretValue", with(id, json!({"SecretString": "two", "ClientRequestToken": token}))),
        19 => ("DeleteSecret", with(id, json!({"RecoveryWindowInDays": 7}))),
        20..=21 => ("RestoreSecret", id),
        22 => ("ListSecrets", json!({})),
        23 => ("GetSecretValue", id),
        24 => ("ListSecretVersionIds", id),
        _ => ("DescribeSecret", id),
    };
    ask(operation, input)
}

pub(super) fn closing() -> Vec<Move> {
    let of = |name: &&str| {
        let id = json!({"SecretId": name});
        [("DescribeSecret", id.clone()), ("ListSecretVersionIds", id)]
    };
    NAMES.iter().flat_map(of).map(|(operation, input)| ask(operation, input)).collect()
}

fn ask(operation: &'static str, input: Value) -> Move {
    Move::new(Service::SecretsManager, operation, input)
}

fn token(number: u8) -> String {
    format!("00000000-0000-4000-8000-{number:0>12}")
}
