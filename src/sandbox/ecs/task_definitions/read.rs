//! `DescribeTaskDefinition` and `ListTaskDefinitions`.
//!
//! Ledger: T2, T6, T7.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::ecs::paging::{Wanted, listed};
use crate::sandbox::ecs::tagging::tag_list;
use crate::sandbox::ecs::{Service, fault};
use crate::sandbox::page::Order;
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    task_definition: String,
    #[serde(default)]
    include: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    family_prefix: Option<String>,
    status: Option<String>,
    sort: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(in crate::sandbox::ecs) fn describe_task_definition(world: &mut World, input: &Value) -> Outcome {
    let input: Description = parse(input)?;
    let definition = world
        .ecs
        .task_definition(&input.task_definition)
        .filter(|definition| {
            let uses = |service: &Service| service.runs(&definition.arn);
            let forgotten = world.readings.is_other(Reading::InactiveRevisions) && !definition.is_active();
            !forgotten || world.ecs.services().values().any(uses)
        })
        .ok_or_else(|| fault::client("Unable to describe task definition."))?;
    let mut output = json!({"taskDefinition": definition.view()});
    if input.include.iter().any(|field| field == "TAGS") {
        output["tags"] = json!(tag_list(&definition.tags));
    }
    Ok(output)
}

pub(in crate::sandbox::ecs) fn list_task_definitions(world: &mut World, input: &Value) -> Outcome {
    let input: Listing = parse(input)?;
    let wants_active = match input.status.as_deref() {
        None | Some("ACTIVE") => true,
        Some("INACTIVE") => false,
        // Nothing in the sandbox is ever in deletion.
        Some(_) => return Ok(json!({"taskDefinitionArns": []})),
    };
    // Despite its name this is the whole family (facts 4.3).
    let family = input.family_prefix.as_deref();
    let entries = world
        .ecs
        .families()
        .iter()
        .filter(|(name, _)| family.is_none_or(|family| family == *name))
        .flat_map(|(_, family)| family.revisions())
        .filter(|definition| definition.is_active() == wants_active)
        .map(|definition| (format!("{} {:010}", definition.family, definition.revision), json!(definition.arn)));
    let order = if input.sort.as_deref() == Some("DESC") { Order::Descending } else { Order::Ascending };
    let listing = format!("ListTaskDefinitions {family:?} {wants_active} {}", order == Order::Descending);
    let wanted = Wanted { order, token: input.next_token.as_deref(), size: input.max_results, usual_size: 100 };
    listed(&listing, "taskDefinitionArns", entries, &wanted)
}
