//! `CreateAlias`, `DeleteAlias` and `ListAliases`.
//!
//! Ledger: O8, O126.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Alias, fault, key, key_itself};
use crate::sandbox::page::{Order, page};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    alias_name: String,
    target_key_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    key_id: Option<String>,
    limit: Option<usize>,
    marker: Option<String>,
}

pub(super) fn create_alias(world: &mut World, input: &Value) -> Outcome {
    let Input { alias_name, target_key_id } = parse(input)?;
    if alias_name.strip_prefix("alias/").is_none_or(str::is_empty) {
        return Err(fault::validation("Alias must start with the prefix \"alias/\"."));
    }
    if alias_name.starts_with("alias/aws/") {
        return Err(AwsError::new("NotAuthorizedException", ""));
    }
    let target = target_key_id.unwrap_or_default();
    if target.contains("alias/") {
        return Err(fault::validation("Aliases must refer to keys. Not aliases"));
    }
    let found = key(world, &target)?;
    fault::check_not_pending(found)?;
    let id = found.id.clone();
    if world.kms.aliases.contains_key(&alias_name) {
        let arn = world.place().arn("kms", &alias_name);
        return Err(AwsError::new("AlreadyExistsException", format!("An alias with the name {arn} already exists")));
    }
    let created = world.now();
    world.kms.gone.remove(&alias_name);
    world.kms.aliases.insert(alias_name, Alias { key: id, created });
    Ok(json!({}))
}

pub(super) fn delete_alias(world: &mut World, input: &Value) -> Outcome {
    let Input { alias_name, .. } = parse(input)?;
    match world.kms.aliases.remove(&alias_name) {
        Some(_) => {
            world.kms.gone.insert(alias_name);
            Ok(json!({}))
        }
        None => Err(fault::no_alias(&world.place().arn("kms", &alias_name))),
    }
}

pub(super) fn list_aliases(world: &mut World, input: &Value) -> Outcome {
    let List { key_id, limit, marker } = parse(input)?;
    let of = key_id.as_deref().map(|given| key_itself(world, given).map(|key| key.id.clone())).transpose()?;
    let place = world.place();
    let entries = world.kms.aliases.iter().filter(|(_, alias)| of.as_ref().is_none_or(|id| *id == alias.key));
    let entries = entries.map(|(name, alias)| {
        let view = json!({
            "AliasName": name,
            "AliasArn": place.arn("kms", name),
            "TargetKeyId": alias.key,
            "CreationDate": alias.created.epoch_seconds(),
            "LastUpdatedDate": alias.created.epoch_seconds(),
        });
        (name.clone(), view)
    });
    let listing = format!("ListAliases {of:?}");
    let page = page(&listing, entries, Order::Ascending, marker.as_deref(), limit.unwrap_or(50))
        .map_err(|_| AwsError::new("InvalidMarkerException", "Could not deserialize marker"))?;
    let mut output = json!({"Aliases": page.items, "Truncated": page.next.is_some()});
    if let Some(next) = page.next {
        output["NextMarker"] = json!(next);
    }
    Ok(output)
}
