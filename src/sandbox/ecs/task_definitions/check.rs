//! What ECS refuses to register.
//!
//! Ledger: T8, T11, T32, T33.

use std::collections::BTreeSet;

use serde_json::Value;

use super::references::ValueFrom;
use super::{bounds, dependencies, fargate, limits, linux, network, parts, ports, resources, sizes, spelt, volumes};
use crate::sandbox::ecs::blueprint::{Blueprint, Container, LogConfiguration};
use crate::sandbox::ecs::fault;
use crate::sandbox::place::Arn;
use crate::sandbox::wire::AwsError;

/// Facts 4.3.
const MOST_BYTES: usize = 64 * 1024;
const MOST_CONTAINERS: usize = 10;

/// What can be said of the request as it came.
pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    let length = content.to_string().len();
    if length > MOST_BYTES {
        return Err(fault::client(format!("Actual length: '{length}'. Max allowed length is '{MOST_BYTES}' bytes.")));
    }
    let family = content["family"].as_str().unwrap_or_default();
    if !is_name(family) {
        return Err(fault::client("Family contains invalid characters or is not 1 to 255 characters long."));
    }
    let containers = Blueprint::of(content).container_definitions;
    if containers.is_empty() {
        return Err(fault::client("Container list cannot be empty."));
    }
    if containers.len() > MOST_CONTAINERS {
        return Err(fault::client(format!("A task definition can have {MOST_CONTAINERS} containers.")));
    }
    let mut names = BTreeSet::new();
    for container in &containers {
        if container.name.is_empty() {
            return Err(fault::client("Container.name should not be null or empty."));
        }
        if !is_name(&container.name) {
            return Err(fault::client("Container.name contains invalid characters."));
        }
        if container.image.is_empty() {
            return Err(fault::client("Container.image should not be null or empty."));
        }
        if !names.insert(&container.name) {
            return Err(fault::client(format!("Container names must be unique: {}", container.name)));
        }
    }
    if !containers.iter().any(Container::is_essential) {
        return Err(fault::client("At least one container must be essential."));
    }
    content["containerDefinitions"].as_array().into_iter().flatten().try_for_each(check_variables)?;
    bounds::check(content)?;
    parts::check(content)?;
    spelt::check(content)?;
    linux::check(content)?;
    limits::check(content)?;
    network::check(content)?;
    ports::check(content)?;
    volumes::check(content)?;
    resources::check(content)?;
    dependencies::check(&containers)
}

/// What can be said once the defaults are there.
pub(super) fn check_filled(
    content: &Value,
    blueprint: &Blueprint,
    takes_broken_references: bool,
) -> Result<(), AwsError> {
    let is_role =
        |arn: &String| Arn::parse(arn).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
    if !blueprint.execution_role_arn.iter().chain(&blueprint.task_role_arn).all(is_role) {
        return Err(fault::client("Role is not valid"));
    }
    for (_, reference) in blueprint.references().filter(|_| !takes_broken_references) {
        ValueFrom::parse(&reference.value_from).map_err(fault::client)?;
    }
    needs_role(blueprint)?;
    for container in &blueprint.container_definitions {
        check_logs(container)?;
        if !blueprint.is_for_fargate()
            && blueprint.memory.is_none()
            && container.memory.is_none()
            && container.memory_reservation.is_none()
        {
            return Err(fault::client(format!(
                "Invalid setting for container '{}'. At least one of 'memory' or 'memoryReservation' must be specified.",
                container.name
            )));
        }
    }
    if blueprint.is_for_fargate() {
        fargate::check(content, blueprint)?;
    }
    sizes::check(blueprint)
}

/// What a task reads before its containers run, it reads with its execution role.
fn needs_role(blueprint: &Blueprint) -> Result<(), AwsError> {
    let any = |has: fn(&Container) -> bool| blueprint.container_definitions.iter().any(has);
    if blueprint.execution_role_arn.is_some() {
        return Ok(());
    }
    if blueprint.references().next().is_some() {
        return Err(fault::client(
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        ));
    }
    if any(|container| container.repository_credentials.is_some()) {
        return Err(fault::client(
            "Private repository authentication requires that the task definition specify a value for \
             executionRoleArn.",
        ));
    }
    if any(|container| !container.environment_files.is_empty()) {
        return Err(fault::client(
            "Environment files require that the task definition specify a value for executionRoleArn.",
        ));
    }
    Ok(())
}

/// Names of variables and of secrets are one set.
fn check_variables(container: &Value) -> Result<(), AwsError> {
    let names = |list: &str| -> Vec<String> {
        let items = container.get(list).and_then(Value::as_array).into_iter().flatten();
        items.map(|item| item.get("name").and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
    };
    if names("environment").iter().any(String::is_empty) {
        return Err(fault::client("Environment variable name cannot be null or blank."));
    }
    let variables: BTreeSet<String> = names("environment").into_iter().collect();
    let mut secrets = BTreeSet::new();
    for name in names("secrets") {
        if variables.contains(&name) {
            return Err(fault::client(format!(
                "The secret name must be unique and not shared with any new or existing environment variables \
                 set on the container, such as '{name}'."
            )));
        }
        if !secrets.insert(name.clone()) {
            return Err(fault::client(format!(
                "Duplicate secret names found: '{name}'. Each secret name must be unique."
            )));
        }
    }
    Ok(())
}

fn check_logs(container: &Container) -> Result<(), AwsError> {
    let lack = container.log_configuration.as_ref().and_then(LogConfiguration::lack);
    lack.map_or(Ok(()), |lack| Err(fault::client(lack)))
}

pub(super) fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=255).contains(&text.len()) && text.bytes().all(is_allowed)
}
