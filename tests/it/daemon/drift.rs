//! What someone changes by hand is found within a sweep, or within a full one where a list does not show it; it is told
//! apart from a change in Git, and put right or only said, as `driftPolicy` asks.

use std::time::Duration;

use evenkeel::sandbox::Service;
use evenkeel::status::condition::ConditionType;
use serde_json::{Value, json};

use super::running::{Running, beside, edit, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};

/// A secret of which everything is managed, and roles and services with more than the shop's.
const MAIL: &str = r#"
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: mail, annotations: {evenkeel.dev/adopt: "true"}}
spec:
  secretName: shop/mail
  description: Mail
  kmsKeyId: alias/mail
  tags: {team: shop}
  resourcePolicy:
    Version: "2012-10-17"
    Statement:
      - {Sid: read, Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "secretsmanager:GetSecretValue", Resource: "*"}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {name: mail}
spec: {roleName: mail, managedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"], permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary"}
"#;

async fn shop() -> (Lab, Folder) {
    let (lab, folder) = (Lab::with_shop().await, shop_folder());
    lab.create_secret("shop/mail", 1);
    let anything = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    for name in ["boundary", "other"] {
        lab.form("CreatePolicy", &json!({"PolicyName": name, "PolicyDocument": anything.to_string()}));
    }
    std::fs::write(folder.join("manifests/mail.yaml"), MAIL).unwrap();
    edit(&folder, "web.yaml", "  family: shop-web\n", "  family: shop-web\n  tags: {team: shop}\n");
    let more = "  healthCheckGracePeriodSeconds: 30\n  tags: {team: shop}\n  enableExecuteCommand: true\n  propagateTags: SERVICE\n";
    edit(&folder, "web.yaml", "  healthCheckGracePeriodSeconds: 30\n", more);
    (lab, folder)
}

