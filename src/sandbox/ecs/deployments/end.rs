//! The ends of a service deployment.
//!
//! Ledger: V18, V23, V25.

use super::{Deployment, MonitorStatus, RolloutState, ServiceDeployment, ServiceDeploymentStatus};
use crate::sandbox::clock::Millis;
use crate::sandbox::ecs::announce;
use crate::sandbox::ecs::names::ServiceKey;
use crate::sandbox::ecs::services::tell;
use crate::sandbox::world::World;

/// All tasks of the PRIMARY are healthy and no other is left.
pub(in crate::sandbox::ecs) fn complete(world: &mut World, key: &ServiceKey) {
    let now = world.now();
    let Some(primary) = world.ecs.services.get_mut(key).and_then(|service| {
        service.deployments.truncate(1);
        service.primary_mut()
    }) else {
        return;
    };
    let id = primary.id.clone();
    primary.turn(RolloutState::Completed, format!("ECS deployment {id} completed."), now);
    tell(world, key, &format!("(deployment {id}) deployment completed."));
    announce::deployment(world, key, "INFO", "SERVICE_DEPLOYMENT_COMPLETED");
    close(world, key, |ongoing, now| {
        let status = match ongoing.status {
            ServiceDeploymentStatus::RollbackInProgress => ServiceDeploymentStatus::RollbackSuccessful,
            _ => ServiceDeploymentStatus::Successful,
        };
        ongoing.turn(status, now);
    });
}

/// The service deployment ends where it is, and so does its PRIMARY.
pub(super) fn stop(world: &mut World, key: &ServiceKey, reason: &str) {
    fail_primary(world, key, reason);
    close(world, key, |ongoing, now| {
        ongoing.stopped = Some(now);
        ongoing.status_reason = Some(reason.to_owned());
        ongoing.turn(ServiceDeploymentStatus::Stopped, now);
    });
}

/// The PRIMARY starts no more tasks.
pub(super) fn fail_primary(world: &mut World, key: &ServiceKey, reason: &str) {
    let now = world.now();
    let primary = world.ecs.services.get_mut(key).and_then(|service| service.primary_mut());
    if let Some(primary) = primary.filter(|primary| primary.rollout == RolloutState::InProgress) {
        primary.turn(RolloutState::Failed, reason.to_owned(), now);
    }
}

/// Ends the ongoing service deployment in the way that `last` says, and keeps
/// the numbers of its tasks as they are at that moment.
pub(super) fn close(world: &mut World, key: &ServiceKey, last: impl FnOnce(&mut ServiceDeployment, Millis)) {
    let now = world.now();
    let Some(service) = world.ecs.services.get(key) else {
        return;
    };
    let counts = service
        .deployments
        .iter()
        .map(|Deployment { revision, .. }| (revision.clone(), world.ecs.revision_counts(service, revision)))
        .collect();
    if let Some(ongoing) = world.ecs.ongoing_mut(key) {
        last(ongoing, now);
        ongoing.finished = Some(now);
        ongoing.counts = counts;
        if ongoing.breaker.status == MonitorStatus::Monitoring {
            ongoing.breaker.status = MonitorStatus::MonitoringComplete;
        }
    }
    if let Some(service) = world.ecs.services.get_mut(key) {
        service.ongoing = None;
    }
}
