//! `PutRolePolicy`, `GetRolePolicy`, `DeleteRolePolicy`, `ListRolePolicies`.
//!
//! Ledger: I2, I6.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::role::encoded;
use super::{fault, listed, seen};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    role_name: String,
    policy_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    role_name: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// All inline policies of a role together, without white space (facts 2.2).
const MOST_INLINE: usize = 10_240;

pub(super) fn put_role_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Put = parse(input)?;
    let role = world.iam.find(&input.role_name)?;
    document::read(Kind::Identity, &input.policy_document)?;
    let others = role.inline.iter().filter(|(name, _)| **name != input.policy_name).map(|(_, text)| text);
    let total: usize = others.chain([&input.policy_document]).map(|text| document::size(text)).sum();
    if total > MOST_INLINE {
        return Err(fault::limit_exceeded(format!(
            "Maximum policy size of {MOST_INLINE} bytes exceeded for role {}",
            input.role_name
        )));
    }
    let now = world.now();
    let role = world.iam.edit(&input.role_name, now)?;
    role.inline.insert(input.policy_name, input.policy_document);
    Ok(json!({}))
}

pub(super) fn get_role_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Named = parse(input)?;
    let role = seen(world, &input.role_name)?;
    let document = role.inline.get(&input.policy_name).ok_or_else(|| no_such_policy(&input.policy_name))?;
    Ok(json!({
        "RoleName": role.name,
        "PolicyName": input.policy_name,
        "PolicyDocument": encoded(document),
    }))
}

pub(super) fn delete_role_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Named = parse(input)?;
    if !world.iam.find(&input.role_name)?.inline.contains_key(&input.policy_name) {
        return Err(no_such_policy(&input.policy_name));
    }
    let now = world.now();
    world.iam.edit(&input.role_name, now)?.inline.remove(&input.policy_name);
    Ok(json!({}))
}

pub(super) fn list_role_policies(world: &mut World, input: &Value) -> Outcome {
    let input: List = parse(input)?;
    let role = seen(world, &input.role_name)?;
    let entries = role.inline.keys().map(|name| (name.clone(), json!(name)));
    let listing = format!("ListRolePolicies {}", role.id);
    listed(&listing, "PolicyNames", entries, input.marker.as_deref(), input.max_items)
}

fn no_such_policy(name: &str) -> AwsError {
    fault::no_such_entity(format!("The role policy with name {name} cannot be found."))
}
