//! `DeregisterTaskDefinition`: INACTIVE from then on, and still described.
//!
//! Ledger: T1, T2.

use serde::Deserialize;
use serde_json::{Value, json};

use super::parts;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    task_definition: String,
}

pub(in crate::sandbox::ecs) fn deregister_task_definition(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    if parts(&input.task_definition).is_none_or(|(_, revision)| revision.is_none()) {
        return Err(fault::client("Revision is missing."));
    }
    let missing = || fault::client("The specified task definition does not exist.");
    let arn = world.ecs.task_definition(&input.task_definition).ok_or_else(missing)?.arn.clone();
    let now = world.now();
    let definition = world.ecs.task_definition_mut(&arn).ok_or_else(missing)?;
    definition.deregistered.get_or_insert(now);
    Ok(json!({"taskDefinition": definition.view()}))
}
