//! New tasks of a service.
//!
//! Ledger: K1, V45.

use std::collections::BTreeSet;

use super::steps::plan;
use super::{HealthCheck, Launch, Phase, Step, Task, TaskContainer};
use crate::sandbox::ecs::announce;
use crate::sandbox::ecs::blueprint::Blueprint;
use crate::sandbox::ecs::deployments::Deployment;
use crate::sandbox::ecs::names::{ServiceKey, TaskId};
use crate::sandbox::ecs::services::{Service, is_fargate, tell};
use crate::sandbox::tags::Tags;
use crate::sandbox::world::World;

/// Starts `count` tasks of a service's PRIMARY deployment.
pub(in crate::sandbox::ecs) fn launch(world: &mut World, key: &ServiceKey, count: usize) {
    let Some(service) = world.ecs.services.get(key).cloned() else {
        return;
    };
    let Some(primary) = service.primary().filter(|_| count > 0) else {
        return;
    };
    let mut started = Vec::new();
    for _ in 0..count {
        let task = new_task(world, &service, primary);
        let first_step = task.created + world.ecs.pace.provision;
        let id = task.id.clone();
        world.ecs.tasks.insert(id.clone(), task);
        if let Some(service) = world.ecs.services.get_mut(key) {
            service.live_tasks.insert(id.clone());
        }
        plan(world, &id, first_step, Step::BeginPull);
        announce::task(world, &id);
        started.push(id);
    }
    tell(world, key, &format!("has started {count} tasks: {}.", listed(&started)));
}

/// Tasks as ECS lists them in a service's history.
pub(in crate::sandbox::ecs) fn listed<'a>(tasks: impl IntoIterator<Item = &'a TaskId>) -> String {
    tasks.into_iter().map(|id| format!("(task {id})")).collect::<Vec<_>>().join(" ")
}

fn new_task(world: &mut World, service: &Service, deployment: &Deployment) -> Task {
    let id = TaskId(world.random().hex(32));
    let blueprint = world.ecs.blueprint(&deployment.task_definition);
    let check = health_check(service, blueprint.as_ref());
    let images =
        world.ecs.revisions.get(&deployment.revision).map(|revision| revision.images.clone()).unwrap_or_default();
    let digest = |name: &str| images.iter().find(|image| image.container == name)?.digest.clone();
    let containers = blueprint.iter().flat_map(|blueprint| &blueprint.container_definitions);
    Task {
        arn: world.place().arn("ecs", &format!("task/{}/{id}", service.key.cluster())),
        service: service.key.clone(),
        deployment: deployment.id.clone(),
        revision: deployment.revision.clone(),
        task_definition: deployment.task_definition.clone(),
        phase: Phase::Provisioning,
        healthy: false,
        failed_check: false,
        containers: containers
            .map(|container| TaskContainer {
                name: container.name.clone(),
                image: container.image.clone(),
                digest: digest(&container.name),
                essential: container.is_essential(),
                exit_code: None,
            })
            .collect(),
        secrets: Vec::new(),
        stop: None,
        created: world.now(),
        pull_started: None,
        pull_stopped: None,
        started: None,
        stopped: None,
        version: 1,
        tags: tags(world, service, &deployment.task_definition),
        launch: Launch {
            r#type: service.setting("launchType").map(str::to_owned),
            fargate: is_fargate(&service.settings),
            check,
            enable_execute_command: service.settings.get("enableExecuteCommand").is_some_and(|flag| flag == true),
        },
        upcoming: BTreeSet::new(),
        id,
    }
}

/// Who looks after a task's health.
fn health_check(service: &Service, blueprint: Option<&Blueprint>) -> HealthCheck {
    let mut containers = blueprint.into_iter().flat_map(|blueprint| &blueprint.container_definitions);
    match (containers.any(|container| container.health_check.is_some()), service.has_load_balancer()) {
        (true, true) => HealthCheck::Both,
        (true, false) => HealthCheck::Container,
        (false, true) => HealthCheck::LoadBalancer,
        (false, false) => HealthCheck::Nobody,
    }
}

/// Tags that a task gets from where its service says.
fn tags(world: &World, service: &Service, task_definition: &str) -> Tags {
    let mut tags = match service.setting("propagateTags") {
        Some("SERVICE") => service.tags.clone(),
        Some("TASK_DEFINITION") => {
            world.ecs.task_definition(task_definition).map(|definition| definition.tags.clone()).unwrap_or_default()
        }
        _ => Tags::new(),
    };
    if service.settings.get("enableECSManagedTags").is_some_and(|flag| flag == true) {
        tags.insert("aws:ecs:clusterName".to_owned(), service.key.cluster().to_owned());
        tags.insert("aws:ecs:serviceName".to_owned(), service.key.name().to_owned());
    }
    tags
}
