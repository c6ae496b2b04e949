//! IAM: roles, their policies, and what those allow.
//!
//! Not here: users, groups, policy versions beyond the first, sessions. What
//! ECS does as a role is always judged, what callers do once that is switched
//! on.
//!
//! Ledger: I16.

mod attached;
mod boundary;
mod compare;
mod condition;
mod details;
mod document;
mod evaluate;
mod fault;
mod glob;
mod guard;
mod inline;
mod managed;
mod role;
mod roles;
mod session;
mod simulate;
mod tags;
mod trust;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clock::Millis;
use super::dispatch::{Operation, reads, writes};
use super::lagged::Lagged;
use super::page::{Order, page};
use super::readings::Reading;
use super::wire::AwsError;
use super::world::World;

pub(crate) use condition::is_operator;
pub(crate) use evaluate::{Ask, Context, Denial};
pub(crate) use glob::covers;
pub(crate) use guard::Guard;
pub use managed::ManagedPolicy;
pub use role::Role;
pub(crate) use session::{context_of, refusal, session_arn};

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("AttachRolePolicy", attached::attach_role_policy),
    writes("CreatePolicy", managed::create_policy),
    writes("CreateRole", roles::create_role),
    writes("DeleteRole", roles::delete_role),
    writes("DeleteRolePermissionsBoundary", boundary::delete_role_permissions_boundary),
    writes("DeleteRolePolicy", inline::delete_role_policy),
    writes("DetachRolePolicy", attached::detach_role_policy),
    reads("GetAccountAuthorizationDetails", details::get_account_authorization_details),
    reads("GetPolicy", managed::get_policy),
    reads("GetPolicyVersion", managed::get_policy_version),
    reads("GetRole", roles::get_role),
    reads("GetRolePolicy", inline::get_role_policy),
    reads("ListAttachedRolePolicies", attached::list_attached_role_policies),
    reads("ListRolePolicies", inline::list_role_policies),
    reads("ListRoleTags", tags::list_role_tags),
    writes("PutRolePermissionsBoundary", boundary::put_role_permissions_boundary),
    writes("PutRolePolicy", inline::put_role_policy),
    reads("SimulateCustomPolicy", simulate::simulate_custom_policy),
    reads("SimulatePrincipalPolicy", simulate::simulate_principal_policy),
    writes("TagRole", tags::tag_role),
    writes("UntagRole", tags::untag_role),
    writes("UpdateAssumeRolePolicy", roles::update_assume_role_policy),
];

/// All roles and managed policies of the account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Iam {
    /// By name. Only authorisation reads late, unless [`Reading::IamReads`] says otherwise.
    roles: Lagged<Role>,
    /// By ARN.
    policies: BTreeMap<String, ManagedPolicy>,
}

impl Iam {
    pub(crate) fn new(now: Millis) -> Self {
        let policy = managed::task_execution(now);
        let policies = BTreeMap::from([(policy.arn.clone(), policy)]);
        Self { roles: Lagged::new(), policies }
    }

    /// Makes authorisation use roles as they were `lag` ago. IAM is eventually
    /// consistent and gives no time (facts 2.3).
    pub fn set_propagation_lag(&mut self, lag: Duration) {
        self.roles.set_lag(lag);
    }

    /// How late authorisation is.
    pub fn propagation_lag(&self) -> Duration {
        self.roles.lag()
    }

    /// The roles, by name.
    pub fn roles(&self) -> &BTreeMap<String, Role> {
        self.roles.newest()
    }

    /// A role, by name.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// A role as authorisation knows it at `now`.
    pub(crate) fn late_role(&self, name: &str, now: Millis) -> Option<&Role> {
        self.roles.late_get(name, now)
    }

    /// A role, by name, to be changed behind everyone's back.
    pub fn role_mut(&mut self, name: &str) -> Option<&mut Role> {
        self.roles.poke(name)
    }

    /// The managed policies, by ARN, AWS's own too.
    pub fn policies(&self) -> &BTreeMap<String, ManagedPolicy> {
        &self.policies
    }

    fn find(&self, name: &str) -> Result<&Role, AwsError> {
        self.roles.get(name).ok_or_else(|| fault::no_such_role(name))
    }

    fn edit(&mut self, name: &str, at: Millis) -> Result<&mut Role, AwsError> {
        self.roles.edit(name, at).ok_or_else(|| fault::no_such_role(name))
    }
}

/// A role as it is read: as it is, unless reads lag as authorisation does.
fn seen<'a>(world: &'a World, name: &str) -> Result<&'a Role, AwsError> {
    if world.readings.is_other(Reading::IamReads) {
        return world.iam.roles.late_get(name, world.now()).ok_or_else(|| fault::no_such_role(name));
    }
    world.iam.find(name)
}

/// All roles, likewise.
fn all_seen(world: &World) -> Vec<&Role> {
    if world.readings.is_other(Reading::IamReads) {
        return world.iam.roles.late(world.now()).into_values().collect();
    }
    world.iam.roles().values().collect()
}

/// A page in IAM's manner: `items` under `name`, `IsTruncated`, `Marker`.
fn listed(
    listing: &str,
    name: &str,
    entries: impl IntoIterator<Item = (String, Value)>,
    marker: Option<&str>,
    most: Option<usize>,
) -> Result<Value, AwsError> {
    let page =
        page(listing, entries, Order::Ascending, marker, most.unwrap_or(100)).map_err(|_| fault::invalid_marker())?;
    let mut output = json!({name: page.items, "IsTruncated": page.next.is_some()});
    if let Some(next) = page.next {
        output["Marker"] = json!(next);
    }
    Ok(output)
}
