//! Do the subnets and security groups of a service exist? Only in a closed world.
//!
//! Ledger: V100.

use serde_json::{Map, Value};

use super::settings::{awsvpc, listed};
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;
use crate::sandbox::world::World;

pub(super) fn check(world: &World, settings: &Map<String, Value>) -> Result<(), AwsError> {
    let Some(network) = awsvpc(settings).filter(|_| world.closed) else { return Ok(()) };
    let (subnets, groups) = (listed(network, "subnets"), listed(network, "securityGroups"));
    let known = &world.network;
    if let Some(missing) = subnets.iter().find(|id| !known.subnets.contains_key(**id)) {
        return Err(fault::invalid(format!(
            "Error retrieving subnet information for [{}]: The subnet ID '{missing}' does not exist (ErrorCode: \
             InvalidSubnetID.NotFound)",
            subnets.join(", ")
        )));
    }
    if let Some(missing) = groups.iter().find(|id| !known.security_groups.contains_key(**id)) {
        return Err(fault::invalid(format!(
            "Error retrieving security group information for [{}]: The security group '{missing}' does not exist \
             (ErrorCode: InvalidGroup.NotFound)",
            groups.join(", ")
        )));
    }
    let vpcs: std::collections::BTreeSet<&String> = subnets
        .iter()
        .filter_map(|id| known.subnets.get(*id))
        .map(|subnet| &subnet.vpc)
        .chain(groups.iter().filter_map(|id| known.security_groups.get(*id)).map(|group| &group.vpc))
        .collect();
    if vpcs.len() > 1 {
        return Err(fault::invalid("All subnets and security groups must be in the same VPC."));
    }
    Ok(())
}
