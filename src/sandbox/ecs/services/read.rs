//! `DescribeServices`, and a service as every operation gives it back.
//!
//! Ledger: V8, V12.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Service, without_order};
use crate::sandbox::ecs::deployments::deployment_view;
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::names::{ServiceKey, cluster_name, name_in_cluster};
use crate::sandbox::ecs::tagging::tag_list;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
struct Input {
    cluster: Option<String>,
    services: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

/// Facts 4.2.
const MOST_SERVICES: usize = 10;

/// Settings that a service shows itself; the rest its deployments show.
const SHOWN: [&str; 17] = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformFamily",
    "platformVersion",
    "propagateTags",
    "schedulingStrategy",
    "serviceRegistries",
];

pub(in crate::sandbox::ecs) fn describe_services(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let cluster = cluster_name(input.cluster.as_deref());
    if !world.ecs.clusters.contains_key(cluster) {
        return Err(fault::no_such_cluster());
    }
    if input.services.is_empty() {
        return Err(fault::invalid("Services cannot be empty."));
    }
    if input.services.len() > MOST_SERVICES {
        return Err(fault::invalid(format!("Services list cannot exceed {MOST_SERVICES} services.")));
    }
    let with_tags = input.include.iter().any(|field| field == "TAGS");
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for given in &input.services {
        let key = ServiceKey::new(cluster, name_in_cluster("service", given, cluster)?);
        if let Some(service) = world.ecs.seen_service(&key, world.now()) {
            services.push(view(world, &service, with_tags));
        } else {
            let arn = world.place().arn("ecs", &format!("service/{key}"));
            failures.push(json!({"arn": arn, "reason": "MISSING"}));
        }
    }
    Ok(json!({"services": services, "failures": failures}))
}

/// The role that came with the request, in full, or the service-linked one.
fn role_arn(world: &World, service: &Service) -> String {
    match service.creation.get("role").and_then(Value::as_str) {
        Some(role) => world.place().role_arn(role),
        None => world.place().global_arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
    }
}

pub(super) fn view(world: &World, service: &Service, with_tags: bool) -> Value {
    let live = service.live_tasks.iter().filter_map(|id| world.ecs.tasks.get(id));
    let mut view = json!({
        "serviceArn": service.arn,
        "serviceName": service.key.name(),
        "clusterArn": world.place().arn("ecs", &format!("cluster/{}", service.key.cluster())),
        "status": service.status,
        "desiredCount": service.desired_count,
        "runningCount": live.clone().filter(|task| task.is_running()).count(),
        "pendingCount": live.filter(|task| task.is_pending()).count(),
        "taskDefinition": service.task_definition,
        "roleArn": role_arn(world, service),
        "createdAt": service.created.epoch_seconds(),
        "createdBy": service.created_by,
        "taskSets": [],
    });
    for name in SHOWN {
        if let Some(setting) = service.settings.get(name) {
            view[name] = without_order(setting.clone());
        }
    }
    let deployments = service.deployments.iter().enumerate();
    view["deployments"] =
        deployments.map(|(index, deployment)| deployment_view(&world.ecs, service, deployment, index == 0)).collect();
    view["currentServiceRevisions"] = service
        .deployments
        .iter()
        .map(|deployment| world.ecs.revision_counts(service, &deployment.revision).summary(&deployment.revision))
        .collect();
    view["events"] = service
        .events
        .iter()
        .map(|event| json!({"id": event.id, "createdAt": event.at.epoch_seconds(), "message": event.message}))
        .collect();
    // Named once it has begun, not while it is PENDING, and not once it is over.
    if let Some(ongoing) = world.ecs.ongoing(service).filter(|ongoing| ongoing.started.is_some()) {
        view["currentServiceDeployment"] = json!(ongoing.arn);
    }
    if with_tags {
        view["tags"] = json!(tag_list(&service.tags));
    }
    view
}
