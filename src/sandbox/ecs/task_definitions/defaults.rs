//! What ECS fills in that was not sent (facts 4.4).
//!
//! Ledger: T3, T4, T5, T12, T13, T14.

use serde_json::{Map, Value, json};

use crate::sandbox::ecs::fault;
use crate::sandbox::place::Place;
use crate::sandbox::wire::AwsError;

/// Fills `content` with the defaults, and writes sizes as plain numbers.
pub(super) fn fill(content: &mut Value, place: &Place) -> Result<(), AwsError> {
    for role in ["taskRoleArn", "executionRoleArn"] {
        if let Some(given) = content.get(role).and_then(Value::as_str) {
            content[role] = json!(place.role_arn(given));
        }
    }
    normalise_size(content, "cpu", "vcpu")?;
    normalise_size(content, "memory", "gb")?;
    set_absent(content, "volumes", json!([]));
    set_absent(content, "placementConstraints", json!([]));
    if let Some(proxy) = content.get_mut("proxyConfiguration") {
        set_absent(proxy, "type", json!("APPMESH"));
    }
    for volume in items(content, "volumes") {
        fill_volume(volume);
    }
    let host_port_is_container_port = matches!(content["networkMode"].as_str(), Some("awsvpc" | "host"));
    for container in items(content, "containerDefinitions") {
        fill_container(container, host_port_is_container_port);
    }
    Ok(())
}

/// What may be filled in as well ([T4], the other reading).
pub(super) fn fill_more(content: &mut Value) {
    let for_fargate =
        content["requiresCompatibilities"].as_array().is_some_and(|kinds| kinds.contains(&json!("FARGATE")));
    set_absent(content, "networkMode", json!("bridge"));
    if for_fargate {
        set_absent(content, "runtimePlatform", json!({"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}));
    }
}

fn fill_container(container: &mut Value, host_port_is_container_port: bool) {
    set_absent(container, "cpu", json!(0));
    set_absent(container, "essential", json!(true));
    for list in ["environment", "mountPoints", "portMappings", "volumesFrom", "systemControls"] {
        set_absent(container, list, json!([]));
    }
    for mapping in items(container, "portMappings") {
        let container_port = mapping.get("containerPort").cloned();
        let host_port = container_port.filter(|_| host_port_is_container_port).unwrap_or(json!(0));
        set_absent(mapping, "hostPort", host_port);
        set_absent(mapping, "protocol", json!("tcp"));
    }
    // Whichever of the two was sent, both come back.
    if let Some(capabilities) = container.get_mut("linuxParameters").and_then(|linux| linux.get_mut("capabilities")) {
        set_absent(capabilities, "add", json!([]));
        set_absent(capabilities, "drop", json!([]));
    }
    if let Some(check) = container.get_mut("healthCheck") {
        set_absent(check, "interval", json!(30));
        set_absent(check, "timeout", json!(5));
        set_absent(check, "retries", json!(3));
    }
}

/// A volume that names no other storage is on the host.
fn fill_volume(volume: &mut Value) {
    let elsewhere = [
        "dockerVolumeConfiguration",
        "efsVolumeConfiguration",
        "fsxWindowsFileServerVolumeConfiguration",
        "s3filesVolumeConfiguration",
    ];
    if let Some(docker) = volume.get_mut("dockerVolumeConfiguration") {
        set_absent(docker, "scope", json!("task"));
    }
    if let Some(efs) = volume.get_mut("efsVolumeConfiguration") {
        set_absent(efs, "rootDirectory", json!("/"));
    }
    let at_launch = volume.get("configuredAtLaunch") == Some(&json!(true));
    if !at_launch && !elsewhere.iter().any(|kind| volume.get(kind).is_some()) {
        set_absent(volume, "host", json!({}));
    }
}

/// `1 vCPU` is 1024 units, `0.5 GB` 512 MiB; a bare number stays.
fn normalise_size(content: &mut Value, member: &str, unit: &str) -> Result<(), AwsError> {
    let Some(text) = content.get(member).and_then(Value::as_str) else {
        return Ok(());
    };
    let invalid = || fault::client(format!("Invalid '{member}' setting for task."));
    let lower = text.trim().to_ascii_lowercase();
    let size = match lower.strip_suffix(unit) {
        Some(number) => thousandths(number.trim()).ok_or_else(invalid)? * 1024 / 1000,
        None => lower.parse::<u64>().map_err(|_| invalid())?,
    };
    content[member] = json!(size.to_string());
    Ok(())
}

/// A decimal number, in thousandths.
fn thousandths(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(whole * 1000 + fraction)
}

fn set_absent(target: &mut Value, member: &str, value: Value) {
    if let Some(members) = target.as_object_mut() {
        absent(members, member, value);
    }
}

fn absent(members: &mut Map<String, Value>, member: &str, value: Value) {
    members.entry(member).or_insert(value);
}

fn items<'a>(target: &'a mut Value, member: &str) -> impl Iterator<Item = &'a mut Value> {
    target.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten()
}
