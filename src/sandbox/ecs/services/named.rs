//! What a service names of its task definition must be there: containers,
//! ports, names of ports, volumes (API model, `LoadBalancer`,
//! `ServiceRegistry`, `ServiceConnectService`, `VpcLatticeConfiguration`,
//! `ServiceVolumeConfiguration`).
//!
//! Ledger: V98, V109, V110, V114.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::sandbox::ecs::blueprint::Container;
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::task_definitions::TaskDefinition;
use crate::sandbox::wire::AwsError;

/// Facts 4.5.
const MOST_TARGET_GROUPS: usize = 5;

pub(super) fn check(
    settings: &Map<String, Value>,
    request: &Value,
    definition: &TaskDefinition,
) -> Result<(), AwsError> {
    let items = |name: &str| settings.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let blueprint = definition.blueprint();
    let containers = &blueprint.container_definitions;
    let balancers = items("loadBalancers");
    if balancers.len() > MOST_TARGET_GROUPS {
        return Err(fault::invalid(format!("load balancers can have at most {MOST_TARGET_GROUPS} items.")));
    }
    for balancer in balancers {
        balanced(balancer, blueprint.is_awsvpc())?;
        container_and_port(balancer, containers)?;
    }
    if request.get("role").is_some() && (balancers.is_empty() || blueprint.is_awsvpc()) {
        return Err(fault::invalid("A role is for a service with a load balancer and without awsvpc."));
    }
    registries(items("serviceRegistries"), containers)?;
    ports(settings, definition)?;
    volumes(request, definition)
}

fn balanced(balancer: &Value, is_awsvpc: bool) -> Result<(), AwsError> {
    match (balancer.get("targetGroupArn"), balancer.get("loadBalancerName")) {
        (None, None) => Err(fault::invalid("A load balancer must have a targetGroupArn or a loadBalancerName.")),
        (None, Some(_)) if is_awsvpc => {
            Err(fault::invalid("Classic Load Balancers are not supported when networkMode 'awsvpc' is specified."))
        }
        _ => Ok(()),
    }
}

/// The container and port that are named must be there.
fn container_and_port(user: &Value, containers: &[Container]) -> Result<(), AwsError> {
    let name = user.get("containerName").and_then(Value::as_str).unwrap_or_default();
    let port = user.get("containerPort").and_then(Value::as_i64);
    let Some(container) = containers.iter().find(|container| container.name == name) else {
        return Err(fault::invalid(format!("The container {name} does not exist in the task definition.")));
    };
    if container.port_mappings.iter().any(|mapping| mapping.maps(port)) {
        return Ok(());
    }
    let port = port.map_or_else(|| "-".to_owned(), |port| port.to_string());
    Err(fault::invalid(format!("The container {name} did not have a container port {port} defined.")))
}

fn registries(registries: &[Value], containers: &[Container]) -> Result<(), AwsError> {
    if registries.len() > 1 {
        return Err(fault::invalid("Multiple service registries for each service are not supported."));
    }
    for registry in registries {
        if registry.get("port").is_some() && registry.get("containerPort").is_some() {
            return Err(fault::invalid("A service registry can have a port or a containerPort, not both."));
        }
        if registry.get("containerName").is_some() && registry.get("containerPort").is_some() {
            container_and_port(registry, containers)?;
        }
    }
    Ok(())
}

/// Service Connect and VPC Lattice go by the names of port mappings.
fn ports(settings: &Map<String, Value>, definition: &TaskDefinition) -> Result<(), AwsError> {
    let list = |node: Option<&Value>| node.and_then(Value::as_array).cloned().unwrap_or_default();
    let of_containers = list(definition.content.get("containerDefinitions"));
    let mappings = of_containers.iter().flat_map(|container| list(container.get("portMappings")));
    let known: BTreeSet<String> =
        mappings.filter_map(|mapping| Some(mapping.get("name")?.as_str()?.to_owned())).collect();
    let connect = settings.get("serviceConnectConfiguration").and_then(|connect| connect.get("services"));
    let used = |users: &[Value]| -> Vec<String> {
        users.iter().filter_map(|user| Some(user.get("portName")?.as_str()?.to_owned())).collect()
    };
    let connected = used(&list(connect));
    let lattice = used(&list(settings.get("vpcLatticeConfigurations")));
    if let Some(name) = connected.iter().chain(&lattice).find(|name| !known.contains(*name)) {
        return Err(fault::invalid(format!("The task definition has no port mapping with the name {name}.")));
    }
    let mut seen = BTreeSet::new();
    match connected.iter().find(|name| !seen.insert(*name)) {
        Some(name) => Err(fault::invalid(format!("Service Connect names the port {name} more than once."))),
        None => Ok(()),
    }
}

/// A volume that is configured with the service is there, and has a size.
fn volumes(request: &Value, definition: &TaskDefinition) -> Result<(), AwsError> {
    let list = |node: &Value, name: &str| node.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let volumes = list(&definition.content, "volumes");
    for configured in list(request, "volumeConfigurations") {
        let is_it = |volume: &Value| volume["name"] == configured["name"] && volume["configuredAtLaunch"] == true;
        if !volumes.iter().any(is_it) {
            let name = configured["name"].as_str().unwrap_or_default();
            return Err(fault::invalid(format!(
                "The task definition has no volume {name} that is configuredAtLaunch."
            )));
        }
        if let Some(disk) = configured.get("managedEBSVolume")
            && disk.get("sizeInGiB").is_none()
            && disk.get("snapshotId").is_none()
        {
            return Err(fault::invalid("A managedEBSVolume must have a sizeInGiB or a snapshotId."));
        }
    }
    Ok(())
}
