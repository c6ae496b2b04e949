//! Which instances a service's tasks are placed on (API model,
//! `PlacementConstraint`, `PlacementStrategy`).
//!
//! Ledger: V108.

use serde_json::{Map, Value};

use super::settings::{is_daemon, is_fargate};
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

const MOST_CONSTRAINTS: usize = 10;
const MOST_STRATEGIES: usize = 5;

pub(super) fn check(settings: &Map<String, Value>) -> Result<(), AwsError> {
    let items = |name: &str| settings.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (constraints, strategies) = (items("placementConstraints"), items("placementStrategy"));
    for (name, list, most) in
        [("placementConstraints", constraints, MOST_CONSTRAINTS), ("placementStrategy", strategies, MOST_STRATEGIES)]
    {
        if list.len() > most {
            return Err(fault::invalid(format!("{name} can have at most {most} items.")));
        }
        if is_fargate(settings) && !list.is_empty() {
            return Err(fault::invalid(format!("On Fargate {name} can have no items.")));
        }
    }
    if is_daemon(settings) && !strategies.is_empty() {
        return Err(fault::invalid("The scheduling strategy DAEMON does not support a placement strategy."));
    }
    constraints.iter().try_for_each(constraint)?;
    strategies.iter().try_for_each(strategy)
}

fn constraint(constraint: &Value) -> Result<(), AwsError> {
    if constraint["type"] == "distinctInstance" && constraint.get("expression").is_some() {
        return Err(fault::invalid("The placement constraint distinctInstance takes no expression."));
    }
    Ok(())
}

/// By then `cpu` and `memory` stand there as they come back, in capitals.
fn strategy(strategy: &Value) -> Result<(), AwsError> {
    let field = strategy.get("field").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    if strategy["type"] == "binpack" && !["cpu", "memory"].contains(&field.as_str()) {
        return Err(fault::invalid("The placement strategy binpack goes by the field cpu or memory."));
    }
    Ok(())
}
