//! Memory of containers beside each other's limits and the task's, and ports
//! of the host beside those of containers (API model, `ContainerDefinition`).
//!
//! Ledger: T20, T21.

use crate::sandbox::ecs::blueprint::Blueprint;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

pub(super) fn check(blueprint: &Blueprint) -> Result<(), AwsError> {
    let of_task = blueprint.memory.as_deref().and_then(|memory| memory.parse::<i64>().ok());
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
