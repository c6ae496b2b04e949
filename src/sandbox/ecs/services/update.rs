//! `UpdateService`: what it replaces, and which of that starts a deployment.
//!
//! Ledger: V3, V4, V6.

use serde::Deserialize;
use serde_json::{Value, json};

use super::create::count;
use super::settings::{TRIGGERS, after_update};
use super::{ServiceStatus, check, place, read};
use crate::sandbox::ecs::announce;
use crate::sandbox::ecs::names::cluster_name;
use crate::sandbox::ecs::{deployments, fault, scheduler};
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    service: String,
    cluster: Option<String>,
    task_definition: Option<String>,
    desired_count: Option<i64>,
    #[serde(default)]
    force_new_deployment: bool,
}

pub(in crate::sandbox::ecs) fn update_service(world: &mut World, request: &Value) -> Outcome {
    let input: Input = parse(request)?;
    let key = world.ecs.service_key(cluster_name(input.cluster.as_deref()), &input.service)?;
    let service = world.ecs.services.get(&key).ok_or_else(fault::no_such_service)?;
    if service.status != ServiceStatus::Active {
        return Err(fault::service_not_active());
    }
    if service.is_daemon() && input.desired_count.is_some() {
        return Err(fault::no_count_for_daemons());
    }
    let desired_count = input.desired_count.map(count).transpose()?.unwrap_or(service.desired_count);
    let other = |reading| world.readings.is_other(reading);
    let settings = after_update(&service.settings, request, other(Reading::DeploymentConfiguration));
    // Only a revision that is sent is looked at: a service may go on with one
    // that has been deregistered under it (facts 4.3).
    let definition = match &input.task_definition {
        Some(id) => Some(world.ecs.usable_task_definition(id)?),
        None => world.ecs.task_definition(&service.task_definition),
    };
    let definition = definition.ok_or_else(|| fault::client("TaskDefinition not found."))?;
    check::check(&settings, request, definition, false)?;
    if request.get("networkConfiguration").is_some() {
        place::check(world, &settings)?;
    }

    let starts_deployment = input.force_new_deployment
        || definition.arn != service.task_definition
        || (other(Reading::UnchangedTaskDefinition) && input.task_definition.is_some())
        || TRIGGERS.iter().any(|member| {
            let differs = settings.get(*member) != service.settings.get(*member);
            request.get(member).is_some() && (differs || !other(Reading::UnchangedSettings))
        })
        || settings.get("volumeConfigurations") != service.settings.get("volumeConfigurations");
    let task_definition = definition.arn.clone();
    let recounted = desired_count != service.desired_count;
    if let Some(service) = world.ecs.services.get_mut(&key) {
        service.settings = settings;
        service.desired_count = desired_count;
        service.task_definition = task_definition;
    }
    if recounted {
        announce::action(world, &key, "INFO", "SERVICE_DESIRED_COUNT_UPDATED");
    }
    if starts_deployment {
        deployments::begin(world, &key);
    } else {
        scheduler::service_turn(world, &key);
    }
    let service = world.ecs.services.get(&key).ok_or_else(fault::no_such_service)?;
    Ok(json!({"service": read::view(world, service, false)}))
}
