//! GPUs and other devices of a container (API model, `ResourceRequirement`).
//!
//! Ledger: T24.

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    let all = at(content, "containerDefinitions[].resourceRequirements[]");
    all.iter().copied().try_for_each(one)?;
    if all.iter().filter(|requirement| requirement["type"] == "NeuronDevice").count() > 1 {
        return Err(fault::client("Only one container in a task can specify NeuronDevice resources."));
    }
    Ok(())
}

/// SDKs send an empty value where there is none.
fn one(requirement: &Value) -> Result<(), AwsError> {
    let text = |member: &str| requirement.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (kind, value) = (text("type"), text("value"));
    let is_shared = requirement.get("sharingStrategy").is_some();
    let wrong = match (kind, value) {
        (Some("GPU"), None) if is_shared => return Ok(()),
        (Some("GPU"), Some(_)) if is_shared => "Specify either value or sharingStrategy, but not both.",
        _ if is_shared => "Specify a sharing strategy only when the type is GPU.",
        (_, None) => "You must specify a value for a resource requirement, unless a GPU is shared.",
        (Some("NeuronDevice"), Some(value)) if value != "ALL" => {
            "When the type is NeuronDevice, the value must be ALL."
        }
        _ => return Ok(()),
    };
    Err(fault::client(wrong))
}
