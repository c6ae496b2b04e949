//! `RegisterTaskDefinition`. Not idempotent: the same content again is a new
//! revision (facts 4.3).
//!
//! Ledger: T1, T4, T5, T6, T9.

use serde_json::{Value, json};

use super::{TaskDefinition, attributes, check, defaults};
use crate::sandbox::ecs::blueprint::Blueprint;
use crate::sandbox::ecs::fault;
use crate::sandbox::ecs::tagging::tag_list;
use crate::sandbox::readings::Reading;
use crate::sandbox::tags::{self, Tag, Tags};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

pub(in crate::sandbox::ecs) fn register_task_definition(world: &mut World, input: &Value) -> Outcome {
    let mut content = input.clone();
    let given_tags = content.as_object_mut().and_then(|members| members.remove("tags"));
    let given_tags: Vec<Tag> = given_tags.as_ref().map(parse).transpose()?.unwrap_or_default();
    let tags = tags::merged(&Tags::new(), &given_tags).map_err(|fault| fault::tags(&fault))?;
    check::check(&content)?;
    defaults::fill(&mut content, world.place())?;
    if world.readings.is_other(Reading::MoreDefaults) {
        defaults::fill_more(&mut content);
    }
    let blueprint = Blueprint::of(&content);
    check::check_filled(&content, &blueprint, world.readings.is_other(Reading::BrokenReferences))?;
    attributes::add(&mut content, &blueprint);
    if world.readings.is_other(Reading::ContainerOrder)
        && let Some(containers) = content["containerDefinitions"].as_array_mut()
    {
        containers.reverse();
    }

    let family = content["family"].as_str().unwrap_or_default().to_owned();
    let revisions = world.ecs.families.get(&family).and_then(|family| family.0.keys().next_back());
    let revision = revisions.map_or(1, |newest| newest + 1);
    let most = world.quotas.revisions_per_family;
    if revision > most {
        return Err(fault::limit(format!("The family {family} has reached its limit of {most} revisions.")));
    }
    let definition = TaskDefinition {
        arn: world.place().arn("ecs", &format!("task-definition/{family}:{revision}")),
        family: family.clone(),
        revision,
        content,
        registered: world.now(),
        registered_by: world.caller_arn(),
        deregistered: None,
        tags,
    };
    let output = json!({"taskDefinition": definition.view(), "tags": tag_list(&definition.tags)});
    world.ecs.families.entry(family).or_default().0.insert(revision, definition);
    Ok(output)
}
