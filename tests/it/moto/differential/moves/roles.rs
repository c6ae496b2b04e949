//! Two roles, two inline policies, two managed ones.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{ACCOUNT, Move, one_of, with};

const NAMES: [&str; 2] = ["diff-0", "diff-1"];
const MANAGED: [&str; 2] = ["managed-0", "managed-1"];

pub(super) fn opening() -> Vec<Move> {
    vec![create_policy(MANAGED[0], "ecr:GetAuthorizationToken")]
}

pub(super) fn next(chance: &mut Rng) -> Move {
    let name = one_of(chance, &NAMES);
    let policy = format!("p{}", chance.u8(0..2));
    let action = one_of(chance, &["ecr:GetAuthorizationToken", "secretsmanager:GetSecretValue"]);
    let document = document(action);
    let key = format!("k{}", chance.u8(0..3));
    let managed = one_of(chance, &MANAGED);
    let arn = match chance.u8(0..12) {
        // AWS's own: known here, not there (M91).
        0 => "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy".to_owned(),
        _ => arn(managed),
    };
    let role = |more: Value| with(json!({"RoleName": name}), more);
    let (operation, input) = match chance.u8(0..34) {
        0..=3 => ("CreateRole", role(json!({"AssumeRolePolicyDocument": trust(action), "Description": action}))),
        4 => (
            "CreateRole",
            role(
                json!({"AssumeRolePolicyDocument": trust(action), "Path": "/of/", "Tags.member.1.Key": key, "Tags.member.1.Value": "v"}),
            ),
        ),
        5..=6 => ("DeleteRole", role(json!({}))),
        7..=9 => ("PutRolePolicy", role(json!({"PolicyName": policy, "PolicyDocument": document}))),
        10..=11 => ("GetRolePolicy", role(json!({"PolicyName": policy}))),
        12 => ("DeleteRolePolicy", role(json!({"PolicyName": policy}))),
        13 => ("ListRolePolicies", role(json!({}))),
        14..=15 => ("AttachRolePolicy", role(json!({"PolicyArn": arn}))),
        16..=17 => ("DetachRolePolicy", role(json!({"PolicyArn": arn}))),
        18 => ("ListAttachedRolePolicies", role(json!({}))),
        19 => ("TagRole", role(json!({"Tags.member.1.Key": key, "Tags.member.1.Value": action}))),
        20 => ("UntagRole", role(json!({"TagKeys.member.1": key}))),
        21 => ("ListRoleTags", role(json!({}))),
        22 => ("UpdateAssumeRolePolicy", role(json!({"PolicyDocument": trust(action)}))),
        23 => ("PutRolePermissionsBoundary", role(json!({"PermissionsBoundary": arn}))),
        24 => ("DeleteRolePermissionsBoundary", role(json!({}))),
        25 => return create_policy(managed, action),
        26 => ("GetPolicy", json!({"PolicyArn": arn})),
        30..=31 => ("GetPolicyVersion", json!({"PolicyArn": arn, "VersionId": one_of(chance, &["v1", "v1", "v2"])})),
        27 => ("GetAccountAuthorizationDetails", json!({"Filter.member.1": "Role"})),
        28 => ("PutRolePolicy", role(json!({"PolicyName": policy, "PolicyDocument": "{\"Statement\": []}"}))),
        29 => ("UpdateAssumeRolePolicy", role(json!({"PolicyDocument": "no JSON"}))),
        _ => ("GetRole", role(json!({}))),
    };
    Move::new(Service::Iam, operation, input)
}

pub(super) fn closing() -> Vec<Move> {
    let of = |name: &&str| {
        let role = json!({"RoleName": name});
        ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies", "ListRoleTags"].map(|look| (look, role.clone()))
    };
    let account = ("GetAccountAuthorizationDetails", json!({"Filter.member.1": "Role"}));
    let policies = MANAGED.iter().map(|name| ("GetPolicy", json!({"PolicyArn": arn(name)})));
    let looks = NAMES.iter().flat_map(of).chain(policies).chain([account]);
    looks.map(|(operation, input)| Move::new(Service::Iam, operation, input)).collect()
}

fn create_policy(name: &str, action: &str) -> Move {
    Move::new(Service::Iam, "CreatePolicy", json!({"PolicyName": name, "PolicyDocument": document(action)}))
}

fn arn(policy: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{policy}")
}

fn document(action: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

/// With something in it that tells two of them apart.
fn trust(sid: &str) -> String {
    let sid: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
    let service = json!({"Service": "ecs-tasks.amazonaws.com"});
    let statement = json!({"Sid": sid, "Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"});
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}
