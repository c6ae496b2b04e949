//! A folder that is still being filled, by a clone, a copy or a sidecar: what its files do not name yet is not unwanted.
//!
//! Prune is on, and everything may go.

use std::collections::BTreeSet;
use std::time::Duration;

use super::accidents::{ALL, deleted, held, pruning};
use super::running::{Running, beside, beside_with, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};

/// Everything is made, and nothing runs that looks after it.
async fn made() -> (Lab, Folder) {
    let (lab, folder) = (Lab::with_shop().await, shop_folder());
    beside(&lab, &folder, rules(), async |running| running.minutes(5).await).await;
    (lab, folder)
}

fn away(folder: &Folder, name: &str) {
    std::fs::rename(folder.join("manifests").join(name), folder.join(name)).unwrap();
}

fn back(folder: &Folder, name: &str) {
    std::fs::rename(folder.join(name), folder.join("manifests").join(name)).unwrap();
}

async fn seconds(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// A daemon that has seen nothing of it before.
async fn starting(lab: &Lab, folder: &Folder, story: impl AsyncFnOnce(Running<'_>)) {
    let another = lab.another().await;
    Box::pin(beside_with(another, lab, folder, pruning(ALL), story)).await;
}

/// Each file comes less than ten seconds after the one before, and the last of them long after the start.
#[test]
fn a_folder_that_is_filled_file_by_file_from_before_the_start_until_after_it() {
    for at_the_start in [2, 1, 0] {
        in_virtual_time(async {
            let (lab, folder) = made().await;
            let missing = &["database.yaml", "web.yaml", "worker.yaml"][at_the_start..];
            for name in missing {
                away(&folder, name);
            }
            let writes = lab.writes();
            starting(&lab, &folder, async |running| {
                for name in missing {
                    seconds(8).await;
                    assert_eq!(deleted(&lab), Vec::<String>::new(), "before {name}");
                    back(running.folder, name);
                }
                running.minutes(30).await;
                assert_eq!(held(&running), BTreeSet::new());
            })
            .await;
            assert_eq!((lab.writes(), deleted(&lab)), (writes, Vec::new()), "{at_the_start} at the start");
        });
    }
}

#[test]
fn a_file_that_is_away_at_the_start_for_less_than_ten_seconds() {
    in_virtual_time(async {
        let (lab, folder) = made().await;
        away(&folder, "worker.yaml");
        let writes = lab.writes();
        starting(&lab, &folder, async |running| {
            seconds(3).await;
            assert!(held(&running).contains("Service/worker ForbiddenByPolicy"), "{:?}", held(&running));
            back(running.folder, "worker.yaml");
            running.minutes(30).await;
            assert_eq!(held(&running), BTreeSet::new());
        })
        .await;
        assert_eq!((lab.writes(), deleted(&lab)), (writes, Vec::new()));
    });
}

/// No file has to change for that, and no sweep to come.
#[test]
fn a_file_that_is_away_at_the_start_for_longer_is_gone() {
    in_virtual_time(async {
        let (lab, folder) = made().await;
        away(&folder, "worker.yaml");
        starting(&lab, &folder, async |running| {
            seconds(8).await;
            assert_eq!(deleted(&lab), Vec::<String>::new());
            let plan: serde_json::Value = serde_json::from_str(&running.board.said().plan.unwrap()).unwrap();
            let said = plan["held"][0]["message"].to_string();
            assert!(said.contains("before the folder has had the same ones for some seconds"), "{plan:#}");
            seconds(4).await;
            assert_eq!(deleted(&lab), ["DeleteService"]);
            running.minutes(30).await;
            let order = ["DeleteService", "DeregisterTaskDefinition", "DeleteRolePolicy", "DeleteRole"];
            assert_eq!(deleted(&lab), order, "{:#?}", running.calls());
            assert_eq!(held(&running), BTreeSet::new());
        })
        .await;
    });
}

/// Only what would be taken away waits.
#[test]
fn what_a_folder_asks_for_is_made_while_it_is_filled() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        away(&folder, "worker.yaml");
        starting(&lab, &folder, async |_| {
            seconds(3).await;
            assert!(lab.written().contains(&"RegisterTaskDefinition".to_owned()), "{:?}", lab.written());
        })
        .await;
    });
}
