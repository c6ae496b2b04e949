//! `TagResource` and `UntagResource`.
//!
//! Ledger: S26.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{fault, open_for_writing};
use crate::sandbox::tags::{self, Tag};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

pub(super) fn tag_resource(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let name = world.secrets.find_writable(&input.secret_id)?;
    let merged = tags::merged(&world.secrets.find(&name)?.tags, &input.tags);
    open_for_writing(world, &name)?.tags = merged.map_err(|fault| fault::tags(&fault))?;
    Ok(json!({}))
}

pub(super) fn untag_resource(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let name = world.secrets.find_writable(&input.secret_id)?;
    let left = tags::removed(&world.secrets.find(&name)?.tags, &input.tag_keys);
    open_for_writing(world, &name)?.tags = left.map_err(|fault| fault::tags(&fault))?;
    Ok(json!({}))
}
