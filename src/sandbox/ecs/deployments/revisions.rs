//! `DescribeServiceRevisions`.
//!
//! Ledger: V19.

use serde::Deserialize;
use serde_json::{Value, json};

use super::read::LATEST_PLATFORM;
use super::{ContainerImage, ServiceRevision};
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::services::without_order;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    service_revision_arns: Vec<String>,
}

/// Facts 4.2.
const MOST_ARNS: usize = 20;

pub(in crate::sandbox::ecs) fn describe_service_revisions(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    if input.service_revision_arns.len() > MOST_ARNS {
        return Err(fault::invalid(format!("at most {MOST_ARNS} service revisions can be described at once.")));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in &input.service_revision_arns {
        match world.ecs.revisions.get(arn) {
            Some(revision) => found.push(view(revision)),
            None => failures.push(json!({"arn": arn, "reason": "MISSING"})),
        }
    }
    Ok(json!({"serviceRevisions": found, "failures": failures}))
}

fn view(revision: &ServiceRevision) -> Value {
    let mut view = json!({
        "serviceRevisionArn": revision.arn,
        "serviceArn": revision.service,
        "clusterArn": revision.cluster,
        "taskDefinition": revision.task_definition,
        "containerImages": revision.images.iter().map(ContainerImage::view).collect::<Vec<_>>(),
        "guardDutyEnabled": false,
        "createdAt": revision.created.epoch_seconds(),
    });
    for (name, value) in &revision.settings {
        view[name.as_str()] = without_order(value.clone());
    }
    if revision.settings.get("platformVersion") == Some(&json!("LATEST")) {
        view["platformVersion"] = json!(LATEST_PLATFORM);
    }
    view
}
