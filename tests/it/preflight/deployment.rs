//! A set-up deployed: by evenkeel, or by hand, as another tool would that looks at nothing first.

use std::collections::BTreeMap;
use std::time::Duration;

use evenkeel::model::arn::Arn;
use evenkeel::model::desired::Desired;
use evenkeel::model::revision::Revision;
use evenkeel::model::secret_source::{SecretSource, Version};
use evenkeel::model::task_definition::{RoleUse, SecretUse};
use evenkeel::sandbox::{Request, Service};
use serde_json::{Value, json};

use crate::support::lab::Lab;

/// What became of it: what AWS and ECS said, and whether every service runs.
pub(super) struct Outcome {
    pub(super) said: Vec<String>,
    pub(super) runs: bool,
}

pub(super) async fn deploy(lab: &Lab, desired: &Desired, applied: bool) -> Outcome {
    let mut said = Vec::new();
    if applied {
        for _ in 0..4 {
            let (_, execution) = lab.pass(desired).await;
            // The id of a request counts the calls before it.
            let faults = execution.failures().map(|(_, fault)| fault.to_string());
            said.extend(faults.map(|fault| fault.split(" (request ").next().unwrap_or_default().to_owned()));
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
    } else {
        by_hand(lab, desired, &mut said);
    }
    tokio::time::sleep(Duration::from_mins(3)).await;
    let (stopped, runs) = lab.sandbox.with_world(|world| {
        let services = world.ecs.services().keys().cloned().collect::<Vec<_>>();
        let wanted = desired.services.len();
        let mut stopped = Vec::new();
        let mut running = 0;
        for service in &services {
            let tasks = world.ecs.tasks_of(service.cluster(), service.name());
            stopped.extend(tasks.iter().filter_map(|task| Some(task.stop.as_ref()?.reason.clone())));
            running += usize::from(tasks.iter().any(|task| task.is_running()));
        }
        (stopped, running == wanted)
    });
    said.extend(stopped);
    let mut said: Vec<String> = said.iter().map(|said| without_ids(said)).collect();
    said.sort();
    said.dedup();
    Outcome { said, runs }
}

/// A refusal names the task that was refused.
fn without_ids(said: &str) -> String {
    let is_id = |word: &str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = said.split(' ').map(|word| match word.rsplit_once('/') {
        Some((session, id)) if is_id(id) => format!("{session}/<task>"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn by_hand(lab: &Lab, desired: &Desired, said: &mut Vec<String>) {
    let mut revisions = BTreeMap::new();
    for (name, td) in &desired.task_definitions {
        let secrets = td.secrets.iter().map(|(slot, used)| {
            let source = match used {
                SecretUse::Raw(text) => SecretSource::parse(text, None),
                SecretUse::Declared { secret, key, stage, .. } => SecretSource::Secret {
                    arn: arn(lab, desired.secrets[secret].secret_name.as_str()),
                    key: key.clone(),
                    stage: stage.clone(),
                    version: Version::Follows(None),
                },
            };
            (slot.clone(), source)
        });
        let revision = Revision { content: td.content.clone(), execution_role: None, secrets: secrets.collect() };
        let mut body = revision.write();
        body["family"] = json!(td.family);
        if let Some(RoleUse::Raw(role)) = &td.execution_role {
            body["executionRoleArn"] = json!(role);
        }
        if let Some(answer) = call(lab, "RegisterTaskDefinition", &body, said) {
            revisions.insert(name.clone(), answer["taskDefinition"]["taskDefinitionArn"].clone());
        }
    }
    for service in desired.services.values() {
        let mut body = Value::Object(service.fields.all_written().clone());
        body["serviceName"] = json!(service.service_name);
        body["cluster"] = json!(service.cluster);
        let Some(revision) = revisions.get(&service.task_definition) else { continue };
        body["taskDefinition"] = revision.clone();
        call(lab, "CreateService", &body, said);
    }
}

/// The ARN of a secret; of one that is not there, what it could be.
fn arn(lab: &Lab, name: &str) -> Arn {
    let found = lab.sandbox.with_world(|world| world.secrets.get(name).map(|secret| secret.arn.clone()));
    let made_up = || format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}-AbCdEf");
    Arn::new(found.unwrap_or_else(made_up))
}

fn call(lab: &Lab, operation: &str, body: &Value, said: &mut Vec<String>) -> Option<Value> {
    let request = Request {
        service: Service::Ecs,
        operation: operation.into(),
        region: "eu-west-1".into(),
        body: body.to_string().into_bytes(),
    };
    let response = lab.sandbox.call(&request).unwrap();
    let answer: Value = serde_json::from_slice(&response.body).unwrap();
    if response.status == 200 {
        return Some(answer);
    }
    let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
    said.push(format!("{}: {}", text("__type"), text("message")));
    None
}
