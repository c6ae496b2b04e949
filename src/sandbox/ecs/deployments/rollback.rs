//! The way back: to the last completed deployment, without a new revision.
//!
//! Ledger: V22, V24, V26, V27, V28, V29, K15.

use super::{Rollback, RolloutState, ServiceDeploymentStatus, end};
use crate::sandbox::ecs::announce;
use crate::sandbox::ecs::names::ServiceKey;
use crate::sandbox::ecs::services::{OF_A_REVISION, tell};
use crate::sandbox::readings::Reading;
use crate::sandbox::world::World;

/// Who wants it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Breaker,
    Request,
}

impl Cause {
    /// What the new PRIMARY says of itself.
    fn rollout_reason(self, to: &str) -> String {
        match self {
            Self::Breaker => {
                format!("ECS deployment circuit breaker: rolling back to deploymentId {to}.")
            }
            Self::Request => format!("ECS deployment rolling back to deploymentId {to}."),
        }
    }
}

/// Turns the ongoing service deployment round.
///
/// The way back leads to a deployment that is COMPLETED. While a rollback is
/// under way there is none, because its target is `IN_PROGRESS` again: a newer
/// deployment that fails then has nowhere to go (facts 4.5, "trap").
pub(super) fn roll_back(world: &mut World, key: &ServiceKey, reason: &str, cause: Cause) {
    end::fail_primary(world, key, "ECS deployment stopped: rolling back.");
    let now = world.now();
    let least = now + world.ecs.pace.rollback;
    let Some(service) = world.ecs.services.get_mut(key) else {
        return;
    };
    let candidate = service.deployments.iter().position(|deployment| deployment.rollout == RolloutState::Completed);
    let Some(position) = candidate else {
        end::close(world, key, |ongoing, now| {
            ongoing.status_reason = Some("No rollback candidate was found to run the rollback.".to_owned());
            ongoing.turn(ServiceDeploymentStatus::RollbackFailed, now);
        });
        return;
    };
    let mut target = service.deployments.remove(position);
    let id = target.id.clone();
    target.turn(RolloutState::InProgress, cause.rollout_reason(&id), now);
    target.failed_tasks = 0;
    target.not_before = None;
    target.healthy_since = None;
    target.not_completed_before = Some(least);
    let revision = target.revision.clone();
    service.task_definition.clone_from(&target.task_definition);
    service.deployments.insert(0, target);
    service.steady = false;
    // Everything that a service revision holds goes back, not the task definition alone.
    let goes_back = !world.readings.is_other(Reading::RollbackOf);
    if let Some(revision) = world.ecs.revisions.get(&revision).filter(|_| goes_back) {
        service.settings.retain(|name, _| !OF_A_REVISION.contains(&name.as_str()));
        service.settings.extend(revision.settings.clone());
    }
    if let Some(ongoing) = world.ecs.ongoing_mut(key) {
        ongoing.status_reason = Some(reason.to_owned());
        ongoing.breaker.failures = 0;
        ongoing.rollback = Some(Rollback { reason: reason.to_owned(), started: now, revision });
        ongoing.turn(ServiceDeploymentStatus::RollbackInProgress, now);
    }
    tell(world, key, &format!("rolling back to deployment {id}."));
    announce::deployment(world, key, "INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS");
}
