//! What roles may do: more, less, changed by hand, on a role of someone else's.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::apps::{DB, app, document, family, role, running, secret, service};
use super::orphans::may_delete;
use super::ours::untagged;
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

/// The release before took the last reader of a secret away. With the next its revision is the second of those that may
/// not stay; once it is deregistered, nothing uses the permission any more.
pub(super) async fn narrowing_after_a_release() -> (Lab, Desired) {
    let keeping = |tag: &str, secrets| {
        let text = with_mail(secrets).replace("orders:1", &format!("orders:{tag}"));
        text.replace("cpu: \"256\"", "keepRevisions: 1, cpu: \"256\"")
    };
    let lab = running(&["db", "mail"], &keeping("1", BOTH)).await;
    lab.converge(&may_delete(&keeping("2", DB))).await;
    (lab, may_delete(&keeping("3", DB)))
}

/// A role that somebody made and gave too much is taken over, and may be narrowed.
pub(super) async fn narrowing_of_another() -> (Lab, Desired) {
    let text = |role: &str| secret("db") + role + &family("orders", "1", DB, "") + &service("orders", "orders", "");
    let lab = running(&["db"], &text(&role("orders"))).await;
    lab.form("UntagRole", &untagged("orders"));
    let wide = boundary(&["secretsmanager:GetSecretValue", "ecr:*", "s3:GetObject"]).to_string();
    let policy = json!({"RoleName": "orders", "PolicyName": "evenkeel-default", "PolicyDocument": wide});
    lab.form("PutRolePolicy", &policy);
    let attached = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    lab.form("AttachRolePolicy", &json!({"RoleName": "orders", "PolicyArn": attached}));
    tokio::time::sleep(Duration::from_hours(1)).await;
    let adopted = document("ExecutionRole", "orders", "evenkeel.dev/adopt: \"true\"", "narrow: true");
    (lab, manifests(&text(&adopted)))
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
