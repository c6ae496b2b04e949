//! Memory of containers beside each other's limits and the task's, and ports
//! of the host beside those of containers (API model, `ContainerDefinition`).
//!
//! Ledger: T20, T21, T31.

use crate::sandbox::ecs::blueprint::{Blueprint, Container};
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

pub(super) fn check(blueprint: &Blueprint) -> Result<(), AwsError> {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i64>().ok());
    let of_task = number(&blueprint.memory);
    for container in &blueprint.container_definitions {
        let (hard, soft) = (container.memory, container.memory_reservation);
        if hard.zip(soft).is_some_and(|(hard, soft)| soft > hard) {
            return Err(fault::client(format!(
                "Invalid setting for container '{}'. 'memory' must be greater than or equal to 'memoryReservation'.",
                container.name
            )));
        }
        if hard.zip(of_task).is_some_and(|(hard, of_task)| hard > of_task) {
            return Err(fault::client(format!(
                "The 'memory' setting for container '{}' is greater than for the task.",
                container.name
            )));
        }
    }
    let reserved = |container: &Container| container.memory_reservation;
    let of_containers: i64 = blueprint.container_definitions.iter().filter_map(reserved).sum();
    if of_task.is_some_and(|of_task| of_containers > of_task) {
        return Err(fault::client(
            "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
        ));
    }
    let mode = blueprint.network_mode.as_deref().unwrap_or_default();
    let mappings = blueprint.container_definitions.iter().flat_map(|container| &container.port_mappings);
    let mut pairs = mappings.filter_map(|mapping| mapping.host_port.zip(mapping.container_port));
    if ["awsvpc", "host"].contains(&mode) && pairs.any(|(host, inside)| host != 0 && host != inside) {
        return Err(fault::client(format!(
            "When networkMode={mode}, the host ports and container ports in port mappings must match."
        )));
    }
    Ok(())
}
