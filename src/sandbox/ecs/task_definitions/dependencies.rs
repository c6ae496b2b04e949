//! For which containers another may wait (API model, `ContainerDependency`).
//!
//! Ledger: T17.

use crate::sandbox::ecs::blueprint::Container;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

pub(super) fn check(containers: &[Container]) -> Result<(), AwsError> {
    for dependency in containers.iter().flat_map(|container| &container.depends_on) {
        let name = &dependency.container_name;
        let Some(other) = named(containers, name) else {
            return Err(fault::client(format!("Cannot depend on container {name} because it does not exist")));
        };
        let ends = ["COMPLETE", "SUCCESS"].contains(&dependency.condition.as_str());
        if ends && other.is_essential() {
            return Err(fault::client(
                "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
            ));
        }
        if dependency.condition == "HEALTHY" && other.health_check.is_none() {
            return Err(fault::client(
                "A dependency container with HEALTHY condition must have health check configured",
            ));
        }
    }
    if containers.iter().any(|container| waits_for_itself(containers, container)) {
        return Err(fault::client("Container dependencies should not have a cycle"));
    }
    Ok(())
}

fn named<'c>(containers: &'c [Container], name: &str) -> Option<&'c Container> {
    containers.iter().find(|container| container.name == name)
}

/// Is a container among those that it waits for, at however many removes?
fn waits_for_itself(containers: &[Container], container: &Container) -> bool {
    let mut awaited: Vec<&str> = Vec::new();
    let mut open = vec![container];
    while let Some(next) = open.pop() {
        for name in next.depends_on.iter().map(|dependency| dependency.container_name.as_str()) {
            if name == container.name {
                return true;
            }
            if !awaited.contains(&name) {
                awaited.push(name);
                open.extend(named(containers, name));
            }
        }
    }
    false
}
