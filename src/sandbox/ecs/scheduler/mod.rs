//! The service scheduler: starts and stops tasks until a service has what it
//! wants. It looks when something has happened, never by the clock alone.
//!
//! Ledger: V7, V15, V17, V18, V47.

mod rolling;

use std::time::Duration;

use super::deployments::{self, RolloutState, ServiceDeploymentStatus};
use super::names::{ServiceKey, TaskId};
use super::services::{Service, ServiceStatus, deregistered, tell};
use super::tasks::{self, StopCode, Task};
use crate::sandbox::agenda::Event;
use crate::sandbox::ecs::announce;
use crate::sandbox::readings::Reading;
use crate::sandbox::world::World;
use rolling::{Moves, Situation, Stage};

/// Looks at a service and does what can be done now.
pub(crate) fn service_turn(world: &mut World, key: &ServiceKey) {
    deployments::start_when_due(world, key);
    match world.ecs.services.get(key).map(|service| service.status) {
        Some(ServiceStatus::Active) => keep(world, key),
        Some(ServiceStatus::Draining) => drain(world, key),
        Some(ServiceStatus::Inactive) | None => {}
    }
}

/// Moves until there is nothing left to move: a task that is stopped before it
/// ran makes room for the next at once.
fn keep(world: &mut World, key: &ServiceKey) {
    while let Some(service) = world.ecs.services.get(key).filter(|service| !is_waiting(world, service)) {
        let situation = situation(world, service);
        let moves = rolling::moves(&situation);
        if moves.is_none() {
            if situation.is_reached() {
                settle(world, key);
                return;
            }
            if situation.is_stuck() {
                say_stuck(world, key);
            }
            unsettle(world, key);
            return;
        }
        unsettle(world, key);
        stop(world, key, &moves);
        tasks::launch(world, key, moves.start);
    }
}

/// A service deployment changes nothing while it is PENDING, nor while a
/// requested stop is about to be obeyed.
fn is_waiting(world: &World, service: &Service) -> bool {
    world.ecs.ongoing(service).is_some_and(|ongoing| match ongoing.status {
        ServiceDeploymentStatus::Pending
        | ServiceDeploymentStatus::StopRequested
        | ServiceDeploymentStatus::RollbackRequested => true,
        ServiceDeploymentStatus::InProgress
        | ServiceDeploymentStatus::RollbackInProgress
        | ServiceDeploymentStatus::Successful
        | ServiceDeploymentStatus::Stopped
        | ServiceDeploymentStatus::RollbackSuccessful
        | ServiceDeploymentStatus::RollbackFailed => false,
    })
}

fn situation(world: &World, service: &Service) -> Situation {
    let primary = service.primary();
    let (least_healthy, most_alive) = service.bounds();
    let mut situation = Situation {
        desired: service.desired_count,
        least_healthy,
        most_alive,
        may_start: primary.is_some_and(|primary| primary.may_start(world.now())),
        is_given_up: primary.is_some_and(|primary| primary.rollout == RolloutState::Failed),
        new: Vec::new(),
        old: Vec::new(),
        stopping: 0,
    };
    let live = service.live_tasks.iter().filter_map(|id| world.ecs.tasks.get(id));
    for task in live {
        if task.stop.is_some() {
            situation.stopping += 1;
            continue;
        }
        let stage = if task.healthy { Stage::Healthy } else { Stage::NotHealthy };
        let is_new = primary.is_some_and(|primary| primary.revision == task.revision);
        let side = if is_new { &mut situation.new } else { &mut situation.old };
        side.push((stage, task.id.clone()));
    }
    situation
}

fn stop(world: &mut World, key: &ServiceKey, moves: &Moves) {
    if moves.stop.is_empty() {
        return;
    }
    let deployment =
        world.ecs.services.get(key).and_then(|service| service.primary()).map(|primary| primary.id.clone());
    let reason = format!("Scaling activity initiated by (deployment {})", deployment.unwrap_or_default());
    let is_running = |id: &&TaskId| world.ecs.tasks.get(*id).is_some_and(Task::is_running);
    let (running, pending): (Vec<&TaskId>, Vec<&TaskId>) = moves.stop.iter().partition(is_running);
    if !running.is_empty() {
        deregistered(world, key, running.len());
        tell(world, key, &format!("has stopped {} running tasks: {}.", running.len(), tasks::listed(running)));
    }
    if !pending.is_empty() {
        tell(world, key, &format!("stopped {} pending tasks.", pending.len()));
    }
    for id in &moves.stop {
        tasks::order_stop(world, id, StopCode::ServiceSchedulerInitiated, &reason);
    }
}

/// Everything is as wanted: the deployment is done, after its bake time, and
/// the service is steady.
fn settle(world: &mut World, key: &ServiceKey) {
    let now = world.now();
    let only_in_steps = world.readings.is_other(Reading::BakeTime);
    let Some(service) = world.ecs.services.get_mut(key) else {
        return;
    };
    let bakes = service.shifts_traffic() || !only_in_steps;
    let bake = Duration::from_secs(if bakes { 60 * service.bake_minutes() } else { 0 });
    let Some(primary) = service.primary_mut() else {
        return;
    };
    if primary.rollout == RolloutState::InProgress {
        let since = *primary.healthy_since.get_or_insert(now);
        // What a rollback goes back to has baked before.
        let done = primary.not_completed_before.unwrap_or(since + bake);
        if done > now {
            world.at(done, Event::ServiceTurn(key.clone()));
            return;
        }
        deployments::complete(world, key);
    }
    let service = world.ecs.services.get_mut(key);
    if let Some(service) = service.filter(|service| !service.steady) {
        service.steady = true;
        tell(world, key, "has reached a steady state.");
        announce::action(world, key, "INFO", "SERVICE_STEADY_STATE");
    }
}

/// Something is to be done, or is being waited for.
fn unsettle(world: &mut World, key: &ServiceKey) {
    if let Some(service) = world.ecs.services.get_mut(key) {
        service.steady = false;
        if let Some(primary) = service.primary_mut() {
            primary.healthy_since = None;
        }
    }
}

fn say_stuck(world: &mut World, key: &ServiceKey) {
    let primary = world.ecs.services.get_mut(key).and_then(|service| service.primary_mut());
    let Some(primary) = primary.filter(|primary| !primary.said_stuck) else {
        return;
    };
    primary.said_stuck = true;
    tell(
        world,
        key,
        "was unable to stop or start tasks during a deployment because of the service deployment configuration. \
         Update the minimumHealthyPercent or maximumPercent value and try again.",
    );
}

/// A deleted service stops its tasks, and is INACTIVE once they are stopping.
fn drain(world: &mut World, key: &ServiceKey) {
    let Some(service) = world.ecs.services.get(key) else {
        return;
    };
    let is_ordered = |id: &TaskId| world.ecs.tasks.get(id).is_none_or(|task| task.stop.is_some());
    let left: Vec<TaskId> = service.live_tasks.iter().filter(|id| !is_ordered(id)).cloned().collect();
    stop(world, key, &Moves { stop: left, ..Moves::default() });
    deployments::forget_history(world, key);
    if let Some(service) = world.ecs.services.get_mut(key) {
        service.status = ServiceStatus::Inactive;
    }
}
