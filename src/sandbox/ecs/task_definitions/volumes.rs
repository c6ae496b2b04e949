//! Volumes: of one kind each, and the rules of EFS (API model, `Volume`,
//! `MountPoint`, `EFSVolumeConfiguration`).
//!
//! Ledger: T28.

use std::collections::BTreeSet;

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    let mut names = BTreeSet::new();
    let mut at_launch = 0;
    for volume in at(content, "volumes[]") {
        let name = volume["name"].as_str().unwrap_or_default();
        if !name.is_empty() && !super::check::is_name(name) {
            return Err(fault::client(format!("The name of a volume is not valid: '{name}'")));
        }
        if !names.insert(name) {
            return Err(fault::client(format!("The names of volumes must be unique: {name}")));
        }
        let kinds = volume.as_object().into_iter().flatten().filter(|(member, value)| is_kind(member, value));
        if kinds.count() > 1 {
            return Err(fault::client(format!("The volume '{name}' can be of one kind alone.")));
        }
        at_launch += usize::from(volume["configuredAtLaunch"] == true);
        volume.get("efsVolumeConfiguration").map_or(Ok(()), efs)?;
    }
    if at_launch > 1 {
        return Err(fault::client("Only one volume can be configuredAtLaunch."));
    }
    at(content, "containerDefinitions[]").into_iter().try_for_each(mounts)
}

/// An empty `host` is how ECS answers for a volume without another kind.
fn is_kind(member: &str, value: &Value) -> bool {
    match member {
        "host" => value.as_object().is_some_and(|host| !host.is_empty()),
        "configuredAtLaunch" => *value == true,
        other => other.ends_with("VolumeConfiguration"),
    }
}

fn efs(efs: &Value) -> Result<(), AwsError> {
    let point = efs.pointer("/authorizationConfig/accessPointId");
    let by_iam = efs.pointer("/authorizationConfig/iam").is_some_and(|iam| iam == "ENABLED");
    if (by_iam || point.is_some()) && efs["transitEncryption"] != "ENABLED" {
        return Err(fault::client("EFS authorization by IAM or an access point requires transitEncryption ENABLED."));
    }
    if point.is_some() && efs.get("rootDirectory").is_some_and(|root| root != "/") {
        return Err(fault::client("With an EFS access point the rootDirectory must be omitted or '/'."));
    }
    Ok(())
}

fn mounts(container: &Value) -> Result<(), AwsError> {
    let mut paths = BTreeSet::new();
    for path in at(container, "mountPoints[].containerPath").into_iter().filter_map(Value::as_str) {
        if !paths.insert(path) {
            return Err(fault::client(format!("Two volumes are mounted at '{path}'.")));
        }
    }
    Ok(())
}
