//! What ECS refuses to run as a service.
//!
//! Ledger: V36, V40, V103, V104, V115.

use serde_json::{Map, Value};

use super::settings::{is_daemon, is_fargate};
use super::{capacity, named, network, placement, strategy};
use crate::sandbox::ecs::blueprint::LogConfiguration;
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::task_definitions::TaskDefinition;
use crate::sandbox::wire::AwsError;

/// Can a service with these settings run this task definition? The `request`
/// is what has been sent of them now.
pub(super) fn check(
    settings: &Map<String, Value>,
    request: &Value,
    definition: &TaskDefinition,
    is_new: bool,
) -> Result<(), AwsError> {
    check_offered(settings)?;
    capacity::check(settings, request)?;
    placement::check(settings)?;
    strategy::check(settings.get("deploymentConfiguration").unwrap_or(&Value::Null), request)?;
    check_deployment_configuration(settings)?;
    check_rebalancing(settings, is_new)?;
    let compatible = definition.content["compatibilities"].as_array().into_iter().flatten();
    if is_fargate(settings) && !compatible.into_iter().any(|launch| launch == "FARGATE") {
        return Err(fault::invalid("Task definition does not support launch_type FARGATE."));
    }
    network::check(settings, definition)?;
    network::check_aliases(settings)?;
    check_connect_logs(settings)?;
    named::check(settings, request, definition)
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

/// The logs of Service Connect's own container are those of any container.
fn check_connect_logs(settings: &Map<String, Value>) -> Result<(), AwsError> {
    let log = settings.get("serviceConnectConfiguration").and_then(|connect| connect.get("logConfiguration"));
    let log: Option<LogConfiguration> = log.and_then(|log| serde_json::from_value(log.clone()).ok());
    log.as_ref().and_then(LogConfiguration::lack).map_or(Ok(()), |lack| Err(fault::invalid(lack)))
}

/// Numbers that make no sense, and percentages that forbid every move.
fn check_deployment_configuration(settings: &Map<String, Value>) -> Result<(), AwsError> {
    let configuration = settings.get("deploymentConfiguration").unwrap_or(&Value::Null);
    let number = |member: &str| configuration.get(member).and_then(Value::as_i64);
    let (least, most) = (number("minimumHealthyPercent"), number("maximumPercent"));
    if [least, most, number("bakeTimeInMinutes")].into_iter().flatten().any(i64::is_negative) {
        return Err(fault::invalid("deploymentConfiguration can not have negative numbers."));
    }
    if least.is_some_and(|least| least > 100) {
        return Err(fault::invalid("minimumHealthyPercent must be at most 100"));
    }
    if most.is_some_and(|most| most < 100) {
        return Err(fault::invalid("maximumPercent must be at least 100"));
    }
    if is_daemon(settings) && most.is_some_and(|most| most > 100) {
        return Err(fault::invalid(
            "The daemon scheduling strategy does not support values above 100 for maximumPercent on a deployment \
             configuration. Change the maximumPercent value to 100, and try again.",
        ));
    }
    if settings.get("healthCheckGracePeriodSeconds").and_then(Value::as_i64).is_some_and(i64::is_negative) {
        return Err(fault::invalid("healthCheckGracePeriodSeconds can not be less than 0."));
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

/// Rebalancing over zones starts a task before it stops one, and counts no
/// instances. Of a new service that says nothing of it, see `settings::of_new`.
fn check_rebalancing(settings: &Map<String, Value>, is_new: bool) -> Result<(), AwsError> {
    if settings.get("availabilityZoneRebalancing").and_then(Value::as_str) != Some("ENABLED") {
        return Ok(());
    }
    let call = if is_new { "created" } else { "updated" };
    let refused = |what: &str| {
        let said = format!("The service couldn't be {call} because Availability Zone Rebalancing does not support ");
        Err(fault::invalid(said + what))
    };
    if is_daemon(settings) {
        return refused("DAEMON as scheduling strategy. Update scheduling strategy and try again.");
    }
    let most = settings.get("deploymentConfiguration").and_then(|configuration| configuration.get("maximumPercent"));
    if most.and_then(Value::as_i64).is_some_and(|most| most <= 100) {
        return refused("maximumPercent <= 100 % as deployment configuration.");
    }
    Ok(())
}
