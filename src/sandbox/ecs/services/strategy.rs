//! What a deployment strategy takes of its own (API model,
//! `DeploymentConfiguration`).
//!
//! Ledger: V111.

use serde_json::Value;

use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

/// Numbers of a strategy: where, the least, the most.
const BOUNDS: [(&str, f64, f64); 4] = [
    ("/linearConfiguration/stepPercent", 3.0, 100.0),
    ("/linearConfiguration/stepBakeTimeInMinutes", 0.0, 1_440.0),
    ("/canaryConfiguration/canaryPercent", 0.1, 100.0),
    ("/canaryConfiguration/canaryBakeTimeInMinutes", 0.0, 1_440.0),
];

/// `configuration` is what is so from now on, `request` what was sent: an
/// update to another strategy leaves behind what the old one had.
pub(super) fn check(configuration: &Value, request: &Value) -> Result<(), AwsError> {
    let strategy = configuration["strategy"].as_str().unwrap_or("ROLLING");
    let sent = &request["deploymentConfiguration"];
    for (member, of) in [("linearConfiguration", "LINEAR"), ("canaryConfiguration", "CANARY")] {
        if strategy != of && sent.get(member).is_some() {
            return Err(fault::invalid(format!("{member} is only valid when the deployment strategy is {of}.")));
        }
    }
    for (pointer, least, most) in BOUNDS {
        let number = configuration.pointer(pointer).and_then(Value::as_f64);
        if number.is_some_and(|number| !(least..=most).contains(&number)) {
            let member = pointer.rsplit('/').next().unwrap_or_default();
            return Err(fault::invalid(format!("{member} must be between {least} and {most}.")));
        }
    }
    for hook in configuration["lifecycleHooks"].as_array().into_iter().flatten() {
        if hook["targetType"] != "PAUSE" && hook.get("hookTargetArn").is_none() {
            return Err(fault::invalid("A lifecycle hook of a Lambda function must have a hookTargetArn."));
        }
    }
    Ok(())
}
