//! `AttachRolePolicy`, `DetachRolePolicy`, `ListAttachedRolePolicies`.
//!
//! Ledger: I8.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{fault, listed, seen};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    role_name: String,
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    role_name: String,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

pub(super) fn attach_role_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Named = parse(input)?;
    let role = world.iam.find(&input.role_name)?;
    if !world.iam.policies.contains_key(&input.policy_arn) {
        let message = format!("Policy {} does not exist or is not attachable.", input.policy_arn);
        return Err(fault::no_such_entity(message));
    }
    let most = world.quotas.managed_policies_per_role;
    if !role.attached.contains(&input.policy_arn) && role.attached.len() >= most {
        return Err(fault::limit_exceeded(format!("Cannot exceed quota for PoliciesPerRole: {most}")));
    }
    let now = world.now();
    world.iam.edit(&input.role_name, now)?.attached.insert(input.policy_arn);
    Ok(json!({}))
}

pub(super) fn detach_role_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Named = parse(input)?;
    if !world.iam.find(&input.role_name)?.attached.contains(&input.policy_arn) {
        return Err(fault::no_such_entity(format!("Policy {} was not found.", input.policy_arn)));
    }
    let now = world.now();
    world.iam.edit(&input.role_name, now)?.attached.remove(&input.policy_arn);
    Ok(json!({}))
}

pub(super) fn list_attached_role_policies(world: &mut World, input: &Value) -> Outcome {
    let input: List = parse(input)?;
    let role = seen(world, &input.role_name)?;
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let below = |arn: &String| world.iam.policies.get(arn).is_some_and(|policy| policy.path.starts_with(prefix));
    let entries = role.attached_list().into_iter().filter(|(arn, _)| below(arn));
    let listing = format!("ListAttachedRolePolicies {} {prefix}", role.id);
    listed(&listing, "AttachedPolicies", entries, input.marker.as_deref(), input.max_items)
}
