//! Port mappings: what each says, and that no port is mapped twice (API model,
//! `PortMapping`).
//!
//! Ledger: T27.

use std::collections::BTreeSet;

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

const MOST_OF_A_NAME: usize = 64;
const MOST_OF_A_PORT: u32 = 65_535;

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    let mut names = BTreeSet::new();
    for mapping in at(content, "containerDefinitions[].portMappings[]") {
        shape(mapping)?;
        let name = mapping["name"].as_str().unwrap_or_default();
        if !name.is_empty() && !names.insert(name) {
            return Err(fault::client(format!("The names of port mappings must be unique: {name}")));
        }
    }
    taken_once(content)
}

fn shape(mapping: &Value) -> Result<(), AwsError> {
    if let Some(name) = mapping["name"].as_str().filter(|name| !is_name(name)) {
        return Err(fault::client(format!("The name of a port mapping is not valid: '{name}'")));
    }
    let Some(range) = mapping.get("containerPortRange").and_then(Value::as_str) else {
        if mapping.get("containerPort").is_none() {
            return Err(fault::client("A port mapping must have a containerPort or a containerPortRange."));
        }
        return Ok(());
    };
    if mapping.get("hostPort").is_some() {
        return Err(fault::client("A port mapping with a containerPortRange cannot have a hostPort."));
    }
    let ends = range.split_once('-').and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
    if ends.is_some_and(|(low, high): (u32, u32)| low > 0 && low <= high && high <= MOST_OF_A_PORT) {
        return Ok(());
    }
    Err(fault::client(format!("The containerPortRange is not valid: '{range}'")))
}

/// Containers of one task share a network but on a bridge, where each port has
/// a port of the host, or one that Docker finds.
fn taken_once(content: &Value) -> Result<(), AwsError> {
    let is_bridge = matches!(content["networkMode"].as_str(), None | Some("bridge"));
    let mut taken = BTreeSet::new();
    for container in at(content, "containerDefinitions[]") {
        for mapping in at(container, "portMappings[]") {
            let number = |member: &str| mapping.get(member).and_then(Value::as_i64).filter(|number| *number > 0);
            let protocol = mapping["protocol"].as_str().unwrap_or("tcp");
            let (inside, host) = (number("containerPort"), number("hostPort"));
            let outside = if is_bridge { host } else { host.or(inside) };
            if let Some(port) = outside.filter(|outside| !taken.insert((*outside, protocol))) {
                return Err(fault::client(format!("The port {port}/{protocol} is mapped more than once.")));
            }
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    name.len() <= MOST_OF_A_NAME && !name.starts_with('-') && name.bytes().all(may_stand)
}
