//! What is in no manifest any more is a number, and stands in the status, for as long as it is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture};
use aws_smithy_runtime_api::client::result::ConnectorError;
use evenkeel::aws::{Aws, SharedHttpClient};
use evenkeel::model::id::ResourceId;

use super::running::{Running, beside, beside_with, rules, shop_folder};
use crate::support::door;
use crate::support::lab::{Lab, in_virtual_time, settings};

/// A way into the sandbox on which the name of the service of tags is not known for as long as `nameless` says so.
fn without_tagging(lab: &Lab, nameless: Arc<AtomicBool>) -> SharedHttpClient {
    SharedHttpClient::new(door::before(lab.sandbox.http_client(), move |to, request| {
        if request.uri().contains("tagging") && nameless.load(Ordering::Relaxed) {
            let unknown = ConnectorError::io("client error (Connect): dns error".into());
            return HttpConnectorFuture::ready(Err(unknown));
        }
        to.call(request)
    }))
}

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

#[test]
fn what_was_deleted_while_the_list_could_not_be_had_is_named_no_longer() {
    in_virtual_time(async {
        let (lab, folder, now) = (Lab::with_shop().await, shop_folder(), Arc::new(AtomicBool::new(false)));
        let door = without_tagging(&lab, now.clone());
        let aws = Aws::connect(settings(door, lab.clock)).await.unwrap();
        beside_with(aws, &lab, &folder, rules(), async |running| {
            running.minutes(15).await;
            let file = running.folder.join("manifests/worker.yaml");
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::remove_file(&file).unwrap();
            running.minutes(1).await;
            assert_eq!(unwanted(&running), ["Service/worker PruneOff"]);
            now.store(true, Ordering::Relaxed);
            running.minutes(15).await;
            assert_eq!(unwanted(&running), Vec::<String>::new(), "nobody knows");
            now.store(false, Ordering::Relaxed);
            running.minutes(15).await;
            assert_eq!(unwanted(&running), ["Service/worker PruneOff"], "it is asked for again");
            std::fs::write(file, text).unwrap();
            running.minutes(15).await;
            assert_eq!(unwanted(&running), Vec::<String>::new());
        })
        .await;
    });
}
