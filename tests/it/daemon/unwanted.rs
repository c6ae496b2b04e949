//! What is in no manifest any more is a number, and stands in the status, for as long as it is there.

use evenkeel::model::id::ResourceId;

use super::running::{Running, beside, rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time};

fn unwanted(running: &Running<'_>) -> Vec<String> {
    let status = running.board.said().status.unwrap();
    status.unwanted.iter().map(|unwanted| format!("{} {}", unwanted.resource, unwanted.reason)).collect()
}

#[test]
fn what_left_the_manifests_is_counted_until_it_is_wanted_again() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(15).await;
            assert_eq!(unwanted(&running), Vec::<String>::new());
            let (file, aside) = (running.folder.join("manifests/worker.yaml"), running.folder.join("worker"));
            std::fs::rename(&file, &aside).unwrap();
            for _ in 0..30 {
                running.minutes(1).await;
                let all = unwanted(&running);
                assert!(all.contains(&"Service/worker PruneOff".to_owned()), "sweeps too: {all:?}");
                let services = "evenkeel_unwanted{kind=\"Service\",reason=\"PruneOff\"}";
                assert_eq!(running.number(services), 1, "{}", running.board.numbers());
                assert!(
                    running.board.said().status.unwrap().find(&ResourceId::parse("Service/worker").unwrap()).is_none()
                );
            }
            std::fs::rename(aside, file).unwrap();
            running.minutes(15).await;
            assert_eq!(unwanted(&running), Vec::<String>::new());
            assert!(!running.board.numbers().contains("evenkeel_unwanted{"));
        })
        .await;
    });
}
