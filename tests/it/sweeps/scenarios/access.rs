//! What roles may do: more, less, changed by hand, on a role of someone else's.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::apps::{DB, app, document, family, role, running, secret, service};
use crate::support::lab::{Lab, manifests};

const BOTH: &str = "DB: {secretRef: {name: db, key: password}}, MAIL: {secretRef: {name: mail}}";

fn with_mail(secrets: &str) -> String {
    secret("db") + &secret("mail") + &app("orders", "1", secrets)
}

pub(super) async fn widening() -> (Lab, Desired) {
    (running(&["db", "mail"], &with_mail(DB)).await, manifests(&with_mail(BOTH)))
}

/// The revision that read the secret is gone, so the role may be narrowed; another release comes with it.
pub(super) async fn narrowing() -> (Lab, Desired) {
    let lab = running(&["db", "mail"], &with_mail(BOTH)).await;
    lab.converge(&manifests(&with_mail(DB))).await;
    let listed = lab.call(Service::Ecs, "ListTaskDefinitions", &json!({"familyPrefix": "orders"}));
    let old = &listed["taskDefinitionArns"][0];
    lab.call(Service::Ecs, "DeregisterTaskDefinition", &json!({"taskDefinition": old}));
    tokio::time::sleep(Duration::from_hours(2)).await;
    (lab, manifests(&with_mail(DB).replace("orders:1", "orders:2")))
}

/// From nothing, with a secret that a customer's key encrypts, and a boundary.
pub(in super::super) async fn key() -> (Lab, Desired) {
    let lab = running(&[], &secret("unused").replace("spec: {}", "spec: {secretName: shop/db}")).await;
    let made = lab.call(Service::Kms, "CreateKey", &json!({}));
    let id = made["KeyMetadata"]["KeyId"].clone();
    lab.call(Service::Kms, "CreateAlias", &json!({"AliasName": "alias/orders", "TargetKeyId": id}));
    let body = json!({
        "Name": "db", "KmsKeyId": "alias/orders", "SecretString": "{\"password\": \"p\"}",
        "ClientRequestToken": "00000000-0000-4000-8000-000000000001",
    });
    lab.call(Service::SecretsManager, "CreateSecret", &body);
    let policy = json!({"PolicyName": "boundary", "PolicyDocument": boundary(&ALL_NEEDED).to_string()});
    lab.form("CreatePolicy", &policy);
    tokio::time::sleep(Duration::from_mins(5)).await;
    let role = document("ExecutionRole", "orders", "", &format!("permissionsBoundary: \"{BOUNDARY}\""));
    let text = secret("db") + &role + &family("orders", "1", DB, "") + &service("orders", "orders", "");
    (lab, manifests(&text))
}

/// What the tasks of a service need that reads a secret under a customer's key.
pub(in super::super) const ALL_NEEDED: [&str; 3] = ["secretsmanager:GetSecretValue", "kms:Decrypt", "ecr:*"];
pub(in super::super) const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";

/// A policy that allows these actions.
pub(in super::super) fn boundary(actions: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
}

/// By hand: a permission taken away, the trust of ECS kept, another network, another number of tasks.
pub(super) async fn drift() -> (Lab, Desired) {
    let text = secret("db")
        + &role("orders")
        + &family("orders", "1", DB, "")
        + &service("orders", "orders", ", desiredCount: 2");
    let lab = running(&["db"], &text).await;
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-b"], "securityGroups": ["sg-b"]}});
    let update = json!({"cluster": "shop", "service": "orders", "networkConfiguration": network, "desiredCount": 1});
    lab.call(Service::Ecs, "UpdateService", &update);
    tokio::time::sleep(Duration::from_mins(10)).await;
    lab.form("DeleteRolePolicy", &json!({"RoleName": "orders", "PolicyName": "evenkeel-default"}));
    tokio::time::sleep(Duration::from_hours(2)).await;
    (lab, manifests(&text))
}

pub(super) async fn owned_policy() -> (Lab, Desired) {
    let lab = running(&["db"], &secret("db")).await;
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole",
    }});
    lab.form("CreateRole", &json!({"RoleName": "orders", "AssumeRolePolicyDocument": trust.to_string()}));
    tokio::time::sleep(Duration::from_mins(5)).await;
    let role = document("ExecutionRole", "orders", "", "mode: ManagePolicy");
    let text = secret("db") + &role + &family("orders", "1", DB, "") + &service("orders", "orders", "");
    (lab, manifests(&text))
}
