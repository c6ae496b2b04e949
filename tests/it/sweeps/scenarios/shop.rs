//! The example shop: two services that share a database's secret.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::sandbox::ecs::Behaviour;

use crate::support::lab::{Lab, shop};

/// The release whose tasks crash.
const CRASHES: &str = "2.9.0";

pub(super) async fn install() -> (Lab, Desired) {
    (open().await, shop("2.0.0"))
}

pub(super) async fn release() -> (Lab, Desired) {
    (running().await, shop("2.1.0"))
}

pub(super) async fn rotation() -> (Lab, Desired) {
    let lab = running().await;
    lab.rotate("shop/db", 2);
    tokio::time::sleep(Duration::from_mins(1)).await;
    (lab, shop("2.0.0"))
}

pub(super) async fn failing() -> (Lab, Desired) {
    (running().await, shop(CRASHES))
}

pub(super) async fn mending() -> (Lab, Desired) {
    let lab = running().await;
    lab.converge(&shop(CRASHES)).await;
    (lab, shop("2.1.1"))
}

async fn running() -> Lab {
    let lab = open().await;
    lab.converge(&shop("2.0.0")).await;
    lab
}

/// IAM takes ten seconds to spread a change.
async fn open() -> Lab {
    let lab = Lab::with_shop().await;
    let image = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:{CRASHES}");
    let exits = Behaviour::exiting(1, Duration::from_secs(5));
    lab.sandbox.with_world(|world| {
        world.surroundings.images.set(&image, exits);
        world.iam.set_propagation_lag(Duration::from_secs(10));
    });
    lab
}
