//! When it is known of a task that runs whether it is healthy: from the settings of its containers' checks, and from the
//! pace of those that look besides.
//!
//! The pace is that of a check with the settings that ECS fills in; others go by theirs. What a check does takes no time,
//! so that none reaches its timeout.
//!
//! Ledger: V11, V49.

use std::time::Duration;

use super::images::behaviour;
use super::{HealthCheck, Task};
use crate::sandbox::ecs::blueprint::Check;
use crate::sandbox::world::World;

/// From RUNNING to healthy, where everything is well.
pub(super) fn healthy_after(world: &World, task: &Task) -> Duration {
    let pace = &world.ecs.pace;
    let slowest = || {
        let each =
            checks(world, task).into_iter().map(|(check, _)| pace.healthy * check.interval() / Check::USUAL_INTERVAL);
        each.max().unwrap_or(pace.healthy)
    };
    match task.launch.check {
        // Nobody looks, so nobody can tell.
        HealthCheck::Nobody => pace.settle,
        HealthCheck::LoadBalancer => pace.healthy,
        HealthCheck::Container => slowest(),
        HealthCheck::Both => slowest().max(pace.healthy),
    }
}

/// From RUNNING to unhealthy, where this check fails.
pub(super) fn unhealthy_after(world: &World, task: &Task, failing: HealthCheck) -> Duration {
    let pace = &world.ecs.pace;
    if failing != HealthCheck::Container {
        return pace.unhealthy;
    }
    let of = |check: Check| {
        let checks = check.interval().saturating_mul(check.retries());
        let start = Duration::from_secs(check.start_period().into());
        pace.unhealthy * checks / (Check::USUAL_INTERVAL * Check::USUAL_RETRIES) + start
    };
    let failing = checks(world, task).into_iter().filter(|(_, passes)| !passes);
    failing.map(|(check, _)| of(check)).min().unwrap_or(pace.unhealthy)
}

/// The checks of a task's containers, and whether they pass.
fn checks(world: &World, task: &Task) -> Vec<(Check, bool)> {
    let blueprint = world.ecs.blueprint(&task.task_definition);
    let containers = blueprint.into_iter().flat_map(|blueprint| blueprint.container_definitions);
    let of = |name: &str| task.containers.iter().find(|container| container.name == name);
    let checked = containers.filter_map(|container| Some((container.health_check?, of(&container.name)?)));
    checked.map(|(check, container)| (check, behaviour(world, task, container).healthy)).collect()
}
