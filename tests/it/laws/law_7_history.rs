//! A failed rollout is remembered, also where AWS's answers have holes: a history that is not whole is none.

use std::time::Duration;

use evenkeel::sandbox::Service;
use evenkeel::sandbox::ecs::Behaviour;
use serde_json::json;

use crate::support::lab::{Lab, in_virtual_time, shop};
use crate::support::world::deployments;
use evenkeel::sandbox::chaos::Fate;

const BROKEN: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.1.0";

#[test]
fn law_7_a_history_with_a_hole_starts_nothing() {
    in_virtual_time(async {
        let lab = after_a_failure().await;
        for operation in ["DescribeServiceDeployments", "DescribeServiceRevisions", "ListServiceDeployments"] {
            for fate in [Fate::Denied, Fate::OneFails, Fate::OneForgotten] {
                if operation == "ListServiceDeployments" && fate != Fate::Denied {
                    continue;
                }
                lab.chaos.set(move |_, called| if called == operation { fate } else { Fate::Pass });
                assert_eq!(held(&lab).await, ["Service/web Unreadable"], "{operation} {fate:?}");
            }
        }
    });
}

#[test]
fn law_7_a_failure_is_found_behind_many_newer_deployments_and_on_later_pages() {
    in_virtual_time(async {
        let lab = after_a_failure().await;
        for _ in 0..25 {
            let again = json!({"cluster": "shop", "service": "shop-web", "forceNewDeployment": true});
            lab.call(Service::Ecs, "UpdateService", &again);
            tokio::time::sleep(Duration::from_mins(10)).await;
        }
        // The sandbox lists 20 where nothing else is asked for.
        assert_eq!(deployments(&lab, "shop-web"), 20);
        assert_eq!(held(&lab).await, ["Service/web RolloutFailed"]);
        lab.chaos.set(|_, called| if called == "ListServiceDeployments" { Fate::SmallPage } else { Fate::Pass });
        assert_eq!(held(&lab).await, ["Service/web RolloutFailed"]);
        assert!(lab.chaos.seen().iter().filter(|called| *called == "ListServiceDeployments").count() > 10);
    });
}

#[test]
fn law_7_a_service_whose_arn_lacks_the_cluster_has_a_history_too() {
    in_virtual_time(async {
        let lab = after_a_failure().await;
        lab.chaos.set(|_, _| Fate::ShortArns);
        assert_eq!(held(&lab).await, ["Service/web RolloutFailed"]);
    });
}

#[test]
fn law_7_more_failures_than_one_call_describes_are_remembered() {
    in_virtual_time(async {
        let lab = after_a_failure().await;
        let listed = lab.call(Service::Ecs, "ListTaskDefinitions", &json!({"familyPrefix": "shop-web"}));
        let broken = listed["taskDefinitionArns"][1].as_str().unwrap();
        for _ in 0..22 {
            let again = json!({"cluster": "shop", "service": "shop-web", "taskDefinition": broken});
            lab.call(Service::Ecs, "UpdateService", &again);
            tokio::time::sleep(Duration::from_mins(30)).await;
        }
        lab.chaos.set(|_, _| Fate::Pass);
        assert_eq!(held(&lab).await, ["Service/web RolloutFailed"]);
        assert_eq!(lab.chaos.seen().iter().filter(|called| *called == "DescribeServiceDeployments").count(), 2);
    });
}

/// A shop whose release 2.1.0 was rolled back.
async fn after_a_failure() -> Lab {
    let lab = Lab::with_shop().await;
    lab.converge(&shop("2.0.0")).await;
    lab.sandbox.with_world(|world| world.surroundings.images.set(BROKEN, exits()));
    lab.converge(&shop("2.1.0")).await;
    assert_eq!(held(&lab).await, ["Service/web RolloutFailed"]);
    lab
}

fn exits() -> Behaviour {
    Behaviour::exiting(1, Duration::from_secs(5))
}

/// What holds the release, which has no steps.
async fn held(lab: &Lab) -> Vec<String> {
    let (_, plan) = lab.look(&shop("2.1.0")).await;
    assert!(plan.is_empty(), "{plan:#?}");
    plan.held().iter().map(|held| format!("{} {}", held.target, held.because.name())).collect()
}
