//! What Fargate asks of a task definition.
//!
//! Ledger: T10, T22.

use serde_json::Value;

use super::{at, offered};
use crate::sandbox::ecs::blueprint::{Blueprint, Container};
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

/// CPU units, and the memory in MiB that goes with them: least, most, step.
/// The smallest size has three memories that no step joins.
const SIZES: [(u32, u32, u32, u32); 7] = [
    (256, 512, 2_048, 512),
    (512, 1_024, 4_096, 1_024),
    (1_024, 2_048, 8_192, 1_024),
    (2_048, 4_096, 16_384, 1_024),
    (4_096, 8_192, 30_720, 1_024),
    (8_192, 16_384, 61_440, 4_096),
    (16_384, 32_768, 122_880, 8_192),
];

pub(super) fn check(content: &Value, blueprint: &Blueprint) -> Result<(), AwsError> {
    if !blueprint.is_awsvpc() {
        return Err(fault::client("Fargate only supports network mode ‘awsvpc’."));
    }
    let task_level = |size: &Option<String>, name: &str| {
        let size = size.as_deref().and_then(|size| size.parse::<u32>().ok());
        size.ok_or_else(|| fault::client(format!("Fargate requires that '{name}' be defined at the task level.")))
    };
    let cpu = task_level(&blueprint.cpu, "cpu")?;
    let memory = task_level(&blueprint.memory, "memory")?;
    if !is_a_size(cpu, memory) {
        return Err(fault::client(format!(
            "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. \
             See the Amazon ECS documentation for the valid values."
        )));
    }
    if blueprint.execution_role_arn.is_none() {
        blueprint.container_definitions.iter().try_for_each(needs_no_role)?;
    }
    let of_containers: i64 = at(content, "containerDefinitions[].cpu").into_iter().filter_map(Value::as_i64).sum();
    if of_containers > i64::from(cpu) {
        return Err(fault::client(
            "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
        ));
    }
    offered::check(content)
}

/// Does `cpu` with `memory` exist on Fargate?
pub(super) fn is_a_size(cpu: u32, memory: u32) -> bool {
    SIZES.iter().any(|&(units, least, most, step)| {
        let fits = (least..=most).contains(&memory) && (memory - least).is_multiple_of(step);
        units == cpu && fits && (cpu, memory) != (256, 1_536)
    })
}

fn needs_no_role(container: &Container) -> Result<(), AwsError> {
    let why = if container.ecr().is_some() {
        "ECR images"
    } else if container.log_configuration.as_ref().is_some_and(|log| log.log_driver == "awslogs") {
        "log driver awslogs"
    } else {
        return Ok(());
    };
    Err(fault::client(format!("Fargate requires task definition to have execution role ARN to support {why}.")))
}