/// Whose hand does what; the call that puts it right.
enum Hand {
    Call(Service, &'static str, Value),
    Form(&'static str, Value),
}

use Hand::{Call, Form};

impl Hand {
    fn act(&self, lab: &Lab) {
        match self {
            Call(service, operation, body) => drop(lab.call(*service, operation, body)),
            Form(operation, members) => drop(lab.form(operation, members)),
        }
    }
}

fn update(field: &str, value: &Value) -> Hand {
    let mut body = json!({"cluster": "shop", "service": "shop-web"});
    body[field] = value.clone();
    Call(Service::Ecs, "UpdateService", body)
}

/// By hand, then what the daemon does about it.
fn changes() -> Vec<(Hand, &'static str)> {
    let arn = "arn:aws:ecs:eu-west-1:123456789012:service/shop/shop-web";
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-web"]}});
    let off = json!({"deploymentCircuitBreaker": {"enable": false, "rollback": false}});
    let secret = |operation, more: Value| {
        let mut body = more;
        body["SecretId"] = json!("shop/mail");
        Call(Service::SecretsManager, operation, body)
    };
    let trust = json!({"Version": "2012-10-17", "Statement":
        [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    vec![
        (secret("UpdateSecret", json!({"Description": "Post"})), "Secret/mail secretsmanager:UpdateSecret"),
        (secret("UpdateSecret", json!({"KmsKeyId": "alias/other"})), "Secret/mail secretsmanager:UpdateSecret"),
        (
            secret("TagResource", json!({"Tags": [{"Key": "team", "Value": "post"}]})),
            "Secret/mail secretsmanager:TagResource",
        ),
        (secret("UntagResource", json!({"TagKeys": ["team"]})), "Secret/mail secretsmanager:TagResource"),
        (
            Form("DeleteRolePolicy", json!({"RoleName": "shop-web-exec", "PolicyName": "evenkeel-default"})),
            "ExecutionRole/web iam:PutRolePolicy",
        ),
        (
            Form(
                "DetachRolePolicy",
                json!({"RoleName": "mail", "PolicyArn": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"}),
            ),
            "ExecutionRole/mail iam:AttachRolePolicy",
        ),
        (
            Form(
                "PutRolePermissionsBoundary",
                json!({"RoleName": "mail", "PermissionsBoundary": "arn:aws:iam::123456789012:policy/other"}),
            ),
            "ExecutionRole/mail iam:PutRolePermissionsBoundary",
        ),
        (
            Form("UpdateAssumeRolePolicy", json!({"RoleName": "mail", "PolicyDocument": trust.to_string()})),
            "ExecutionRole/mail iam:UpdateAssumeRolePolicy",
        ),
        (update("desiredCount", &json!(5)), "Service/web ecs:UpdateService"),
        (update("healthCheckGracePeriodSeconds", &json!(0)), "Service/web ecs:UpdateService"),
        (update("enableExecuteCommand", &json!(false)), "Service/web ecs:UpdateService"),
        (update("propagateTags", &json!("NONE")), "Service/web ecs:UpdateService"),
        (update("loadBalancers", &json!([])), "Service/web ecs:UpdateService"),
        (update("deploymentConfiguration", &off), "Service/web ecs:UpdateService"),
        (update("networkConfiguration", &network), "Service/web ecs:UpdateService"),
        (
            Call(Service::Ecs, "UntagResource", json!({"resourceArn": arn, "tagKeys": ["team"]})),
            "Service/web ecs:TagResource",
        ),
    ]
}

/// Nothing is held, nothing is to be done.
async fn at_rest(running: &Running<'_>) {
    for _ in 0..30 {
        let plan: Value = serde_json::from_str(&running.board.said().plan.unwrap_or_else(|| "{}".into())).unwrap();
        if plan["steps"] == json!([]) && plan["held"] == json!([]) {
            return;
        }
        running.minutes(1).await;
    }
    panic!("does not come to rest: {:?}", running.board.said().plan);
}

#[test]
fn a_change_by_hand_of_any_kind_is_drift_and_is_put_right_within_a_sweep() {
    in_virtual_time(async {
        let (lab, folder) = shop().await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(15).await;
            for (hand, expected) in changes() {
                at_rest(&running).await;
                let before = running.calls().len();
                hand.act(&lab);
                tokio::time::sleep(Duration::from_secs(100)).await;
                let done = running.calls()[before..].to_vec();
                assert!(
                    done.iter().any(|call| *call == format!("{expected} Drifted done")),
                    "{expected}: {done:#?} {:?}",
                    running.board.said().plan
                );
                assert!(!done.iter().any(|call| call.contains(" Changed ")), "{expected}: {done:#?}");
            }
            at_rest(&running).await;
        })
        .await;
    });
}

/// No list shows the tags of a revision, which is read once, or the resource policy of a secret: an exact look reads them.
#[test]
fn what_no_list_shows_is_put_right_within_a_full_sweep() {
    in_virtual_time(async {
        let (lab, folder) = shop().await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(25).await;
            at_rest(&running).await;
            let before = running.calls().len();
            let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:1";
            lab.call(Service::Ecs, "UntagResource", &json!({"resourceArn": arn, "tagKeys": ["team"]}));
            lab.call(Service::SecretsManager, "DeleteResourcePolicy", &json!({"SecretId": "shop/mail"}));
            running.minutes(12).await;
            let mut done = running.calls()[before..].to_vec();
            done.sort();
            let policy = "Secret/mail secretsmanager:PutResourcePolicy Drifted done";
            assert_eq!(done, [policy, "TaskDefinition/web ecs:TagResource Drifted done"]);
            running.minutes(60).await;
            assert_eq!(running.calls().len(), before + 2, "{:#?}", running.calls());
        })
        .await;
    });
}

#[test]
fn drift_is_only_said_where_the_manifest_asks_for_that_and_a_change_in_git_is_none() {
    in_virtual_time(async {
        let (lab, folder) = shop().await;
        edit(&folder, "web.yaml", "  taskDefinitionRef:", "  driftPolicy: Detect\n  taskDefinitionRef:");
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(15).await;
            at_rest(&running).await;
            let before = running.calls().len();
            update("desiredCount", &json!(5)).act(&lab);
            running.minutes(30).await;
            assert_eq!(running.calls().len(), before);
            let condition = |kind| {
                let report = running.board.said().status.unwrap();
                let web = report.resources.iter().find(|status| status.resource.to_string() == "Service/web").unwrap();
                web.condition(kind).map(|condition| (condition.reason.as_str(), condition.message.clone()))
            };
            let (reason, message) = condition(ConditionType::Drifted).unwrap();
            assert_eq!((reason, message.as_str()), ("DriftDetected", "was changed by hand: desiredCount"));
            edit(running.folder, "web.yaml", "desiredCount: 2", "desiredCount: 3");
            running.minutes(5).await;
            assert_eq!(running.calls()[before..], ["Service/web ecs:UpdateService Changed done"]);
            assert_eq!(condition(ConditionType::Drifted), None);
        })
        .await;
    });
}

/// Another revision of the same family is the same manifest with other versions of its secrets: no rotation, where those are
/// not new.
#[test]
fn an_older_revision_by_hand_is_drift_whatever_is_asked_of_changes_of_secrets() {
    in_virtual_time(async {
        for asked in ["Redeploy", "Hold", "Ignore"] {
            let (lab, folder) = (Lab::with_shop().await, shop_folder());
            beside(&lab, &folder, rules(), async |running| {
                running.minutes(15).await;
                lab.rotate("shop/db", 2);
                running.minutes(15).await;
                let asked = format!("  rollout: {{onSecretChange: {asked}}}\n  taskDefinitionRef:");
                edit(running.folder, "web.yaml", "  taskDefinitionRef:", &asked);
                running.minutes(15).await;
                at_rest(&running).await;
                let (before, rotations) = (running.calls().len(), running.number(ROTATIONS));
                for _ in 0..2 {
                    update("taskDefinition", &json!("shop-web:1")).act(&lab);
                    running.minutes(10).await;
                    at_rest(&running).await;
                }
                let drifted = "Service/web ecs:UpdateService Drifted done";
                assert_eq!(running.calls()[before..], [drifted, drifted], "{asked}");
                assert_eq!(running.number(ROTATIONS), rotations, "{asked}");
                let services = json!({"cluster": "shop", "services": ["shop-web"]});
                let live = lab.call(Service::Ecs, "DescribeServices", &services);
                let revision = live["services"][0]["taskDefinition"].as_str().unwrap();
                assert!(revision.ends_with("shop-web:2"), "{asked}: {revision}");
            })
            .await;
        }
    });
}

const ROTATIONS: &str = r#"evenkeel_secret_redeploys_total{service="web"}"#;
