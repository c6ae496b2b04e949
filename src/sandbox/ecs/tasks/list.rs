//! `ListTasks`.
//!
//! Ledger: V20.

use serde::Deserialize;
use serde_json::{Value, json};

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
    service_name: Option<String>,
    family: Option<String>,
    started_by: Option<String>,
    desired_status: Option<String>,
    launch_type: Option<String>,
    container_instance: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(in crate::sandbox::ecs) fn list_tasks(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let cluster = cluster_name(input.cluster.as_deref());
    if !world.ecs.clusters.contains_key(cluster) {
        return Err(fault::no_such_cluster());
    }
    let service = input.service_name.as_deref().map(|name| world.ecs.service_key(cluster, name)).transpose()?;
    let wants_stopped = input.desired_status.as_deref() == Some("STOPPED");
    let family_of =
        |task_definition: &str| world.ecs.task_definition(task_definition).map(|definition| definition.family.clone());
    let entries = world
        .ecs
        .tasks
        .values()
        .filter(|task| task.service.cluster() == cluster)
        .filter(|task| task.stop.is_some() == wants_stopped)
        .filter(|task| service.as_ref().is_none_or(|service| task.service == *service))
        .filter(|task| input.family.is_none() || family_of(&task.task_definition) == input.family)
        .filter(|task| input.started_by.as_ref().is_none_or(|by| task.deployment == *by))
        .filter(|task| input.launch_type.is_none() || task.launch.r#type == input.launch_type)
        // There are no container instances.
        .filter(|_| input.container_instance.is_none())
        .map(|task| (task.id.to_string(), json!(task.arn)));
    let listing = format!("ListTasks {cluster} {service:?} {:?} {wants_stopped}", input.family);
    let wanted = Wanted {
        order: Order::Ascending,
        token: input.next_token.as_deref(),
        size: input.max_results,
        usual_size: 100,
    };
    listed(&listing, "taskArns", entries, &wanted)
}
