//! A task's life, step by step.
//!
//! Ledger: K12, K14, V11, V32, V45.

use std::time::Duration;

use super::images::{behaviour, behaviours};
use super::secrets::Injected;
use super::{HealthCheck, Phase, Step, Stop, StopCode, Task, checks, environment, log_in, startup};
use crate::sandbox::agenda::Event;
use crate::sandbox::clock::Millis;
use crate::sandbox::ecs::announce;
use crate::sandbox::ecs::deployments;
use crate::sandbox::ecs::names::TaskId;
use crate::sandbox::ecs::scheduler::service_turn;
use crate::sandbox::ecs::services::{Service, registered, tell, unhealthy};
use crate::sandbox::world::World;

/// Takes the steps of a task that are due.
pub(crate) fn task_step(world: &mut World, id: &TaskId) {
    let now = world.now();
    while let Some(task) = world.ecs.tasks.get_mut(id) {
        match task.upcoming.first() {
            Some((at, _)) if *at <= now => {}
            _ => return,
        }
        let Some((_, step)) = task.upcoming.pop_first() else {
            return;
        };
        take(world, id, step);
    }
}

/// Forgets a task that has been stopped for long enough.
pub(crate) fn forget_task(world: &mut World, id: &TaskId) {
    world.ecs.tasks.remove(id);
}

/// Tells a task to stop; one that does not run yet is stopped at once.
pub(in crate::sandbox::ecs) fn order_stop(world: &mut World, id: &TaskId, code: StopCode, reason: &str) {
    let now = world.now();
    let drained = now + world.ecs.pace.drain;
    let Some(task) = world.ecs.tasks.get_mut(id).filter(|task| task.stop.is_none()) else {
        return;
    };
    task.stop = Some(Stop { code, reason: reason.to_owned(), asked: now });
    task.healthy = false;
    task.upcoming.clear();
    if task.phase == Phase::Running && code == StopCode::ServiceSchedulerInitiated {
        task.enter(Phase::Stopping);
        announce::task(world, id);
        plan(world, id, drained, Step::End);
    } else {
        end(world, id);
    }
}

impl World {
    /// Ends a task as if an essential container had crashed. A task that is
    /// stopping, or is not there, is left alone.
    pub fn crash_task(&mut self, id: &TaskId) {
        if self.ecs.tasks.get(id).is_some_and(|task| task.stop.is_none()) {
            fail(self, id, StopCode::EssentialContainerExited, "Essential container in task exited");
        }
    }
}

fn take(world: &mut World, id: &TaskId, step: Step) {
    let now = world.now();
    let pace = world.ecs.pace.clone();
    match step {
        Step::BeginPull => {
            enter(world, id, Phase::Pending, |task| task.pull_started = Some(now));
            plan(world, id, now + pace.pull, Step::Start);
        }
        Step::Start => match startup::attempt(world, id) {
            Ok(injected) => {
                keep_secrets(world, id, injected);
                plan(world, id, now + pace.start, Step::Run);
            }
            Err(reason) => fail(world, id, StopCode::TaskFailedToStart, &reason),
        },
        Step::Run => {
            enter(world, id, Phase::Running, |task| task.started = Some(now));
            if let Some(service) = world.ecs.tasks.get(id).map(|task| task.service.clone()) {
                registered(world, &service);
            }
            for (at, step) in running_plans(world, id) {
                plan(world, id, at, step);
            }
            turn(world, id);
        }
        Step::TurnHealthy => {
            let task = world.ecs.tasks.get_mut(id).map(|task| {
                task.healthy = true;
                (task.service.clone(), task.revision.clone())
            });
            if let Some((service, revision)) = task {
                deployments::task_settled(world, &service, &revision);
                service_turn(world, &service);
            }
        }
        Step::TurnUnhealthy => turn_unhealthy(world, id),
        Step::Exit(container) => {
            let exit = || {
                let task = world.ecs.tasks.get(id)?;
                behaviour(world, task, task.containers.get(container)?).exits
            };
            let code = exit().map_or(0, |exit| exit.code);
            exit_with(world, id, container, code);
        }
        Step::LogIn(container) => log_in::attempt(world, id, container),
        Step::End => {
            end(world, id);
            turn(world, id);
        }
    }
}

