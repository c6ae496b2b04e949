//! What the daemon shows of itself: health, the last plan, numbers.

use std::time::Duration;

use evenkeel::daemon::Rules;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::chaos::Fate;
use serde_json::{Value, json};

use super::running::{beside, edit, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};
use crate::support::leaks::assert_clean;

#[test]
fn it_is_ready_after_the_first_pass_over_the_first_manifests() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let empty = Folder::new();
        std::fs::create_dir(empty.join("manifests")).unwrap();
        beside(&lab, &empty, rules(), async |running| {
            running.minutes(10).await;
            assert!(running.board.is_alive());
            assert_eq!(running.board.missing().len(), 2);
            assert!(running.board.said().source.is_some());
        })
        .await;
        beside(&lab, &shop_folder(), rules(), async |running| {
            running.minutes(1).await;
            assert_eq!(running.board.missing(), Vec::<&str>::new());
            assert_eq!(running.board.said().source, None);
        })
        .await;
    });
}

#[test]
fn it_is_alive_while_the_loop_turns_and_not_when_it_has_stopped() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let board = beside(&lab, &folder, rules(), async |running| {
            for _ in 0..120 {
                running.minutes(1).await;
                assert!(running.board.is_alive());
            }
            running.board
        })
        .await;
        tokio::time::sleep(Duration::from_mins(10)).await;
        assert!(!board.is_alive());
    });
}

#[test]
fn a_dry_run_publishes_the_differences() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, Rules { dry_run: true, ..rules() }, async |running| {
            running.minutes(5).await;
            let plan = running.board.said().plan.unwrap();
            assert_clean("the plan", &plan);
            let plan: Value = serde_json::from_str(&plan).unwrap();
            assert_eq!(plan["summary"]["create"], 6, "{plan}");
            assert!(plan["calls"]["total"].as_u64().unwrap() > 0);
            assert!(plan["steps"][0].get("outcome").is_none());
        })
        .await;
    });
}

#[test]
fn numbers_say_what_happened() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            for (name, expected) in [
                ("evenkeel_resources{kind=\"Service\"}", 2),
                ("evenkeel_calls_total{operation=\"ecs:CreateService\",why=\"Missing\",result=\"done\"}", 2),
                ("evenkeel_rollouts_in_progress", 0),
                ("evenkeel_source_up", 1),
                ("evenkeel_aws_requests_total{service=\"ecs\",operation=\"CreateService\",code=\"200\"}", 2),
                ("evenkeel_manifest_errors", 0),
            ] {
                assert_eq!(running.number(name), expected, "{name} in {}", running.board.numbers());
            }
            lab.rotate("shop/db", 2);
            running.minutes(10).await;
            assert_eq!(running.number("evenkeel_secret_redeploys_total{service=\"web\"}"), 1);
            let age = running.number("evenkeel_secret_age_seconds{name=\"shop-db\"}");
            assert!((480..=600).contains(&age), "{age} in {}", running.board.numbers());
            edit(running.folder, "web.yaml", "kind: Service", "kind: Servce");
            running.minutes(1).await;
            assert!(running.number("evenkeel_manifest_errors") >= 1);
            assert!(running.board.numbers().ends_with("# EOF\n"));
        })
        .await;
    });
}

#[test]
fn a_redeploy_is_counted_once_though_tags_change_with_it() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let tagged = |team: &str| format!("cluster: shop\n  tags: {{{team}}}\n  rollout: {{debounce: 0s}}");
        edit(&folder, "web.yaml", "cluster: shop", &tagged("team: web, tier: front"));
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            let before = running.calls().len();
            lab.rotate("shop/db", 2);
            edit(running.folder, "web.yaml", "team: web, tier: front", "team: shop");
            running.minutes(5).await;
            let calls = running.calls()[before..].to_vec();
            let of_web: Vec<&str> = calls.iter().filter_map(|call| call.strip_prefix("Service/web ")).collect();
            let expected = ["ecs:TagResource", "ecs:UntagResource", "ecs:UpdateService"]
                .map(|operation| format!("{operation} SecretRotated done"));
            assert_eq!(of_web, expected, "{calls:#?}");
            assert_eq!(running.number("evenkeel_secret_redeploys_total{service=\"web\"}"), 1);
        })
        .await;
    });
}

#[test]
fn holds_drift_and_throttles_are_counted_while_they_last() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        edit(&folder, "web.yaml", "taskDefinitionRef:", "driftPolicy: Detect\n  taskDefinitionRef:");
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            let by_hand = json!({"cluster": "shop", "service": "shop-web", "healthCheckGracePeriodSeconds": 0});
            lab.call(Service::Ecs, "UpdateService", &by_hand);
            running.minutes(2).await;
            let held = "evenkeel_held{reason=\"DriftDetected\"}";
            let drifted = "evenkeel_drifted{kind=\"Service\",name=\"web\"}";
            assert_eq!((running.number(held), running.number(drifted)), (1, 1), "{}", running.board.numbers());
            lab.chaos.set(|_, operation| if operation == "ListSecrets" { Fate::Throttled } else { Fate::Pass });
            running.minutes(5).await;
            assert!(
                running.number("evenkeel_aws_throttled_total{service=\"secretsmanager\",operation=\"ListSecrets\"}")
                    > 0
            );
            lab.chaos.set(|_, _| Fate::Pass);
            edit(running.folder, "web.yaml", "driftPolicy: Detect", "driftPolicy: Correct");
            running.minutes(5).await;
            assert_eq!((running.number(held), running.number(drifted)), (0, 0), "{}", running.board.numbers());
        })
        .await;
    });
}
