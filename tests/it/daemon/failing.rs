//! What fails is tried again, ever more rarely, and keeps nobody else from anything.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use evenkeel::aws::Aws;
use evenkeel::daemon::event::Event;
use evenkeel::model::id::{Kind, Name, ResourceId};
use evenkeel::sandbox::Service;
use evenkeel::sandbox::ecs::Behaviour;
use evenkeel::status::reason::Reason;
use serde_json::json;
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;

use super::running::{beside, beside_with, edit, rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time, settings};
use crate::support::world::deployments;
use evenkeel::sandbox::chaos::{Chaos, Fate};

#[test]
fn a_resource_that_fails_is_tried_ever_more_rarely_and_stops_nobody() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            let gone = json!({"cluster": "shop", "service": "shop-worker", "force": true});
            lab.chaos.set(|_, operation| if operation == "CreateService" { Fate::Denied } else { Fate::Pass });
            lab.call(Service::Ecs, "DeleteService", &gone);
            running.minutes(5).await;
            edit(running.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
            running.minutes(55).await;
            assert_eq!(deployments(&lab, "shop-web"), 2, "others go on");
            let tries = running.calls().iter().filter(|line| line.contains("ecs:CreateService Missing failed")).count();
            assert!((6..20).contains(&tries), "{tries} attempts in an hour");
            lab.chaos.set(|_, _| Fate::Pass);
            running.minutes(12).await;
            let done = running.calls().iter().filter(|line| line.contains("ecs:CreateService Missing done")).count();
            assert_eq!(done, 3, "two at first, and the one that failed: {:#?}", running.calls());
        })
        .await;
    });
}

/// AWS as it is, but for one secret that it never says anything about.
#[derive(Clone, Debug)]
struct Silent(Chaos);

#[derive(Debug)]
struct Door(SharedHttpConnector);

impl HttpClient for Silent {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let Self(chaos) = self;
        SharedHttpConnector::new(Door(chaos.http_connector(settings, components)))
    }
}

impl HttpConnector for Door {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self(inner) = self;
        let asked = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        if asked.contains("far/away") {
            return HttpConnectorFuture::new(std::future::pending());
        }
        inner.call(request)
    }
}

/// Nobody even needs it.
#[test]
fn a_read_that_is_never_answered_is_unreadable_and_keeps_nobody_waiting() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let far = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: far}\nspec: {secretName: far/away, value: {external: {}}}\n";
        std::fs::write(folder.join("manifests/far.yaml"), far).unwrap();
        let door = SharedHttpClient::new(Silent(lab.chaos.clone()));
        let aws = Aws::connect(settings(door, lab.clock)).await.unwrap().looking_briefly();
        beside_with(aws, &lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            assert_eq!(deployments(&lab, "shop-web"), 1, "{:#?}", running.calls());
            for (before, after) in [("2.0.0", "2.1.0"), ("2.1.0", "2.2.0"), ("2.2.0", "2.3.0")] {
                let so_far = deployments(&lab, "shop-web");
                edit(running.folder, "web.yaml", &format!("shop-web:{before}"), &format!("shop-web:{after}"));
                running.minutes(1).await;
                assert_eq!(deployments(&lab, "shop-web"), so_far + 1, "{after}: {:#?}", running.calls());
                running.minutes(14).await;
            }
            let status = running.board.said().status.unwrap();
            let far = status.find(&ResourceId::new(Kind::Secret, &Name::parse("far").unwrap())).unwrap();
            assert_eq!(far.ready().unwrap().reason, Reason::Unreadable);
            let why = &far.ready().unwrap().message;
            assert!(why.contains("no answer within"), "{why}");
            let looks = running.number("evenkeel_reconcile_total{look=\"sweep\",result=\"quiet\"}");
            assert!(looks > 20, "{looks} sweeps in three quarters of an hour");
        })
        .await;
    });
}

/// A failure that is followed by another hold is no reason to look any sooner than a sweep.
#[test]
fn what_failed_and_is_held_for_something_else_is_not_looked_at_all_the_time() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            lab.chaos.set(|_, operation| if operation == "UpdateService" { Fate::Denied } else { Fate::Pass });
            edit(running.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
            tokio::time::sleep(Duration::from_secs(8)).await;
            assert!(running.calls().iter().any(|line| line == "Service/web ecs:UpdateService Changed failed"));
            // From now on nobody knows how the services are.
            lab.chaos.set(|_, operation| if operation == "DescribeServices" { Fate::Denied } else { Fate::Pass });
            running.minutes(5).await;
            let before = lab.aws.calls()["ecs:DescribeServices"];
            running.minutes(60).await;
            let looks = lab.aws.calls()["ecs:DescribeServices"] - before;
            assert!(looks <= 75, "{looks} looks in an hour of sweeps");
        })
        .await;
    });
}

/// Law 7, across restarts: the history is ECS's.
#[test]
fn law_7_a_failed_rollout_is_not_repeated_by_any_daemon_that_follows() {
    in_virtual_time(async {
        let (mut lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| running.minutes(10).await).await;
        let broken = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.1.0";
        let exits = Behaviour::exiting(1, Duration::from_secs(5));
        lab.sandbox.with_world(|world| world.surroundings.images.set(broken, exits));
        edit(&folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
        for _ in 0..3 {
            beside(&lab, &folder, rules(), async |running| running.minutes(45).await).await;
            // The first attempt, and the way back, which is no deployment of its own.
            assert_eq!(deployments(&lab, "shop-web"), 2);
            lab.restart().await;
        }
    });
}

/// From now on the first call of this operation is under way, for as long as a retry takes, when the daemon is asked to end.
fn ends_during(lab: &Lab, operation: &'static str, tell: Sender<Event>) {
    let mut first = true;
    lab.chaos.set(move |_, called| {
        if called == operation && std::mem::take(&mut first) {
            tell.try_send(Event::Shutdown).unwrap();
            return Fate::Throttled;
        }
        Fate::Pass
    });
}

#[test]
fn once_asked_to_end_the_call_under_way_is_finished_and_no_other_is_begun() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(5).await;
            ends_during(&lab, "RegisterTaskDefinition", running.tell.clone());
            edit(running.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
            running.minutes(10).await;
            let last = running.calls().pop().unwrap();
            assert_eq!(last, "TaskDefinition/web ecs:RegisterTaskDefinition Changed done");
        })
        .await;
    });
}

#[test]
fn who_waits_for_a_pass_that_was_cut_short_is_not_told_that_it_was_made() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(20).await;
            let by_hand = json!({"cluster": "shop", "service": "shop-web", "desiredCount": 5});
            lab.call(Service::Ecs, "UpdateService", &by_hand);
            ends_during(&lab, "UpdateService", running.tell.clone());
            let (done, told) = oneshot::channel();
            running.tell.send(Event::SecretChanged { secrets: BTreeSet::new(), done }).await.unwrap();
            assert!(told.await.is_err(), "its message would be deleted");
        })
        .await;
    });
}
