//! What a service's tasks run on: a launch type, or a strategy of capacity
//! providers (API model, `CreateService`, `CapacityProviderStrategyItem`).
//!
//! Ledger: V106, V107.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::settings::is_daemon;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

/// The capacity providers that every account has.
const OF_FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

const MOST_PROVIDERS: usize = 20;

/// A strategy in the settings takes the place of a launch type that was there;
/// what is looked at in the `request` alone is left from before otherwise.
pub(super) fn check(settings: &Map<String, Value>, request: &Value) -> Result<(), AwsError> {
    let strategy = settings.get("capacityProviderStrategy").and_then(Value::as_array);
    let providers = strategy.map(Vec::as_slice).unwrap_or_default();
    let launch = settings.get("launchType").and_then(Value::as_str);
    if launch.is_some() && !providers.is_empty() {
        return Err(fault::invalid("Specifying both a launch type and capacity provider strategy is not supported."));
    }
    if launch == Some("MANAGED_INSTANCES") {
        return Err(fault::invalid("MANAGED_INSTANCES are chosen by a capacity provider strategy, not a launch type."));
    }
    if let Some(version) = request.get("platformVersion").and_then(Value::as_str) {
        platform(version, launch)?;
    }
    if is_daemon(settings) && !providers.is_empty() {
        return Err(fault::invalid("The scheduling strategy DAEMON does not support a capacity provider strategy."));
    }
    strategy_of(providers)
}

fn strategy_of(providers: &[Value]) -> Result<(), AwsError> {
    if providers.len() > MOST_PROVIDERS {
        return Err(fault::invalid(format!("capacityProviderStrategy can have at most {MOST_PROVIDERS} items.")));
    }
    let number = |provider: &Value, member: &str| provider.get(member).and_then(Value::as_i64).unwrap_or(0);
    let mut names = BTreeSet::new();
    for provider in providers {
        let name = provider.get("capacityProvider").and_then(Value::as_str).unwrap_or_default();
        if !names.insert(name) {
            return Err(fault::invalid(format!("The capacity provider {name} is given more than once.")));
        }
    }
    let of_fargate = names.iter().filter(|name| OF_FARGATE.contains(name)).count();
    if of_fargate > 0 && of_fargate < names.len() {
        return Err(fault::invalid("A capacity provider strategy cannot contain a mix of capacity providers."));
    }
    if providers.iter().filter(|provider| number(provider, "base") > 0).count() > 1 {
        return Err(fault::invalid("Only one capacity provider in a strategy can have a base defined."));
    }
    if providers.len() > 1 && providers.iter().all(|provider| number(provider, "weight") == 0) {
        return Err(fault::invalid("At least one capacity provider must have a weight greater than zero."));
    }
    Ok(())
}

fn platform(version: &str, launch: Option<&str>) -> Result<(), AwsError> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_version = version.split('.').count() == 3 && version.split('.').all(is_number);
    if version != "LATEST" && !is_version {
        return Err(fault::invalid(format!("The platform version {version} does not exist.")));
    }
    if let Some(launch @ ("EC2" | "EXTERNAL")) = launch {
        return Err(fault::invalid(format!(
            "The platform version must be null when specifying an {launch} launch type."
        )));
    }
    Ok(())
}
