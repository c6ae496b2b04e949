//! `DeleteService`: ACTIVE, DRAINING, INACTIVE.
//!
//! Ledger: V7.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{ServiceStatus, read};
use crate::sandbox::agenda::Event;
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::names::cluster_name;
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
struct Input {
    service: String,
    cluster: Option<String>,
    #[serde(default)]
    force: bool,
}

pub(in crate::sandbox::ecs) fn delete_service(world: &mut World, request: &Value) -> Outcome {
    let input: Input = parse(request)?;
    let key = world.ecs.service_key(cluster_name(input.cluster.as_deref()), &input.service)?;
    let turn = world.now() + world.ecs.pace.deployment;
    let service = world.ecs.services.get_mut(&key).ok_or_else(fault::no_such_service)?;
    match service.status {
        ServiceStatus::Inactive if world.readings.is_other(Reading::DeletedService) => {}
        ServiceStatus::Inactive => return Err(fault::no_such_service()),
        ServiceStatus::Draining => {}
        ServiceStatus::Active if service.desired_count > 0 && !service.is_daemon() && !input.force => {
            return Err(fault::invalid("The service cannot be stopped while it is scaled above 0."));
        }
        ServiceStatus::Active => {
            service.status = ServiceStatus::Draining;
            service.desired_count = 0;
            world.at(turn, Event::ServiceTurn(key.clone()));
        }
    }
    let service = world.ecs.services.get(&key).ok_or_else(fault::no_such_service)?;
    Ok(json!({"service": read::view(world, service, false)}))
}
