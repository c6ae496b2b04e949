//! What ECS refuses to run as a service.
//!
//! Ledger: V36, V40, V98.

use serde_json::{Map, Value};

use super::settings::{awsvpc, is_daemon, is_fargate};
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::task_definitions::TaskDefinition;
use crate::sandbox::wire::AwsError;

/// Facts 4.5.
const MOST_SUBNETS: usize = 16;
const MOST_SECURITY_GROUPS: usize = 5;
const MOST_TARGET_GROUPS: usize = 5;

/// Can a service with these settings run this task definition?
pub(super) fn check(settings: &Map<String, Value>, definition: &TaskDefinition) -> Result<(), AwsError> {
    check_offered(settings)?;
    check_deployment_configuration(settings)?;
    let compatible = definition.content["compatibilities"].as_array().into_iter().flatten();
    if is_fargate(settings) && !compatible.into_iter().any(|launch| launch == "FARGATE") {
        return Err(fault::invalid("Task definition does not support launch_type FARGATE."));
    }
    check_network(settings, definition)?;
    let balancers = settings.get("loadBalancers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if balancers.len() > MOST_TARGET_GROUPS {
        return Err(fault::invalid(format!("load balancers can have at most {MOST_TARGET_GROUPS} items.")));
    }
    balancers.iter().try_for_each(|balancer| check_balancer(balancer, definition))
}

/// What AWS has and the sandbox has not is refused, not ignored.
fn check_offered(settings: &Map<String, Value>) -> Result<(), AwsError> {
    let unsupported =
        |what: &str| Err(AwsError::new("UnsupportedFeatureException", format!("the sandbox does not offer {what}")));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let controller = text(settings.get("deploymentController").and_then(|controller| controller.get("type")));
    if controller != "ECS" {
        return unsupported(&format!("the deployment controller {controller}"));
    }
    if is_daemon(settings) && is_fargate(settings) {
        return Err(fault::invalid("The scheduling strategy DAEMON is not supported for the launch type FARGATE."));
    }
    Ok(())
}

/// Numbers that make no sense, and percentages that forbid every move.
fn check_deployment_configuration(settings: &Map<String, Value>) -> Result<(), AwsError> {
    let configuration = settings.get("deploymentConfiguration").unwrap_or(&Value::Null);
    let number = |member: &str| configuration.get(member).and_then(Value::as_i64);
    let (least, most) = (number("minimumHealthyPercent"), number("maximumPercent"));
    if [least, most, number("bakeTimeInMinutes")].into_iter().flatten().any(i64::is_negative) {
        return Err(fault::invalid("deploymentConfiguration can not have negative numbers."));
    }
    if (least, most) == (Some(100), Some(100)) {
        return Err(fault::invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
        ));
    }
    let threshold = configuration.pointer("/deploymentCircuitBreaker/thresholdConfiguration/value");
    if threshold.and_then(Value::as_i64).is_some_and(|value| value < 1) {
        return Err(fault::invalid("thresholdConfiguration.value must be at least 1."));
    }
    Ok(())
}

fn check_network(settings: &Map<String, Value>, definition: &TaskDefinition) -> Result<(), AwsError> {
    match (definition.blueprint().is_awsvpc(), awsvpc(settings)) {
        (true, None) => {
            Err(fault::invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified."))
        }
        (false, Some(_)) => {
            Err(fault::invalid("Network Configuration is not valid for the given networkMode of this task definition."))
        }
        (false, None) => Ok(()),
        (true, Some(vpc)) => {
            let count = |set: &str| vpc.get(set).and_then(Value::as_array).map_or(0, Vec::len);
            if count("subnets") == 0 {
                return Err(fault::invalid("subnets can not be empty."));
            }
            if count("subnets") > MOST_SUBNETS {
                return Err(fault::invalid(format!("subnets can have at most {MOST_SUBNETS} items.")));
            }
            if count("securityGroups") > MOST_SECURITY_GROUPS {
                return Err(fault::invalid(format!("securityGroups can have at most {MOST_SECURITY_GROUPS} items.")));
            }
            Ok(())
        }
    }
}

/// The container and port that a load balancer names must be there.
fn check_balancer(balancer: &Value, definition: &TaskDefinition) -> Result<(), AwsError> {
    let name = balancer.get("containerName").and_then(Value::as_str).unwrap_or_default();
    let port = balancer.get("containerPort").and_then(Value::as_i64);
    let containers = definition.blueprint().container_definitions;
    let Some(container) = containers.iter().find(|container| container.name == name) else {
        return Err(fault::invalid(format!("The container {name} does not exist in the task definition.")));
    };
    if container.port_mappings.iter().any(|mapping| mapping.container_port == port) {
        return Ok(());
    }
    let port = port.map_or_else(|| "-".to_owned(), |port| port.to_string());
    Err(fault::invalid(format!("The container {name} did not have a container port {port} defined.")))
}
