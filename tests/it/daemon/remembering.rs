//! What the daemon remembers of rollouts, and what it does not: a restart counts nothing again, and what was once seen stays
//! when it cannot be read again.

use std::time::Duration;

use evenkeel::model::id::ResourceId;
use evenkeel::sandbox::chaos::Fate;
use evenkeel::sandbox::ecs::Behaviour;
use evenkeel::status::detail::Detail;
use evenkeel::status::report::ResourceStatus;

use super::running::{Running, beside, beside_with, edit, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};

/// The shop, whose release 2.1.0 ends at once.
async fn shop() -> (Lab, Folder) {
    let lab = Lab::with_shop().await;
    let exits = Behaviour::exiting(1, Duration::from_secs(5));
    let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.1.0";
    lab.sandbox.with_world(|world| world.surroundings.images.set(image, exits));
    (lab, shop_folder())
}

/// Rollouts of the service that worked, and that failed.
fn ended(running: &Running<'_>) -> (i64, i64) {
    let page = running.board.numbers();
    let failed = page.lines().filter_map(|line| line.strip_prefix("evenkeel_rollout_failures_total{service=\"web\""));
    let failed = failed.filter_map(|line| line.rsplit(' ').next()?.parse::<i64>().ok()).sum();
    (running.number("evenkeel_rollout_duration_seconds_count{service=\"web\"}"), failed)
}

fn web(running: &Running<'_>) -> ResourceStatus {
    let status = running.board.said().status.unwrap();
    status.find(&ResourceId::parse("Service/web").unwrap()).unwrap().clone()
}

fn reason(running: &Running<'_>) -> String {
    web(running).ready().unwrap().reason.to_string()
}

#[test]
fn a_service_that_cannot_be_read_at_first_has_rolled_nothing_out() {
    in_virtual_time(async {
        let (lab, folder) = shop().await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            assert_eq!(ended(&running), (1, 0));
        })
        .await;
        tokio::time::sleep(Duration::from_hours(48)).await;
        let aws = lab.another().await;
        lab.chaos.set(|_, operation| if operation == "DescribeTaskDefinition" { Fate::Denied } else { Fate::Pass });
        beside_with(aws, &lab, &folder, rules(), async |running| {
            running.minutes(3).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("Unreadable", (0, 0)));
            lab.chaos.set(|_, _| Fate::Pass);
            running.minutes(10).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("Succeeded", (0, 0)));
        })
        .await;
    });
}

#[test]
fn what_ecs_went_back_to_is_no_rollout_that_worked_though_a_restart_lies_between() {
    in_virtual_time(async {
        let (lab, folder) = shop().await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            edit(running.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
            running.minutes(20).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("RolloutFailed", (1, 1)));
        })
        .await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(20).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("RolloutFailed", (0, 0)));
            edit(running.folder, "web.yaml", "shop-web:2.1.0", "shop-web:2.0.0");
            running.minutes(10).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("Succeeded", (0, 0)));
            edit(running.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.2.0");
            running.minutes(10).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("Succeeded", (1, 0)));
        })
        .await;
    });
}

#[test]
fn an_old_failure_whose_history_is_read_later_is_not_counted_then() {
    in_virtual_time(async {
        let (lab, folder) = shop().await;
        edit(&folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(30).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("RolloutFailed", (0, 1)));
        })
        .await;
        lab.chaos.set(|_, operation| if operation == "ListServiceDeployments" { Fate::Denied } else { Fate::Pass });
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("RolloutFailed", (0, 0)));
            lab.chaos.set(|_, _| Fate::Pass);
            running.minutes(20).await;
            assert_eq!((reason(&running).as_str(), ended(&running)), ("RolloutFailed", (0, 0)));
        })
        .await;
    });
}

#[test]
fn what_was_seen_of_a_failure_stays_when_it_cannot_be_read_again() {
    in_virtual_time(async {
        let (lab, folder) = shop().await;
        edit(&folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
        // While tasks cannot be described, everything is asked for again in each pass.
        lab.chaos.set(|_, operation| if operation == "DescribeTasks" { Fate::Denied } else { Fate::Pass });
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(30).await;
            let detail = || {
                let Some(Detail::Service(detail)) = web(&running).detail else { panic!("it is there") };
                (detail.past.map(|past| past[0].status.clone()), detail.stopped.len())
            };
            let failed = Some("ROLLBACK_FAILED".to_owned());
            assert_eq!((reason(&running).as_str(), detail()), ("RolloutFailed", (failed.clone(), 0)));
            lab.chaos.set(|_, operation| if operation == "ListServiceDeployments" { Fate::Denied } else { Fate::Pass });
            running.minutes(3).await;
            assert_eq!((reason(&running).as_str(), detail()), ("RolloutFailed", (failed, 1)));
        })
        .await;
    });
}
