//! Where a service's tasks stand, and the names that others reach them by.
//!
//! Ledger: V98, V101, V102.

use serde_json::{Map, Value};

use super::settings::{awsvpc, listed};
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::task_definitions::TaskDefinition;
use crate::sandbox::wire::AwsError;

/// Facts 4.5.
const MOST_SUBNETS: usize = 16;
const MOST_SECURITY_GROUPS: usize = 5;

/// API model, `ServiceConnectClientAlias.dnsName`.
const MOST_OF_A_DNS_NAME: usize = 127;

/// Does the network fit the task definition, and are its parts spelt right?
pub(super) fn check(settings: &Map<String, Value>, definition: &TaskDefinition) -> Result<(), AwsError> {
    match (definition.blueprint().is_awsvpc(), awsvpc(settings)) {
        (true, None) => {
            Err(fault::invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified."))
        }
        (false, Some(_)) => {
            Err(fault::invalid("Network Configuration is not valid for the given networkMode of this task definition."))
        }
        (false, None) => Ok(()),
        (true, Some(vpc)) => {
            let (subnets, groups) = (listed(vpc, "subnets"), listed(vpc, "securityGroups"));
            if subnets.is_empty() {
                return Err(fault::invalid("subnets can not be empty."));
            }
            if subnets.len() > MOST_SUBNETS {
                return Err(fault::invalid(format!("subnets can have at most {MOST_SUBNETS} items.")));
            }
            let elsewhere = settings.get("launchType").and_then(Value::as_str);
            if elsewhere.is_some_and(|launch| launch != "FARGATE") && vpc["assignPublicIp"] == "ENABLED" {
                return Err(fault::invalid("Assign public IP is not supported for this launch type."));
            }
            if groups.len() > MOST_SECURITY_GROUPS {
                return Err(fault::invalid(format!("securityGroups can have at most {MOST_SECURITY_GROUPS} items.")));
            }
            ids(&subnets, &groups)
        }
    }
}

fn ids(subnets: &[&str], groups: &[&str]) -> Result<(), AwsError> {
    if let Some(id) = subnets.iter().find(|id| !id.starts_with("subnet-")) {
        return Err(fault::invalid(format!(
            "Error retrieving subnet information for [{}]: The subnet ID '{id}' is not valid (ErrorCode: \
             InvalidSubnetID.Malformed)",
            subnets.join(", ")
        )));
    }
    if let Some(id) = groups.iter().find(|id| !id.starts_with("sg-")) {
        return Err(fault::invalid(format!(
            "Error retrieving security group information for [{}]: The security group ID '{id}' is not valid \
             (ErrorCode: InvalidGroupId.Malformed)",
            groups.join(", ")
        )));
    }
    Ok(())
}

/// The aliases of Service Connect.
pub(super) fn check_aliases(settings: &Map<String, Value>) -> Result<(), AwsError> {
    let items = |node: &Value, list: &str| node.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let connect = settings.get("serviceConnectConfiguration").unwrap_or(&Value::Null);
    for alias in items(connect, "services").iter().flat_map(|service| items(service, "clientAliases")) {
        if alias.get("dnsName").and_then(Value::as_str).is_some_and(|name| !is_dns_name(name)) {
            return Err(fault::invalid(
                "The DNS name that you provided is invalid. The name must be a valid DNS name but doesn't need to be \
                 fully-qualified. Up to 127 characters are allowed.",
            ));
        }
        let port = alias.get("port").and_then(Value::as_i64);
        if let Some(port) = port.filter(|port| !(1..=65_535).contains(port)) {
            return Err(fault::invalid(format!("Invalid port of a client alias: {port}")));
        }
    }
    Ok(())
}

fn is_dns_name(name: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    (1..=MOST_OF_A_DNS_NAME).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(may_stand)
}
