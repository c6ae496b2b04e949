//! A role: what it grants, and because of whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::detail::{Applied, Gathered, applied_by};
use crate::model::arn::Arn;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::Seen;
use crate::model::policy::Permission;
use crate::model::role::policy_name;

/// What is in force of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDetail {
    /// The ARN.
    pub arn: Arn,
    /// The inline policy that evenkeel owns.
    pub policy: String,
    /// What that policy says, and what it lacks.
    pub grants: Vec<GrantDetail>,
    /// Policies beside it: inline ones by name, attached ones by ARN.
    pub others: Vec<String>,
    /// The boundary.
    pub permissions_boundary: Option<Arn>,
    /// evenkeel's last change.
    pub applied: Option<Applied>,
}

/// Actions on one resource, for the same manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantDetail {
    /// `Allow` or `Deny`.
    pub effect: String,
    /// The actions.
    pub actions: BTreeSet<String>,
    /// The resource.
    pub resource: String,
    /// The condition, as JSON text; null where there is none.
    pub condition: Option<String>,
    /// The manifests that need it; empty where none does any more.
    pub because: BTreeSet<ResourceId>,
    /// Is it needed, and not granted yet?
    pub missing: bool,
}

pub(super) fn of(gathered: &Gathered<'_>, name: &Name) -> Option<RoleDetail> {
    let pass = gathered.pass;
    let role = pass.observed.roles.get(name)?.present()?;
    let policy = policy_name(&pass.desired.installation);
    let nothing = BTreeMap::new();
    let needed = gathered.needed.get(name).unwrap_or(&nothing);
    let own = role.inline_policy(&policy);
    let has: BTreeSet<&Permission> = own.permissions().iter().collect();
    let mut grants: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    let all: BTreeSet<&Permission> = has.iter().copied().chain(needed.keys()).collect();
    for permission in all {
        let Permission { effect, principal: _, action, resource, condition } = permission;
        let because = needed.get(permission).cloned().unwrap_or_else(|| running(gathered, &role.arn, resource));
        let key = (!has.contains(permission), resource, condition, effect, because);
        grants.entry(key).or_default().insert(action.to_string());
    }
    let grants = grants.into_iter().map(|((missing, resource, condition, effect, because), actions)| GrantDetail {
        effect: effect.clone(),
        actions,
        resource: resource.clone(),
        condition: (!condition.is_empty()).then(|| condition.clone()),
        because,
        missing,
    });
    let others = role.inline.keys().filter(|other| **other != policy).cloned();
    let others = others.chain(role.attached.iter().map(ToString::to_string)).collect();
    let mode = pass.desired.roles.get(name).map(|wanted| wanted.mode).unwrap_or_default();
    Some(RoleDetail {
        arn: role.arn.clone(),
        grants: grants.collect(),
        policy,
        others,
        permissions_boundary: role.permissions_boundary.clone(),
        applied: applied_by(&role.tags, &mode.mark(&pass.desired.installation)),
    })
}

/// The task definitions whose revisions in force read a secret with the role, though what their manifests need is not known.
fn running(gathered: &Gathered<'_>, role: &Arn, secret: &str) -> BTreeSet<ResourceId> {
    let pass = gathered.pass;
    let mut found = BTreeSet::new();
    for (service, _) in gathered.reads.iter().filter(|(_, reads)| reads.iter().any(|read| read.source == secret)) {
        let Some(wanted) = pass.desired.services.get(*service) else { continue };
        let live = pass.observed.services.get(*service).and_then(Seen::present);
        let revision = live.and_then(|live| pass.observed.revisions.get(&live.task_definition)?.present());
        if revision.is_some_and(|revision| revision.revision.execution_role.as_ref() == Some(role)) {
            found.insert(ResourceId::new(Kind::TaskDefinition, &wanted.task_definition));
        }
    }
    found
}
