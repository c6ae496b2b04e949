//! `CreateService`: idempotent only by its client token.
//!
//! Ledger: V1, V2, V40, V105.

use std::collections::{BTreeSet, VecDeque};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Service, ServiceStatus, check, place, read, settings};
use crate::sandbox::ecs::names::{ServiceKey, cluster_name};
use crate::sandbox::ecs::{deployments, fault};
use crate::sandbox::tags::{self, Tag, Tags};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    service_name: String,
    cluster: Option<String>,
    client_token: Option<String>,
    task_definition: Option<String>,
    desired_count: Option<i64>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// A daemon service runs one task on each container instance: every cluster has
/// one, with room for everything.
const INSTANCES: usize = 1;

/// Tasks of one service (facts 4.5, quotas).
const MOST_TASKS: usize = 5_000;

pub(in crate::sandbox::ecs) fn create_service(world: &mut World, request: &Value) -> Outcome {
    let input: Input = parse(request)?;
    let cluster = cluster_name(input.cluster.as_deref()).to_owned();
    if !world.ecs.clusters.contains_key(&cluster) {
        return Err(fault::no_such_cluster());
    }
    check_name(&input.service_name)?;
    if input.client_token.as_deref().is_some_and(|token| !is_token(token)) {
        return Err(fault::invalid("clientToken can have up to 36 ASCII characters in the range of 33-126."));
    }
    let key = ServiceKey::new(&cluster, &input.service_name);
    if let Some(existing) = world.ecs.services.get(&key).filter(|service| service.status != ServiceStatus::Inactive) {
        // The same token and the same parameters: the same call (facts 4.5).
        if input.client_token.is_some() && existing.creation == *request {
            return Ok(json!({"service": read::view(world, existing, true)}));
        }
        return Err(fault::invalid("Creation of service was not idempotent."));
    }
    let of_the_cluster = world.ecs.services.values().filter(|service| service.key.cluster() == cluster);
    let most = world.quotas.services_per_cluster;
    if of_the_cluster.filter(|service| service.status != ServiceStatus::Inactive).count() >= most {
        return Err(fault::invalid(format!("The cluster has reached its limit of {most} services.")));
    }
    let tags = tags::merged(&Tags::new(), &input.tags).map_err(|fault| fault::tags(&fault))?;
    let settings = settings::of_new(request);
    let desired_count = match (settings::is_daemon(&settings), input.desired_count) {
        (false, given) => count(given.ok_or_else(|| fault::invalid("desiredCount should not be null."))?)?,
        (true, None) => INSTANCES,
        (true, Some(_)) => return Err(fault::no_count_for_daemons()),
    };
    let id = input.task_definition.ok_or_else(|| fault::invalid("TaskDefinition can not be blank."))?;
    let definition = world.ecs.usable_task_definition(&id)?;
    check::check(&settings, request, definition, true)?;
    place::check(world, &settings)?;
    let service = Service {
        arn: world.place().arn("ecs", &format!("service/{key}")),
        key: key.clone(),
        status: ServiceStatus::Active,
        desired_count,
        task_definition: definition.arn.clone(),
        settings,
        deployments: Vec::new(),
        ongoing: None,
        events: VecDeque::new(),
        live_tasks: BTreeSet::new(),
        steady: false,
        created: world.now(),
        created_by: world.caller_arn(),
        tags,
        creation: request.clone(),
    };
    world.ecs.services.insert(key.clone(), service);
    deployments::begin(world, &key);
    let service = world.ecs.services.get(&key).ok_or_else(fault::no_such_service)?;
    Ok(json!({"service": read::view(world, service, true)}))
}

pub(super) fn count(desired: i64) -> Result<usize, AwsError> {
    let count = usize::try_from(desired).map_err(|_| fault::invalid("desiredCount can not be less than 0."))?;
    if count > MOST_TASKS {
        return Err(fault::invalid(format!("desiredCount can not be greater than {MOST_TASKS}.")));
    }
    Ok(count)
}

fn check_name(name: &str) -> Result<(), AwsError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=255).contains(&name.len()) && name.bytes().all(is_allowed) {
        return Ok(());
    }
    Err(fault::invalid("Invalid service name: up to 255 letters, numbers, underscores, and hyphens are allowed."))
}

fn is_token(token: &str) -> bool {
    token.len() <= 36 && token.bytes().all(|byte| (33..=126).contains(&byte))
}
