//! `TagRole`, `UntagRole`, `ListRoleTags`. IAM's tag keys ignore case but keep it.
//!
//! Ledger: I9.

use serde::Deserialize;
use serde_json::{Value, json};

use super::role::tag_list;
use super::{fault, listed, seen};
use crate::sandbox::tags::{self, Tag, TagFault, Tags};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    role_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    role_name: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

pub(super) fn tag_role(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let merged = merged(&world.iam.find(&input.role_name)?.tags, &input.tags)?;
    let now = world.now();
    world.iam.edit(&input.role_name, now)?.tags = merged;
    Ok(json!({}))
}

pub(super) fn untag_role(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let held = &world.iam.find(&input.role_name)?.tags;
    let is_named = |key: &String| input.tag_keys.iter().any(|named| named.eq_ignore_ascii_case(key));
    let keys: Vec<String> = held.keys().filter(|key| is_named(key)).cloned().collect();
    let left = tags::removed(held, &keys).map_err(|fault| fault::tags(&fault))?;
    let now = world.now();
    world.iam.edit(&input.role_name, now)?.tags = left;
    Ok(json!({}))
}

pub(super) fn list_role_tags(world: &mut World, input: &Value) -> Outcome {
    let input: List = parse(input)?;
    let role = seen(world, &input.role_name)?;
    let entries = role.tags.keys().cloned().zip(tag_list(&role.tags));
    let listing = format!("ListRoleTags {}", role.id);
    listed(&listing, "Tags", entries, input.marker.as_deref(), input.max_items)
}

/// A new spelling of a key replaces the old one.
pub(super) fn merged(held: &Tags, added: &[Tag]) -> Result<Tags, AwsError> {
    for (index, tag) in added.iter().enumerate() {
        if added[..index].iter().any(|earlier| earlier.key.eq_ignore_ascii_case(&tag.key)) {
            return Err(fault::tags(&TagFault::Duplicate(tag.key.clone())));
        }
    }
    let is_replaced = |key: &String| added.iter().any(|tag| tag.key.eq_ignore_ascii_case(key));
    let kept: Tags = held.iter().filter(|(key, _)| !is_replaced(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    tags::merged(&kept, added).map_err(|fault| fault::tags(&fault))
}
