//! A secret gets a new version: its readers are redeployed, once, and nobody else.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::daemon::event::Event;
use evenkeel::sandbox::Service;
use serde_json::json;
use tokio::sync::oneshot;

use super::running::{beside, rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time, token};
use crate::support::world::deployments;

/// The list of secrets is five minutes behind, as AWS says it may be.
async fn slow_lists() -> Lab {
    let lab = Lab::with_shop().await;
    lab.sandbox.with_world(|world| world.secrets.set_list_lag(Duration::from_mins(5)));
    lab
}

fn rollouts(lab: &Lab) -> (usize, usize) {
    (deployments(lab, "shop-web"), deployments(lab, "shop-worker"))
}

#[test]
fn without_events_a_rotation_is_seen_when_the_list_shows_it() {
    in_virtual_time(async {
        let (lab, folder) = (slow_lists().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(20).await;
            lab.rotate("shop/db", 2);
            running.minutes(7).await;
            assert_eq!(rollouts(&lab), (2, 2), "{:#?}", running.calls());
            running.minutes(60).await;
            assert_eq!(rollouts(&lab), (2, 2));
        })
        .await;
    });
}

#[test]
fn an_event_is_a_look_at_that_secret_and_is_answered_after_the_pass() {
    in_virtual_time(async {
        let (lab, folder) = (slow_lists().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(20).await;
            lab.rotate("shop/db", 2);
            tokio::time::sleep(Duration::from_secs(40)).await;
            let before = lab.aws.calls();
            let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf";
            let (done, answer) = oneshot::channel();
            let secrets = BTreeSet::from([arn.to_owned()]);
            running.tell.send(Event::SecretChanged { secrets, done }).await.unwrap();
            answer.await.unwrap();
            assert_eq!(rollouts(&lab), (2, 2), "{:#?}", running.calls());
            let after = lab.aws.calls();
            let more = |name: &str| after.get(name).unwrap_or(&0) - before.get(name).unwrap_or(&0);
            assert_eq!(more("secretsmanager:DescribeSecret"), 1);
        })
        .await;
    });
}

#[test]
fn ten_rotations_in_a_second_are_one_rollout_of_each_reader() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(20).await;
            for version in 2..12 {
                lab.rotate("shop/db", version);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            running.minutes(30).await;
            assert_eq!(rollouts(&lab), (2, 2), "{:#?}", running.calls());
        })
        .await;
    });
}

#[test]
fn a_rotation_that_walks_its_whole_path_is_one_rollout_after_awscurrent_moves() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(20).await;
            let next = token("shop/db", 2);
            let pending = json!({"SecretId": "shop/db", "ClientRequestToken": next, "SecretString": "{}", "VersionStages": ["AWSPENDING"]});
            lab.call(Service::SecretsManager, "PutSecretValue", &pending);
            running.minutes(10).await;
            assert_eq!(rollouts(&lab), (1, 1), "a pending version is nobody's business");
            let moved = json!({"SecretId": "shop/db", "VersionStage": "AWSCURRENT", "MoveToVersionId": next, "RemoveFromVersionId": token("shop/db", 1)});
            lab.call(Service::SecretsManager, "UpdateSecretVersionStage", &moved);
            let finished = json!({"SecretId": "shop/db", "VersionStage": "AWSPENDING", "RemoveFromVersionId": next});
            lab.call(Service::SecretsManager, "UpdateSecretVersionStage", &finished);
            running.minutes(10).await;
            assert_eq!(rollouts(&lab), (2, 2), "{:#?}", running.calls());
        })
        .await;
    });
}
