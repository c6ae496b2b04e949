//! `ListServices`.
//!
//! Ledger: V9.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ServiceStatus;
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::names::cluster_name;
use crate::sandbox::ecs::paging::{Wanted, listed};
use crate::sandbox::page::Order;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    cluster: Option<String>,
    launch_type: Option<String>,
    scheduling_strategy: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// Deleted services are not listed, from DRAINING on (facts 4.5).
pub(in crate::sandbox::ecs) fn list_services(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let cluster = cluster_name(input.cluster.as_deref());
    if !world.ecs.clusters.contains_key(cluster) {
        return Err(fault::no_such_cluster());
    }
    let entries = world
        .ecs
        .seen_services(world.now())
        .filter(|service| service.key.cluster() == cluster && service.status == ServiceStatus::Active)
        .filter(|service| input.launch_type.is_none() || service.setting("launchType") == input.launch_type.as_deref())
        .filter(|service| {
            let strategy = input.scheduling_strategy.as_deref();
            strategy.is_none() || service.setting("schedulingStrategy") == strategy
        })
        .map(|service| (service.key.to_string(), json!(service.arn)));
    let listing = format!("ListServices {cluster} {:?} {:?}", input.launch_type, input.scheduling_strategy);
    let wanted =
        Wanted { order: Order::Ascending, token: input.next_token.as_deref(), size: input.max_results, usual_size: 10 };
    listed(&listing, "serviceArns", entries, &wanted)
}
