//! `ListServiceDeployments`, `DescribeServiceDeployments`, and `deployments[]`.
//!
//! Ledger: V12, V21, V112.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Deployment, ServiceDeployment};
use crate::sandbox::ecs::names::cluster_name;
use crate::sandbox::ecs::paging::{Wanted, listed};
use crate::sandbox::ecs::services::{Service, without_order};
use crate::sandbox::ecs::{Ecs, fault};
use crate::sandbox::page::Order;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

/// Members of a service revision that its deployment does not state (BC Deployment).
const OF_NO_DEPLOYMENT: [&str; 4] = ["gatewayConnectors", "loadBalancers", "monitoring", "serviceRegistries"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    service: String,
    cluster: Option<String>,
    #[serde(default)]
    status: Vec<String>,
    created_at: Option<Between>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
struct Between {
    before: Option<f64>,
    after: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    service_deployment_arns: Vec<String>,
}

/// Facts 4.2.
const MOST_ARNS: usize = 20;

pub(in crate::sandbox::ecs) fn list_service_deployments(world: &mut World, input: &Value) -> Outcome {
    let input: Listing = parse(input)?;
    let key = world.ecs.service_key(cluster_name(input.cluster.as_deref()), &input.service)?;
    let service = world.ecs.services.get(&key).ok_or_else(fault::no_such_service)?;
    let is_wanted = |deployment: &&ServiceDeployment| {
        let created = deployment.created.epoch_seconds();
        let status = json!(deployment.status);
        let has_status = input.status.is_empty() || input.status.iter().any(|wanted| status == wanted.as_str());
        let between = input.created_at.as_ref();
        let is_after = between.and_then(|between| between.after).is_none_or(|after| created > after);
        let is_before = between.and_then(|between| between.before).is_none_or(|before| created < before);
        has_status && is_after && is_before
    };
    let entries = world
        .ecs
        .service_deployments_of(service)
        .filter(is_wanted)
        .map(|deployment| (format!("{:020} {}", deployment.created.0, deployment.arn), brief(deployment)));
    let listing = format!("ListServiceDeployments {key} {:?}", input.status);
    let wanted = Wanted {
        order: Order::Descending,
        token: input.next_token.as_deref(),
        size: input.max_results,
        usual_size: 20,
    };
    listed(&listing, "serviceDeployments", entries, &wanted)
}

pub(in crate::sandbox::ecs) fn describe_service_deployments(world: &mut World, input: &Value) -> Outcome {
    let input: Description = parse(input)?;
    if input.service_deployment_arns.len() > MOST_ARNS {
        return Err(fault::invalid(format!("at most {MOST_ARNS} service deployments can be described at once.")));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in &input.service_deployment_arns {
        match world.ecs.service_deployments.get(arn) {
            Some(deployment) => found.push(full(&world.ecs, deployment)),
            None => failures.push(json!({"arn": arn, "reason": "MISSING"})),
        }
    }
    Ok(json!({"serviceDeployments": found, "failures": failures}))
}

/// An entry of a service's `deployments[]`.
pub(in crate::sandbox::ecs) fn deployment_view(
    ecs: &Ecs,
    service: &Service,
    deployment: &Deployment,
    is_primary: bool,
) -> Value {
    let counts = ecs.revision_counts(service, &deployment.revision);
    let mut view = json!({
        "id": deployment.id,
        "status": if is_primary { "PRIMARY" } else { "ACTIVE" },
        "taskDefinition": deployment.task_definition,
        "desiredCount": counts.requested,
        "runningCount": counts.running,
        "pendingCount": counts.pending,
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created.epoch_seconds(),
        "updatedAt": deployment.updated.epoch_seconds(),
        "rolloutState": deployment.rollout,
        "rolloutStateReason": deployment.reason,
    });
    if let Some(revision) = ecs.revisions.get(&deployment.revision) {
        // Load balancers and registries stand in the service, not here.
        let shown = revision.settings.iter().filter(|(name, _)| !OF_NO_DEPLOYMENT.contains(&name.as_str()));
        for (name, value) in shown {
            view[name.as_str()] = without_order(value.clone());
        }
        if revision.settings.get("platformVersion") == Some(&json!("LATEST")) {
            view["platformVersion"] = json!(LATEST_PLATFORM);
        }
    }
    view
}

/// What `LATEST` is, where ECS says which platform it took.
pub(super) const LATEST_PLATFORM: &str = "1.4.0";

fn brief(deployment: &ServiceDeployment) -> Value {
    let mut view = json!({
        "serviceDeploymentArn": deployment.arn,
        "serviceArn": deployment.service,
        "clusterArn": deployment.cluster,
        "createdAt": deployment.created.epoch_seconds(),
        "targetServiceRevisionArn": deployment.target,
        "status": deployment.status,
    });
    let dates = [("startedAt", deployment.started), ("finishedAt", deployment.finished)];
    for (name, at) in dates {
        if let Some(at) = at {
            view[name] = json!(at.epoch_seconds());
        }
    }
    if let Some(reason) = &deployment.status_reason {
        view["statusReason"] = json!(reason);
    }
    view
}

fn full(ecs: &Ecs, deployment: &ServiceDeployment) -> Value {
    let mut view = brief(deployment);
    if let Some(members) = view.as_object_mut() {
        members.remove("targetServiceRevisionArn");
    }
    let service = ecs.services.values().find(|service| service.arn == deployment.service);
    let summary = |revision: &String| {
        let counts = match (deployment.is_over(), service) {
            (false, Some(service)) => ecs.revision_counts(service, revision),
            _ => deployment.counts.get(revision).copied().unwrap_or_default(),
        };
        counts.summary(revision)
    };
    view["sourceServiceRevisions"] = deployment.sources.iter().map(summary).collect();
    view["targetServiceRevision"] = summary(&deployment.target);
    view["deploymentConfiguration"] = deployment.configuration.clone();
    view["updatedAt"] = json!(deployment.updated.epoch_seconds());
    view["deploymentCircuitBreaker"] = json!({
        "status": deployment.breaker.status,
        "failureCount": deployment.breaker.failures,
        "threshold": deployment.breaker.threshold,
    });
    view["alarms"] = alarms(deployment);
    if let Some(stage) = &deployment.paused {
        view["lifecycleStage"] = json!(stage);
        view["lifecycleHookDetails"] =
            json!([{"hookId": "pause-1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}]);
    }
    if let Some(at) = deployment.stopped {
        view["stoppedAt"] = json!(at.epoch_seconds());
    }
    if let Some(rollback) = &deployment.rollback {
        view["rollback"] = json!({
            "reason": rollback.reason,
            "startedAt": rollback.started.epoch_seconds(),
            "serviceRevisionArn": rollback.revision,
        });
    }
    view
}

/// What became of the alarms that are watched: none goes off here by itself.
fn alarms(deployment: &ServiceDeployment) -> Value {
    let watched = deployment.configuration.get("alarms").filter(|alarms| alarms["enable"] == true);
    let names = watched.and_then(|alarms| alarms["alarmNames"].as_array()).into_iter().flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let triggered = &deployment.alarms;
    let status = match (triggered.is_empty(), names.is_empty(), deployment.is_over()) {
        (false, ..) => "TRIGGERED",
        (true, true, _) => "DISABLED",
        (true, false, false) => "MONITORING",
        (true, false, true) => "MONITORING_COMPLETE",
    };
    let others = triggered.iter().map(String::as_str).filter(|name| !names.contains(name));
    let all: Vec<&str> = names.iter().copied().chain(others).collect();
    json!({"status": status, "alarmNames": all, "triggeredAlarmNames": triggered})
}
