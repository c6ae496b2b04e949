//! With prune off: what nobody wants any more is told of, and stays.

use std::collections::BTreeSet;

use evenkeel::sandbox::chaos::Fate;

use super::accidents::{held, remove, without_worker};
use super::running::{beside, rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time, shop};

/// Nothing is deleted before somebody says so, and that there is something is said.
#[test]
fn with_prune_off_it_is_counted_and_stays() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            let writes = lab.writes();
            remove(running.folder, &["worker.yaml"]);
            running.minutes(60).await;
            assert_eq!((lab.writes(), held(&running)), (writes, BTreeSet::new()));
        })
        .await;
        let mut lab = lab;
        lab.restart().await;
        let (_, plan) = lab.look(&without_worker(shop("2.0.0"))).await;
        let left: Vec<String> = plan.left().iter().map(|left| left.target.to_string()).collect();
        assert_eq!((plan.is_empty(), left), (true, vec!["Service/worker".to_owned()]));
    });
}

/// The list may fail for a moment: what is there is told of with the next look.
#[test]
fn with_prune_off_a_list_that_was_throttled_is_asked_for_again_and_one_that_is_denied_is_not() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        for (fate, counted) in [(Fate::Throttled, 1), (Fate::Denied, 0)] {
            lab.restart().await;
            lab.chaos.set(move |_, operation| if operation == "GetResources" { fate } else { Fate::Pass });
            assert_eq!(lab.look(&without_worker(shop("2.0.0"))).await.1.left().len(), 0);
            lab.chaos.set(|_, _| Fate::Pass);
            assert_eq!(lab.look(&without_worker(shop("2.0.0"))).await.1.left().len(), counted, "{fate:?}");
        }
    });
}
