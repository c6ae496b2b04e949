//! `CreateRole`, `GetRole`, `DeleteRole`, `UpdateAssumeRolePolicy`.
//!
//! Ledger: I3, I4, I5.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::role::Role;
use super::{boundary, fault, seen, tags, trust};
use crate::sandbox::tags::{Tag, Tags};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Creation {
    role_name: String,
    assume_role_policy_document: String,
    path: Option<String>,
    description: Option<String>,
    max_session_duration: Option<i64>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    role_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trust {
    role_name: String,
    policy_document: String,
}

pub(super) fn create_role(world: &mut World, input: &Value) -> Outcome {
    let input: Creation = parse(input)?;
    let trusted = trust::check(world, &input.assume_role_policy_document)?;
    let tags = tags::merged(&Tags::new(), &input.tags)?;
    if let Some(arn) = &input.permissions_boundary {
        boundary::check(&world.iam, arn)?;
    }
    // Names differ in more than case (BC:iam, CreateRole).
    if world.iam.roles().keys().any(|name| name.eq_ignore_ascii_case(&input.role_name)) {
        return Err(fault::already_exists(format!("Role with name {} already exists.", input.role_name)));
    }
    if world.iam.roles().len() >= world.quotas.roles {
        return Err(fault::limit_exceeded(format!("Cannot exceed quota for RolesPerAccount: {}", world.quotas.roles)));
    }
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    let now = world.now();
    let role = Role {
        arn: world.place().global_arn("iam", &format!("role{path}{}", input.role_name)),
        id: format!("AROA{}", world.random().upper_and_digits(17)),
        name: input.role_name,
        path,
        created: now,
        description: input.description,
        max_session_duration: input.max_session_duration.unwrap_or(3_600),
        trust: input.assume_role_policy_document,
        trusted,
        boundary: input.permissions_boundary,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        tags,
    };
    let output = json!({"Role": role.full(&world.iam)});
    let name = role.name.clone();
    world.iam.roles.insert(&name, role, now);
    Ok(output)
}

pub(super) fn get_role(world: &mut World, input: &Value) -> Outcome {
    let input: Named = parse(input)?;
    Ok(json!({"Role": seen(world, &input.role_name)?.full(&world.iam)}))
}

pub(super) fn delete_role(world: &mut World, input: &Value) -> Outcome {
    let input: Named = parse(input)?;
    let role = world.iam.find(&input.role_name)?;
    if !role.inline.is_empty() {
        return Err(fault::delete_conflict("Cannot delete entity, must delete policies first."));
    }
    if !role.attached.is_empty() {
        return Err(fault::delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    let now = world.now();
    world.iam.roles.remove(&input.role_name, now);
    Ok(json!({}))
}

pub(super) fn update_assume_role_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Trust = parse(input)?;
    world.iam.find(&input.role_name)?;
    let trusted = trust::check(world, &input.policy_document)?;
    let now = world.now();
    let role = world.iam.edit(&input.role_name, now)?;
    (role.trust, role.trusted) = (input.policy_document, trusted);
    Ok(json!({}))
}
