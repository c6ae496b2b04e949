//! What Windows containers do not have of what a task definition can say (API
//! model, each member's own text; ECS developer guide,
//! windows_task_definitions).
//!
//! Ledger: T34.

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

const OF_LINUX: [&str; 13] = [
    "ipcMode",
    "pidMode",
    "proxyConfiguration",
    "containerDefinitions[].disableNetworking",
    "containerDefinitions[].dnsSearchDomains",
    "containerDefinitions[].dnsServers",
    "containerDefinitions[].extraHosts",
    "containerDefinitions[].linuxParameters",
    "containerDefinitions[].links",
    "containerDefinitions[].privileged",
    "containerDefinitions[].readonlyRootFilesystem",
    "containerDefinitions[].ulimits",
    "containerDefinitions[].user",
];

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    if !super::is_windows(content) {
        return Ok(());
    }
    let has = |path: &&str| at(content, path).into_iter().any(says_something);
    match OF_LINUX.iter().find(|path| has(path)) {
        Some(path) => {
            let member = path.rsplit('.').next().unwrap_or(path);
            Err(fault::client(format!("Windows containers do not support {member}")))
        }
        None => Ok(()),
    }
}

/// What is empty or false is what nobody asked for.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(set) => *set,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}
