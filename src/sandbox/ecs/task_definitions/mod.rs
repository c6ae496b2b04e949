//! Task definitions: revisions of families, immutable but for status and tags.
//!
//! Ledger: T1, T2.

mod attributes;
mod bounds;
mod check;
mod defaults;
mod dependencies;
mod deregister;
mod fargate;
mod limits;
mod linux;
mod network;
mod offered;
mod parts;
mod ports;
mod read;
mod references;
mod register;
mod resources;
mod sizes;
mod spelt;
mod volumes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::blueprint::Blueprint;
use super::{Ecs, fault};
use crate::sandbox::clock::Millis;
use crate::sandbox::place::Arn;
use crate::sandbox::tags::Tags;
use crate::sandbox::wire::AwsError;

pub(super) use deregister::deregister_task_definition;
pub(super) use read::{describe_task_definition, list_task_definitions};
pub(super) use references::{SecretsManagerRef, ValueFrom};
pub(super) use register::register_task_definition;

/// All revisions of a family that there have ever been.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Family(BTreeMap<u32, TaskDefinition>);

/// One revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskDefinition {
    /// ARN, ends in `family:revision`.
    pub arn: String,
    /// Family.
    pub family: String,
    /// Counts up from 1, never reused.
    pub revision: u32,
    /// The request with ECS's defaults filled in.
    pub content: Value,
    /// When it was registered.
    pub registered: Millis,
    /// By whom.
    pub registered_by: String,
    /// When it was deregistered; then it is INACTIVE.
    pub deregistered: Option<Millis>,
    /// Tags.
    pub tags: Tags,
}

impl Family {
    /// The revisions, oldest first.
    pub fn revisions(&self) -> impl DoubleEndedIterator<Item = &TaskDefinition> {
        self.0.values()
    }
}

impl TaskDefinition {
    /// Whether services may still be pointed at it.
    pub fn is_active(&self) -> bool {
        self.deregistered.is_none()
    }

    /// What a task reads of it.
    pub(super) fn blueprint(&self) -> Blueprint {
        Blueprint::of(&self.content)
    }

    /// As ECS gives it back. It keeps no order of `environment` and `secrets`
    /// (facts 4.4), so here they come back reversed.
    fn view(&self) -> Value {
        let mut view = self.content.clone();
        for container in view["containerDefinitions"].as_array_mut().into_iter().flatten() {
            for list in ["environment", "secrets"] {
                if let Some(items) = container.get_mut(list).and_then(Value::as_array_mut) {
                    items.reverse();
                }
            }
        }
        view["taskDefinitionArn"] = json!(self.arn);
        view["revision"] = json!(self.revision);
        view["status"] = json!(if self.is_active() { "ACTIVE" } else { "INACTIVE" });
        view["registeredAt"] = json!(self.registered.epoch_seconds());
        view["registeredBy"] = json!(self.registered_by);
        if let Some(at) = self.deregistered {
            view["deregisteredAt"] = json!(at.epoch_seconds());
        }
        view
    }
}

impl Ecs {
    /// The families, by name.
    pub fn families(&self) -> &BTreeMap<String, Family> {
        &self.families
    }

    /// A revision by ARN, by `family:revision`, or the newest ACTIVE of a family.
    pub fn task_definition(&self, id: &str) -> Option<&TaskDefinition> {
        let (family, revision) = parts(id)?;
        let revisions = &self.families.get(family)?.0;
        let found = match revision {
            Some(revision) => revisions.get(&revision),
            None => revisions.values().rev().find(|definition| definition.is_active()),
        };
        // An ARN also says where; an ARN from elsewhere is not ours.
        found.filter(|definition| !id.starts_with("arn:") || definition.arn == id || revision.is_none())
    }

    /// What a task reads of a revision.
    pub(super) fn blueprint(&self, arn: &str) -> Option<Blueprint> {
        self.task_definition(arn).map(TaskDefinition::blueprint)
    }

    pub(super) fn task_definition_mut(&mut self, arn: &str) -> Option<&mut TaskDefinition> {
        let (family, revision) = parts(arn)?;
        let definition = self.families.get_mut(family)?.0.get_mut(&revision?)?;
        (definition.arn == arn).then_some(definition)
    }

    /// The revision that a service may run: it exists and is ACTIVE.
    pub(super) fn usable_task_definition(&self, id: &str) -> Result<&TaskDefinition, AwsError> {
        let definition = self.task_definition(id).ok_or_else(|| fault::client("TaskDefinition not found."))?;
        if definition.is_active() { Ok(definition) } else { Err(fault::client("TaskDefinition is inactive")) }
    }
}

/// Family and revision of an ARN, of `family:revision`, of `family`.
fn parts(id: &str) -> Option<(&str, Option<u32>)> {
    let name = match Arn::parse(id) {
        Some(arn) => arn.resource.strip_prefix("task-definition/")?,
        None => id,
    };
    match name.split_once(':') {
        Some((family, revision)) => Some((family, Some(revision.parse().ok()?))),
        None => Some((name, None)),
    }
}

/// All that stands at a path such as `containerDefinitions[].memory`.
fn at<'c>(content: &'c Value, path: &str) -> Vec<&'c Value> {
    path.split('.').fold(vec![content], |found, part| {
        let (member, is_list) = part.strip_suffix("[]").map_or((part, false), |member| (member, true));
        let inside = found.into_iter().filter_map(|node| node.get(member));
        if is_list { inside.filter_map(Value::as_array).flatten().collect() } else { inside.collect() }
    })
}

/// Is it for Windows containers?
fn is_windows(content: &Value) -> bool {
    let family = content.pointer("/runtimePlatform/operatingSystemFamily").and_then(Value::as_str);
    family.is_some_and(|family| family.starts_with("WINDOWS"))
}
