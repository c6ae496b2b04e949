//! One secret, two readers: in which order they are redeployed, how many at once, and whether at all.

use std::time::Duration;

use evenkeel::daemon::Rules;
use evenkeel::model::desired::Policy;
use evenkeel::sandbox::Service;
use serde_json::json;

use super::running::{Running, beside, edit, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};
use crate::support::world::deployments;

const SERVICES: [&str; 2] = ["shop-web", "shop-worker"];

fn with(folder: &Folder, file: &str, rollout: &str) {
    edit(folder, file, "taskDefinitionRef:", &format!("rollout: {{{rollout}}}\n  taskDefinitionRef:"));
}

/// Which of the two services are being rolled out.
fn moving(lab: &Lab) -> [bool; 2] {
    let described = lab.call(Service::Ecs, "DescribeServices", &json!({"cluster": "shop", "services": SERVICES}));
    SERVICES.map(|name| {
        let services = described["services"].as_array().unwrap();
        let service = services.iter().find(|service| service["serviceName"] == name).unwrap();
        service["deployments"].as_array().unwrap().iter().any(|one| one["rolloutState"] == "IN_PROGRESS")
    })
}

/// After a rotation: when each of the two began and was over, in seconds; and were both ever under way at once?
async fn rotated(lab: &Lab, running: &Running<'_>) -> ([(u64, u64); 2], bool) {
    running.minutes(20).await;
    lab.rotate("shop/db", 2);
    let (mut spans, mut both) = ([(0, 0); 2], false);
    for second in 1..1_800 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = moving(lab);
        both |= now == [true, true];
        for (span, is_moving) in spans.iter_mut().zip(now) {
            if is_moving {
                *span = (if span.0 == 0 { second } else { span.0 }, second);
            }
        }
    }
    assert_eq!(SERVICES.map(|service| deployments(lab, service)), [2, 2], "{:#?}", running.calls());
    (spans, both)
}

#[test]
fn a_higher_wave_begins_when_the_lower_one_is_over() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        with(&folder, "web.yaml", "wave: 1");
        beside(&lab, &folder, rules(), async |running| {
            let ([web, worker], both) = rotated(&lab, &running).await;
            assert!(worker.0 > 0 && worker.1 < web.0 && !both, "worker {worker:?}, web {web:?}");
        })
        .await;
    });
}

#[test]
fn no_more_are_redeployed_at_once_than_the_configuration_allows() {
    in_virtual_time(async {
        for (max_concurrent, together) in [(1, false), (2, true)] {
            let (lab, folder) = (Lab::with_shop().await, shop_folder());
            let rules = Rules { policy: Policy { max_concurrent, ..Policy::default() }, ..rules() };
            beside(&lab, &folder, rules, async |running| {
                let (spans, both) = rotated(&lab, &running).await;
                assert_eq!(both, together, "{max_concurrent}: {spans:?}");
            })
            .await;
        }
    });
}

#[test]
fn a_reader_that_holds_or_ignores_a_new_version_keeps_the_one_that_it_has() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        with(&folder, "web.yaml", "onSecretChange: Hold");
        with(&folder, "worker.yaml", "onSecretChange: Ignore");
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(20).await;
            lab.rotate("shop/db", 2);
            running.minutes(60).await;
            assert_eq!(SERVICES.map(|service| deployments(&lab, service)), [1, 1], "{:#?}", running.calls());
            assert_eq!(running.number("evenkeel_held{reason=\"SecretChangeHeld\"}"), 1);
            // Another change of the revision brings the version along for the one that ignores it.
            edit(running.folder, "worker.yaml", "shop-worker:1.4.2", "shop-worker:1.4.3");
            running.minutes(20).await;
            assert_eq!(SERVICES.map(|service| deployments(&lab, service)), [1, 2], "{:#?}", running.calls());
        })
        .await;
    });
}
