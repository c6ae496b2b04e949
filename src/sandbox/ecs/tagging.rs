//! `TagResource`, `UntagResource`, `ListTagsForResource`, and which tags a task gets.
//!
//! Ledger: V10.

use serde::Deserialize;
use serde_json::{Value, json};

use super::names::{ServiceKey, TaskId};
use super::{Ecs, fault};
use crate::sandbox::place::Arn;
use crate::sandbox::tags::{self, Tag, Tags};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    resource_arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

pub(super) fn tag_resource(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let held = tags_of(&mut world.ecs, &input.resource_arn)?;
    *held = tags::merged(held, &input.tags).map_err(|fault| fault::tags(&fault))?;
    Ok(json!({}))
}

pub(super) fn untag_resource(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let held = tags_of(&mut world.ecs, &input.resource_arn)?;
    *held = tags::removed(held, &input.tag_keys).map_err(|fault| fault::tags(&fault))?;
    Ok(json!({}))
}

pub(super) fn list_tags_for_resource(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let held = tags_of(&mut world.ecs, &input.resource_arn)?;
    Ok(json!({"tags": tag_list(held)}))
}

pub(super) fn tag_list(tags: &Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// The tags behind an ARN. Short service ARNs cannot be tagged (facts 4.5).
fn tags_of<'a>(ecs: &'a mut Ecs, arn: &str) -> Result<&'a mut Tags, AwsError> {
    let resource = Arn::parse(arn)
        .filter(|arn| arn.service == "ecs")
        .ok_or_else(|| fault::invalid("Invalid resource ARN."))?
        .resource;
    let (kind, id) = resource.split_once('/').unwrap_or((resource, ""));
    let found = match kind {
        "cluster" => ecs.clusters.get_mut(id).map(|cluster| &mut cluster.tags),
        "service" => match id.split_once('/') {
            Some((cluster, name)) => {
                ecs.services.get_mut(&ServiceKey::new(cluster, name)).map(|service| &mut service.tags)
            }
            None => {
                return Err(fault::invalid("Long arn format must be used for tagging operations"));
            }
        },
        "task" => {
            let id = id.rsplit('/').next().unwrap_or(id);
            ecs.tasks.get_mut(&TaskId(id.to_owned())).map(|task| &mut task.tags)
        }
        "task-definition" => ecs.task_definition_mut(arn).map(|definition| &mut definition.tags),
        _ => None,
    };
    found.ok_or_else(fault::no_such_resource)
}
