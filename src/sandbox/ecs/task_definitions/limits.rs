//! Limits of the system that a container sets, and the system itself (API
//! model, `Ulimit`, `RuntimePlatform`; setrlimit(2)).
//!
//! Ledger: T29.

use std::collections::BTreeSet;

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    if super::is_windows(content) && content["runtimePlatform"]["cpuArchitecture"] == "ARM64" {
        return Err(fault::client("The cpuArchitecture ARM64 is supported for Linux tasks alone."));
    }
    for container in at(content, "containerDefinitions[]") {
        let mut names = BTreeSet::new();
        for limit in at(container, "ulimits[]") {
            let name = limit["name"].as_str().unwrap_or_default();
            if !names.insert(name) {
                return Err(fault::client(format!("The ulimit '{name}' is given more than once.")));
            }
            let number = |member: &str| limit.get(member).and_then(Value::as_i64);
            // -1 is no limit.
            let is_above = |(soft, hard): (i64, i64)| soft > hard && hard >= 0;
            if number("softLimit").zip(number("hardLimit")).is_some_and(is_above) {
                return Err(fault::client(format!("The soft limit of the ulimit '{name}' is above its hard limit.")));
            }
        }
    }
    Ok(())
}