/// What a task that has just become RUNNING will do by itself.
fn running_plans(world: &World, id: &TaskId) -> Vec<(Millis, Step)> {
    let now = world.now();
    let Some(task) = world.ecs.tasks.get(id) else {
        return Vec::new();
    };
    let grace = Duration::from_secs(world.ecs.services.get(&task.service).map_or(0, Service::grace_seconds));
    let health = match failing(world, task) {
        None => (now + checks::healthy_after(world, task), Step::TurnHealthy),
        Some(check) => (now + checks::unhealthy_after(world, task, check) + grace, Step::TurnUnhealthy),
    };
    let exits = behaviours(world, task)
        .enumerate()
        .filter_map(|(index, behaviour)| Some((now + behaviour.exits?.after, Step::Exit(index))));
    let log_ins = log_in::first(world, task, now);
    exits.chain(log_ins).chain([health]).collect()
}

/// The check that a task does not pass; its containers' own comes first.
fn failing(world: &World, task: &Task) -> Option<HealthCheck> {
    let container = behaviours(world, task).any(|behaviour| !behaviour.healthy);
    let target = behaviours(world, task).any(|behaviour| !behaviour.healthy_target);
    match task.launch.check {
        HealthCheck::Container | HealthCheck::Both if container => Some(HealthCheck::Container),
        HealthCheck::LoadBalancer | HealthCheck::Both if target => Some(HealthCheck::LoadBalancer),
        HealthCheck::Nobody | HealthCheck::Container | HealthCheck::LoadBalancer | HealthCheck::Both => None,
    }
}

fn turn_unhealthy(world: &mut World, id: &TaskId) {
    let failing = world.ecs.tasks.get(id).and_then(|task| failing(world, task));
    let Some(task) = world.ecs.tasks.get_mut(id) else {
        return;
    };
    task.failed_check = true;
    let service = task.service.clone();
    let reason = if failing == Some(HealthCheck::Container) {
        tell(world, &service, &format!("(task {id}) failed container health checks."));
        "Task failed container health checks"
    } else {
        unhealthy(world, &service);
        "Task failed ELB health checks"
    };
    fail(world, id, StopCode::ServiceSchedulerInitiated, reason);
}

/// A container ends; an essential one takes its task with it.
pub(super) fn exit_with(world: &mut World, id: &TaskId, index: usize, code: i32) {
    let Some(task) = world.ecs.tasks.get_mut(id) else {
        return;
    };
    let Some(container) = task.containers.get_mut(index) else {
        return;
    };
    container.exit_code = Some(code);
    if container.essential {
        fail(world, id, StopCode::EssentialContainerExited, "Essential container in task exited");
    }
}

/// Stops a task for a fault of its own. One that was never healthy counts
/// against its deployment.
fn fail(world: &mut World, id: &TaskId, code: StopCode, reason: &str) {
    let Some(task) = world.ecs.tasks.get(id) else {
        return;
    };
    let (service, revision, was_healthy) = (task.service.clone(), task.revision.clone(), task.healthy);
    order_stop(world, id, code, reason);
    if !was_healthy {
        deployments::task_failed(world, &service, &revision);
    }
    service_turn(world, &service);
}

fn end(world: &mut World, id: &TaskId) {
    let now = world.now();
    let forgotten = now + world.ecs.pace.stopped_task_shown;
    enter(world, id, Phase::Stopped, |task| task.stopped = Some(now));
    world.ecs.environments.forget(id);
    let service = world.ecs.tasks.get(id).map(|task| task.service.clone());
    if let Some(service) = service.and_then(|key| world.ecs.services.get_mut(&key)) {
        service.live_tasks.remove(id);
    }
    world.at(forgotten, Event::TaskForgotten(id.clone()));
}

fn turn(world: &mut World, id: &TaskId) {
    if let Some(service) = world.ecs.tasks.get(id).map(|task| task.service.clone()) {
        service_turn(world, &service);
    }
}

fn enter(world: &mut World, id: &TaskId, phase: Phase, also: impl FnOnce(&mut Task)) {
    if let Some(task) = world.ecs.tasks.get_mut(id) {
        task.enter(phase);
        also(task);
    }
    announce::task(world, id);
}

fn keep_secrets(world: &mut World, id: &TaskId, injected: Vec<Injected>) {
    let now = world.now();
    environment::keep(world, id, &injected);
    if let Some(task) = world.ecs.tasks.get_mut(id) {
        task.pull_stopped = Some(now);
        task.secrets = injected.into_iter().map(|injected| injected.secret).collect();
    }
}

/// Puts a step into a task's future.
pub(super) fn plan(world: &mut World, id: &TaskId, at: Millis, step: Step) {
    if let Some(task) = world.ecs.tasks.get_mut(id) {
        task.upcoming.insert((at, step));
        world.at(at, Event::TaskStep(id.clone()));
    }
}
