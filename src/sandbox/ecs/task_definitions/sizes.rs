//! Memory of containers beside each other's limits and the task's, and ports
//! of the host beside those of containers (API model, `ContainerDefinition`).
//!
//! Ledger: T20, T21, T31.

use std::ops::RangeInclusive;

use crate::sandbox::ecs::blueprint::{Blueprint, Container};
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

/// CPU units of a task on instances: 0.125 to 192 vCPUs.
const CPU_OF_A_TASK: RangeInclusive<i64> = 128..=196_608;

pub(super) fn check(blueprint: &Blueprint, is_windows: bool) -> Result<(), AwsError> {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i64>().ok());
    let of_task = number(&blueprint.memory);
    if let Some(cpu) = number(&blueprint.cpu).filter(|cpu| !is_windows && !CPU_OF_A_TASK.contains(cpu)) {
        let (least, most) = (CPU_OF_A_TASK.start(), CPU_OF_A_TASK.end());
        return Err(fault::client(format!(
            "Invalid 'cpu' setting for task. Supported are {least} to {most} CPU units, not {cpu}."
        )));
    }
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
    let reserved = |container: &Container| container.memory_reservation.or(container.memory);
    let of_containers: i64 = blueprint.container_definitions.iter().filter_map(reserved).sum();
    if of_task.is_some_and(|of_task| of_containers > of_task) {
        return Err(fault::client(
            "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'.",
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
