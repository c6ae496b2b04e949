//! `GetAccountAuthorizationDetails`: every role with its policies, in pages.
//!
//! Ledger: I10.

use serde::Deserialize;
use serde_json::{Value, json};

use super::managed::{ManagedPolicy, view};
use super::role::{Role, encoded};
use super::{Iam, all_seen, fault};
use crate::sandbox::page::{Order, page};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    filter: Vec<String>,
    max_items: Option<usize>,
    marker: Option<String>,
}

/// What one place of a page can hold.
enum Entity<'a> {
    Role(&'a Role),
    Policy(&'a ManagedPolicy),
}

pub(super) fn get_account_authorization_details(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let wants = |kind: &str| input.filter.is_empty() || input.filter.iter().any(|filter| filter == kind);
    let entities = entities(world, wants);
    let listing = format!("GetAccountAuthorizationDetails {:?}", input.filter);
    let size = input.max_items.unwrap_or(100);
    let page = page(&listing, entities, Order::Ascending, input.marker.as_deref(), size)
        .map_err(|_| fault::invalid_marker())?;
    let (mut roles, mut policies) = (Vec::new(), Vec::new());
    for entity in page.items {
        match entity {
            Entity::Role(role) => roles.push(role_detail(&world.iam, role)),
            Entity::Policy(policy) => policies.push(policy_detail(world, policy)),
        }
    }
    let mut output = json!({
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": roles,
        "Policies": policies,
        "IsTruncated": page.next.is_some(),
    });
    if let Some(next) = page.next {
        output["Marker"] = json!(next);
    }
    Ok(output)
}

fn entities(world: &World, wants: impl Fn(&str) -> bool) -> Vec<(String, Entity<'_>)> {
    let roles = all_seen(world).into_iter().filter(|_| wants("Role"));
    let policies = world.iam.policies.values().filter(|policy| {
        let kind = if policy.arn.starts_with("arn:aws:iam::aws:") { "AWSManagedPolicy" } else { "LocalManagedPolicy" };
        wants(kind)
    });
    roles
        .map(|role| (format!("role {}", role.name), Entity::Role(role)))
        .chain(policies.map(|policy| (format!("policy {}", policy.arn), Entity::Policy(policy))))
        .collect()
}

fn role_detail(iam: &Iam, role: &Role) -> Value {
    let mut detail = role.summary(iam);
    let inline = role.inline.iter();
    detail["RolePolicyList"] =
        inline.map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": encoded(document)})).collect();
    detail["AttachedManagedPolicies"] = role.attached_list().into_iter().map(|(_, entry)| entry).collect();
    detail["InstanceProfileList"] = json!([]);
    detail["RoleLastUsed"] = json!({});
    detail
}

fn policy_detail(world: &World, policy: &ManagedPolicy) -> Value {
    let mut detail = view(world, policy);
    if let Some(members) = detail.as_object_mut() {
        members.remove("Tags");
    }
    detail["PolicyVersionList"] = json!([{
        "Document": encoded(&policy.document),
        "VersionId": "v1",
        "IsDefaultVersion": true,
        "CreateDate": policy.created.to_string(),
    }]);
    detail
}
