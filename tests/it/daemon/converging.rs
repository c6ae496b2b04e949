//! What the source says is done, what was changed by hand is put right, and what is right is left alone.

use evenkeel::daemon::Rules;
use evenkeel::daemon::event::Event;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::chaos::Fate;
use serde_json::json;

use super::running::{beside, edit, rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time};
use crate::support::world::deployments;

fn images(lab: &Lab, service: &str) -> Vec<String> {
    lab.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("shop", service).into_iter().filter(|task| task.stop.is_none());
        tasks.map(|task| task.containers[0].image.rsplit('/').next().unwrap().to_owned()).collect()
    })
}

#[test]
fn a_folder_is_applied_and_every_change_of_it_too() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            assert_eq!(images(&lab, "shop-web"), ["shop-web:2.0.0", "shop-web:2.0.0"]);
            edit(running.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
            running.minutes(5).await;
            assert_eq!(images(&lab, "shop-web"), ["shop-web:2.1.0", "shop-web:2.1.0"]);
            assert_eq!((deployments(&lab, "shop-web"), deployments(&lab, "shop-worker")), (2, 1));
        })
        .await;
    });
}

#[test]
fn at_rest_it_writes_nothing_and_asks_little() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(30).await;
            let (writes, calls) = (lab.writes(), lab.aws.calls());
            running.minutes(60).await;
            assert_eq!(lab.writes(), writes);
            let now = lab.aws.calls();
            let more = |name: &str| now.get(name).unwrap_or(&0) - calls.get(name).unwrap_or(&0);
            assert!(more("secretsmanager:ListSecrets") >= 50, "{now:?}");
            assert!(more("secretsmanager:DescribeSecret") <= 7, "exactly in full looks alone: {now:?}");
            assert_eq!(more("ecs:ListServiceDeployments"), 0, "{now:?}");
        })
        .await;
    });
}

#[test]
fn a_change_by_hand_is_put_right_within_a_sweep_and_said_to_be_one() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            let before = running.calls().len();
            let by_hand = json!({"cluster": "shop", "service": "shop-web", "healthCheckGracePeriodSeconds": 0, "desiredCount": 5});
            lab.call(Service::Ecs, "UpdateService", &by_hand);
            running.minutes(2).await;
            assert_eq!(running.calls()[before..], ["Service/web ecs:UpdateService Drifted done"]);
        })
        .await;
    });
}

#[test]
fn a_dry_run_looks_and_never_writes() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let writes = lab.writes();
        lab.chaos.set(|_, operation| {
            let reads = ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb));
            assert!(reads, "{operation} may change something");
            Fate::Pass
        });
        beside(&lab, &folder, Rules { dry_run: true, ..rules() }, async |running| {
            running.minutes(90).await;
            assert_eq!((lab.writes(), running.calls()), (writes, vec![]));
            assert!(lab.aws.calls()["secretsmanager:ListSecrets"] > 60);
        })
        .await;
    });
}

#[test]
fn a_bad_manifest_harms_itself_and_an_empty_folder_nothing() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            edit(running.folder, "worker.yaml", "kind: Service", "kind: Servce");
            edit(running.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
            running.minutes(5).await;
            assert_eq!(images(&lab, "shop-web"), ["shop-web:2.1.0", "shop-web:2.1.0"]);
            assert_eq!(images(&lab, "shop-worker").len(), 1);
            for name in ["database.yaml", "web.yaml", "worker.yaml"] {
                std::fs::remove_file(running.folder.join("manifests").join(name)).unwrap();
            }
            let by_hand = json!({"cluster": "shop", "service": "shop-web", "desiredCount": 7});
            lab.call(Service::Ecs, "UpdateService", &by_hand);
            running.minutes(5).await;
            assert_eq!(images(&lab, "shop-web").len(), 2, "what was last good stays in force");
        })
        .await;
    });
}

/// Every call that may change something has its line, with the id by which AWS knows it.
#[test]
fn every_call_is_written_down_once_with_its_reason_and_its_request() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let before = lab.written().len();
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            let calls = running.calls();
            let expected = [
                "ExecutionRole/web iam:CreateRole Missing done",
                "ExecutionRole/web iam:PutRolePolicy Missing done",
                "ExecutionRole/worker iam:CreateRole Missing done",
                "ExecutionRole/worker iam:PutRolePolicy Missing done",
                "Service/web ecs:CreateService Missing done",
                "Service/worker ecs:CreateService Missing done",
                "TaskDefinition/web ecs:RegisterTaskDefinition Missing done",
                "TaskDefinition/worker ecs:RegisterTaskDefinition Missing done",
            ];
            let mut sorted = calls.clone();
            sorted.sort();
            assert_eq!(sorted, expected, "{calls:#?}");
            // Nothing was written that has no line, but for the marks that belong to a step.
            let written = lab.written().len() - before;
            let marks = lab.written()[before..].iter().filter(|operation| operation.starts_with("Tag")).count();
            assert_eq!(written - marks, 8);
            for entry in running.audit() {
                assert_eq!((&entry["installation"], &entry["commit"]), (&json!("default"), &json!(null)));
                assert!(entry["time"].as_str().unwrap().starts_with("2026-01-01T00:"), "{entry}");
                assert!(entry["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{entry}");
            }
        })
        .await;
    });
}

/// `ignoreDifferences` alone changes nothing in AWS but what the mark is a digest of.
#[test]
fn a_mark_that_is_only_written_again_has_its_line_too() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            let (calls, writes) = (running.calls().len(), lab.writes());
            let kept = "spec:\n  ignoreDifferences: [{path: desiredCount}]\n  serviceName: shop-worker";
            edit(running.folder, "worker.yaml", "spec:\n  serviceName: shop-worker", kept);
            running.minutes(5).await;
            assert_eq!(running.calls()[calls..], ["Service/worker ecs:TagResource MarkStale done"]);
            assert_eq!(lab.writes() - writes, 1);
        })
        .await;
    });
}

#[test]
fn a_storm_of_events_is_a_handful_of_passes() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            let before = lab.aws.calls()["ecs:DescribeServices"];
            for _ in 0..1_000 {
                running.tell.send(Event::WakeUp).await.unwrap();
            }
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            let passes = lab.aws.calls()["ecs:DescribeServices"] - before;
            assert!(passes <= 3, "{passes} passes");
        })
        .await;
    });
}

#[test]
fn other_rules_are_in_force_from_the_next_look_on() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, Rules { dry_run: true, ..rules() }, async |running| {
            running.minutes(5).await;
            assert_eq!(running.calls(), Vec::<String>::new());
            running.rules.send(rules()).unwrap();
            running.tell.send(Event::WakeUp).await.unwrap();
            running.minutes(5).await;
            assert_eq!(images(&lab, "shop-web").len(), 2);
        })
        .await;
    });
}
