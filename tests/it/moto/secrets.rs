//! Secrets that cannot be injected: their readers wait, and say for whom.

use evenkeel::aws::Look;
use serde_json::Value;

use super::front::Counts;
use super::http::Message;
use super::lab::{Lab, REGION, ask, held, in_real_time, steps};
use super::shop::shop;
use crate::support::leaks::assert_visible;

/// The readers of the shop's secret, and what they wait for.
const WAITING: [&str; 4] = [
    "Service/web WaitingOn",
    "Service/worker WaitingOn",
    "TaskDefinition/web WaitingOn",
    "TaskDefinition/worker WaitingOn",
];

#[test]
fn the_readers_of_a_secret_that_does_not_exist_wait_for_it() {
    in_real_time(async {
        let lab = Lab::new().await;
        let ran = lab.evenkeel(&["apply", "--yes", "--rollouts-settle", "0s", "-o", "json"], &shop("2.0.0"));
        assert_eq!(ran.exit, Some(1), "{}", ran.err);
        let last: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
        let held = last["held"].as_array().unwrap();
        assert_eq!((held.len(), held[0]["because"].as_str()), (5, Some("SecretUnusable")));
        assert!(held.iter().all(|held| held["root"] == "Secret/shop-db"), "{held:#?}");
        assert!(held[0]["message"].as_str().unwrap().contains("shop/db does not exist"));
        assert_eq!(last["complete"], true, "it was looked at, and is not there");
        let roles: Counts =
            ["iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"].map(|operation| (operation.to_owned(), 2)).into();
        assert_eq!(lab.front.writes(), roles, "what does not need the secret is made");
        let diff = lab.evenkeel(&["diff"], &shop("2.0.0"));
        assert_eq!(diff.exit, Some(0), "holds alone are no differences");
        lab.create_secret("shop/db");
        let ran = lab.evenkeel(&["apply", "--yes", "--rollouts-settle", "0s"], &shop("2.0.0"));
        assert_eq!((ran.exit, lab.front.writes()["ecs:CreateService"]), (Some(0), 2), "{}", ran.err);
    });
}

#[test]
fn a_secret_scheduled_for_deletion_holds_its_readers_as_they_are() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shop("2.0.0"));
        let aws = lab.connect().await;
        lab.apply(&aws, &desired).await;
        lab.secrets.delete_secret().secret_id("shop/db").recovery_window_in_days(7).send().await.unwrap();
        let changed = lab.desired(&shop("2.1.0"));
        lab.front.reset();
        let (plan, _) = lab.pass(&aws, &changed).await;
        assert_eq!((steps(&plan), lab.front.writes()), (vec![], Counts::new()));
        let expected = ["Secret/shop-db SecretUnusable"].into_iter().chain(WAITING).collect::<Vec<_>>();
        assert_eq!(held(&plan), expected);
        assert!(plan.held()[0].because.to_string().contains("scheduled for deletion"));
        lab.secrets.restore_secret().secret_id("shop/db").send().await.unwrap();
        lab.assert_quiet(&aws, &desired).await;
    });
}

#[test]
fn a_stage_that_no_version_has_holds_the_task_definition_alone() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let reads = "DB_PASSWORD: {secretRef: {name: shop-db, key: password, stage: BLUE}}";
        let manifests = shop("2.0.0").replace("DB_PASSWORD: {secretRef: {name: shop-db, key: password}}", reads);
        let desired = lab.desired(&manifests);
        let (plan, _) = lab.pass(&lab.connect().await, &desired).await;
        let expected = [
            "TaskDefinition/web SecretUnusable",
            "TaskDefinition/worker SecretUnusable",
            "Service/web WaitingOn",
            "Service/worker WaitingOn",
        ];
        assert_eq!(held(&plan), expected);
        assert!(!lab.front.writes().contains_key("ecs:RegisterTaskDefinition"));
    });
}

#[test]
fn a_secret_of_another_region_is_read_where_it_lives() {
    in_real_time(async {
        let lab = Lab::new().await;
        let arn = lab.create_secret_in("us-east-1", "shop/db");
        let desired = lab.desired(&shop("2.0.0").replace("secretName: shop/db", &format!("secretName: {arn}")));
        let aws = lab.connect().await;
        lab.apply(&aws, &desired).await;
        let (revision, _) = lab.revision("shop-worker").await;
        assert_eq!(revision.container_definitions()[0].secrets()[0].value_from(), format!("{arn}:password::"));
        let policy = lab.inline_policy("shop-worker-exec", "evenkeel-default").await.to_string();
        assert!(policy.contains(&arn), "{policy}");
        lab.assert_quiet(&aws, &desired).await;
        lab.assert_quiet(&aws.with_look(Look::Sweep), &desired).await;
    });
}

/// What the scanner of this suite looks for would be seen as moto sends it, too.
#[test]
fn a_value_in_an_answer_of_moto_would_be_seen() {
    in_real_time(async {
        let lab = Lab::new().await;
        lab.create_secret("app/db");
        let headers = "content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.GetSecretValue";
        let body = r#"{"SecretId": "app/db"}"#;
        assert_visible(&ask(&Message::call((&lab.account, REGION), "secretsmanager", headers, body)));
    });
}
