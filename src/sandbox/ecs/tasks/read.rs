//! `DescribeTasks`.
//!
//! Ledger: V20.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{HealthCheck, Phase, Task, TaskContainer};
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::names::{TaskId, cluster_name, name_in_cluster};
use crate::sandbox::ecs::tagging::tag_list;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
struct Input {
    cluster: Option<String>,
    tasks: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

/// Facts 4.2.
const MOST_TASKS: usize = 100;

pub(in crate::sandbox::ecs) fn describe_tasks(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let cluster = cluster_name(input.cluster.as_deref());
    if !world.ecs.clusters.contains_key(cluster) {
        return Err(fault::no_such_cluster());
    }
    if input.tasks.is_empty() {
        return Err(fault::invalid("Tasks cannot be empty."));
    }
    if input.tasks.len() > MOST_TASKS {
        return Err(fault::invalid(format!("Tasks list cannot exceed {MOST_TASKS} tasks.")));
    }
    let with_tags = input.include.iter().any(|field| field == "TAGS");
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for given in &input.tasks {
        let id = TaskId(name_in_cluster("task", given, cluster)?.to_owned());
        if let Some(task) = world.ecs.tasks.get(&id).filter(|task| task.service.cluster() == cluster) {
            tasks.push(view(world, task, with_tags));
        } else {
            let arn = world.place().arn("ecs", &format!("task/{cluster}/{id}"));
            failures.push(json!({"arn": arn, "reason": "MISSING"}));
        }
    }
    Ok(json!({"tasks": tasks, "failures": failures}))
}

pub(in crate::sandbox::ecs) fn view(world: &World, task: &Task, with_tags: bool) -> Value {
    let health = match (task.launch.check == HealthCheck::Container, task.failed_check, task.healthy) {
        (true, true, _) => "UNHEALTHY",
        (true, false, true) => "HEALTHY",
        _ => "UNKNOWN",
    };
    let mut view = json!({
        "taskArn": task.arn,
        "clusterArn": world.place().arn("ecs", &format!("cluster/{}", task.service.cluster())),
        "taskDefinitionArn": task.task_definition,
        "group": format!("service:{}", task.service.name()),
        "startedBy": task.deployment,
        "lastStatus": task.phase,
        "desiredStatus": if task.stop.is_some() { "STOPPED" } else { "RUNNING" },
        "healthStatus": health,
        "createdAt": task.created.epoch_seconds(),
        "version": task.version,
        "enableExecuteCommand": task.launch.enable_execute_command,
        "containers": task.containers.iter().map(|container| container_view(task, container, health)).collect::<Vec<_>>(),
        "overrides": {"containerOverrides": []},
        "attachments": [],
        "tags": if with_tags { tag_list(&task.tags) } else { Vec::new() },
    });
    let content = world.ecs.task_definition(&task.task_definition).map(|definition| &definition.content);
    for size in ["cpu", "memory"] {
        if let Some(size_of_task) = content.and_then(|content| content.get(size)) {
            view[size] = size_of_task.clone();
        }
    }
    if let Some(launch_type) = &task.launch.r#type {
        view["launchType"] = json!(launch_type);
    }
    if task.launch.fargate {
        view["platformVersion"] = json!("1.4.0");
        view["platformFamily"] = json!("Linux");
    }
    let dates = [
        ("pullStartedAt", task.pull_started),
        ("pullStoppedAt", task.pull_stopped),
        ("startedAt", task.started),
        ("stoppingAt", task.stop.as_ref().map(|stop| stop.asked)),
        ("stoppedAt", task.stopped),
    ];
    for (name, at) in dates {
        if let Some(at) = at {
            view[name] = json!(at.epoch_seconds());
        }
    }
    if let Some(stop) = &task.stop {
        view["stopCode"] = json!(stop.code);
        view["stoppedReason"] = json!(stop.reason);
    }
    view
}

fn container_view(task: &Task, container: &TaskContainer, health: &str) -> Value {
    let status = match task.phase {
        Phase::Provisioning | Phase::Pending => "PENDING",
        Phase::Running | Phase::Stopping if container.exit_code.is_none() => "RUNNING",
        Phase::Running | Phase::Stopping | Phase::Stopped => "STOPPED",
    };
    let mut view = json!({
        "containerArn": format!("{}/{}", task.arn.replacen(":task/", ":container/", 1), container.name),
        "taskArn": task.arn,
        "name": container.name,
        "image": container.image,
        "lastStatus": status,
        "healthStatus": health,
        "networkInterfaces": [],
    });
    if let Some(digest) = &container.digest {
        view["imageDigest"] = json!(digest);
    }
    if let Some(code) = container.exit_code {
        view["exitCode"] = json!(code);
    }
    view
}
