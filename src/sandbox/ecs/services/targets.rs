//! What a service's history says of its target groups.
//!
//! Ledger: V48.

use serde_json::Value;

use super::{Service, tell};
use crate::sandbox::ecs::names::ServiceKey;
use crate::sandbox::world::World;

/// A target group of a service, and the port behind it.
struct Target {
    group: String,
    port: i64,
}

/// A task runs, and is sent requests.
pub(in crate::sandbox::ecs) fn registered(world: &mut World, key: &ServiceKey) {
    for target in targets(world, key) {
        tell(world, key, &format!("registered 1 targets in (target-group {})", target.group));
    }
}

/// Running tasks are about to be stopped.
pub(in crate::sandbox::ecs) fn deregistered(world: &mut World, key: &ServiceKey, count: usize) {
    let targets = targets(world, key);
    if !targets.is_empty() {
        tell(world, key, &format!("has begun draining connections on {count} tasks."));
    }
    for target in targets {
        tell(world, key, &format!("deregistered {count} targets in (target-group {})", target.group));
    }
}

/// A load balancer finds a task unhealthy.
pub(in crate::sandbox::ecs) fn unhealthy(world: &mut World, key: &ServiceKey) {
    for Target { group, port } in targets(world, key) {
        let text =
            format!("(port {port}) is unhealthy in (target-group {group}) due to (reason Health checks failed).");
        tell(world, key, &text);
    }
}

fn targets(world: &World, key: &ServiceKey) -> Vec<Target> {
    let balancers = |service: &Service| service.settings.get("loadBalancers").and_then(Value::as_array).cloned();
    let balancers = world.ecs.services.get(key).and_then(balancers).unwrap_or_default();
    let target = |balancer: &Value| {
        let group = balancer.get("targetGroupArn")?.as_str()?.to_owned();
        Some(Target { group, port: balancer.get("containerPort").and_then(Value::as_i64).unwrap_or_default() })
    };
    balancers.iter().filter_map(target).collect()
}
