//! What a network mode rules out (API model, the member's own text).
//!
//! Ledger: T26.

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

/// Members of a container, and the network modes that do not take them.
const RULED_OUT: [(&str, &[&str]); 5] = [
    ("links[]", &["awsvpc", "host", "none"]),
    ("hostname", &["awsvpc"]),
    ("extraHosts[]", &["awsvpc"]),
    ("portMappings[]", &["none"]),
    ("portMappings[].containerPortRange", &["host", "none"]),
];

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    let mode = content["networkMode"].as_str().unwrap_or("bridge");
    for (path, modes) in RULED_OUT {
        if modes.contains(&mode) && !at(content, &format!("containerDefinitions[].{path}")).is_empty() {
            let member = path.trim_end_matches("[]").rsplit('.').next().unwrap_or(path);
            return Err(fault::client(format!("When networkMode={mode}, '{member}' is not supported.")));
        }
    }
    Ok(())
}
