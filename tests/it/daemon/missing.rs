//! Events that never came are counted, of what is still there.

use super::hearing::shop;
use super::running::hearing;
use crate::support::lab::in_virtual_time;

#[test]
fn a_secret_that_leaves_the_manifests_while_its_event_is_waited_for_missed_none() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        lab.sandbox.with_world(|world| world.events.delivery.lost = 1_000);
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            lab.rotate("shop/db", 2);
            running.minutes(8).await;
            let age = "evenkeel_secret_age_seconds{name=\"shop-db\"}";
            assert!(running.board.numbers().contains(age), "{}", running.board.numbers());
            std::fs::remove_file(running.folder.join("manifests/database.yaml")).unwrap();
            running.minutes(60).await;
            assert_eq!(running.number("evenkeel_queue_missed_total"), 0);
            assert!(!running.board.numbers().contains(age));
        })
        .await;
    });
}
