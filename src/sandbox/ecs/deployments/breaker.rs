//! What failed and healthy tasks do to a deployment: waits, and the circuit
//! breaker (facts 4.5).
//!
//! Ledger: V30, V31, V32, V33, V29.

use super::rollback::{Cause, roll_back};
use super::{MonitorStatus, RolloutState, ServiceDeploymentStatus, end};
use crate::sandbox::agenda::Event;
use crate::sandbox::ecs::announce;
use crate::sandbox::ecs::names::ServiceKey;
use crate::sandbox::ecs::services::tell;
use crate::sandbox::readings::Reading;
use crate::sandbox::world::World;

const TASKS_FAILED: &str = "ECS deployment circuit breaker: tasks failed to start.";
/// After so many failed tasks in a row a service's history says so.
const IMPAIRED_AFTER: u32 = 5;

/// A task stopped that was never healthy.
pub(in crate::sandbox::ecs) fn task_failed(world: &mut World, key: &ServiceKey, revision: &str) {
    let now = world.now();
    let pace = world.ecs.pace.clone();
    let Some(service) = world.ecs.services.get_mut(key) else {
        return;
    };
    let desired = service.desired_count;
    let breaker = service.breaker();
    let Some(primary) = service.primary_mut().filter(|primary| primary.revision == revision) else {
        return;
    };
    primary.failed_tasks += 1;
    let not_before = now + pace.backoff(primary.failed_tasks);
    primary.not_before = Some(not_before);
    let impaired = primary.failed_tasks >= IMPAIRED_AFTER && !primary.said_impaired;
    primary.said_impaired |= impaired;
    let in_progress = primary.rollout == RolloutState::InProgress;
    world.at(not_before, Event::ServiceTurn(key.clone()));
    if impaired {
        announce::action(world, key, "WARN", "SERVICE_TASK_START_IMPAIRED");
        tell(
            world,
            key,
            "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.",
        );
    }
    if in_progress && breaker.enable {
        count_failure(world, key, breaker.threshold.of(desired), breaker.rollback);
    }
}

/// A task became healthy.
pub(in crate::sandbox::ecs) fn task_settled(world: &mut World, key: &ServiceKey, revision: &str) {
    let Some(service) = world.ecs.services.get_mut(key) else {
        return;
    };
    let resets = service.breaker().reset_on_healthy_task;
    let Some(primary) = service.primary_mut().filter(|primary| primary.revision == revision) else {
        return;
    };
    primary.failed_tasks = 0;
    primary.not_before = None;
    if let Some(ongoing) = world.ecs.ongoing_mut(key).filter(|_| resets) {
        ongoing.breaker.failures = 0;
    }
}

fn count_failure(world: &mut World, key: &ServiceKey, threshold: usize, rolls_back: bool) {
    let now = world.now();
    let rolls_back_for_ever = world.readings.is_other(Reading::FailingRollback);
    let Some(ongoing) = world.ecs.ongoing_mut(key) else {
        return;
    };
    // The threshold follows the desired count (BC:ecs, ThresholdConfiguration).
    ongoing.breaker.threshold = threshold;
    ongoing.breaker.status = MonitorStatus::Monitoring;
    ongoing.breaker.failures += 1;
    ongoing.updated = now;
    if ongoing.breaker.failures < threshold {
        return;
    }
    let was_rolling_back = ongoing.status == ServiceDeploymentStatus::RollbackInProgress;
    if was_rolling_back && rolls_back_for_ever {
        return;
    }
    ongoing.breaker.status = MonitorStatus::Triggered;
    let primary = world.ecs.services.get(key).and_then(|service| service.primary());
    let id = primary.map(|primary| primary.id.clone()).unwrap_or_default();
    end::fail_primary(world, key, TASKS_FAILED);
    announce::deployment(world, key, "ERROR", "SERVICE_DEPLOYMENT_FAILED");
    tell(world, key, &format!("(deployment {id}) deployment failed: tasks failed to start."));
    let reason = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
    match (was_rolling_back, rolls_back) {
        (true, _) => end::close(world, key, |ongoing, now| {
            ongoing.status_reason =
                Some("The rollback failed because the circuit breaker threshold was exceeded.".to_owned());
            ongoing.turn(ServiceDeploymentStatus::RollbackFailed, now);
        }),
        (false, true) => roll_back(world, key, reason, Cause::Breaker),
        (false, false) => {
            end::stop(world, key, "Service deployment stopped because the circuit breaker threshold was exceeded.");
        }
    }
}
