//! Then the roles, and the policies on them. An inline one of others would be lost with its role, and is theirs to take out;
//! an attached one is only detached, whoever attached it.

use std::collections::BTreeSet;

use super::super::action::Call;
use super::super::draft::{Draft, NewStep};
use super::super::held::Because;
use super::super::step::{Change, Ref, Shown, StepId, Why};
use super::mentions::Thing;
use super::orphans::Orphans;
use super::{behind, wait_for};
use crate::model::arn::Arn;
use crate::model::grant::trust;
use crate::model::id::{Family, ResourceId, RoleName};
use crate::model::inventory::Named;
use crate::model::path::Path;
use crate::model::policy::Policy;
use crate::model::role::{ObservedRole, policy_name};

pub(super) fn plan(draft: &mut Draft<'_>, orphans: &Orphans<'_>, families: &BTreeSet<Family>) {
    for (id, live) in &orphans.roles {
        let named = |role: &Option<Arn>| role.as_ref() == Some(&live.arn);
        let mut orphaned = orphans.families.iter();
        let user = orphaned.find(|(_, of)| of.revisions.values().any(|one| named(&one.revision.execution_role)));
        if let Some((family, _)) = user {
            wait_for(draft, id, family);
        } else if let Err(because) = one(draft, id, live, families) {
            draft.hold(id, because, Vec::new());
        }
    }
}

fn one(
    draft: &mut Draft<'_>,
    id: &ResourceId,
    live: &ObservedRole,
    families: &BTreeSet<Family>,
) -> Result<(), Because> {
    if let Some(envelope) = &draft.desired.policy.envelope
        && !envelope.role_paths.contains(&live.path)
    {
        return Err(Because::OutsideEnvelope(format!("the role path {}", live.path)));
    }
    if let Some(because) = behind(draft, &live.tags) {
        return Err(because);
    }
    let Some(Named::Role(name)) = Named::of(&live.arn) else { return Ok(()) };
    let own = policy_name(&draft.desired.installation);
    if let Some(other) = live.inline.keys().find(|policy| **policy != own) {
        return Err(Because::InUse(format!("it has the inline policy {other}, which evenkeel did not write")));
    }
    let others = live.trust.without(&Policy::read(&trust(&draft.observed.scope)));
    if let Some(other) = others.permissions().first() {
        return Err(Because::InUse(format!("others than ECS of this account and Region may assume it: {other}")));
    }
    if let Some(user) = Thing::Role(&live.arn, &name).user(draft, families)? {
        return Err(Because::InUse(user));
    }
    let role = RoleName::new(name);
    let mut needs: Vec<StepId> = Vec::new();
    let mut unsent = false;
    let mut calls: Vec<(Call<Ref<Arn>>, Change)> = Vec::new();
    let owner = &draft.desired.installation;
    let gone = |draft: &Draft<'_>, path, text: &str| draft.change(id, path, Some(Shown::Value(text.into())), None);
    for policy in live.inline.keys() {
        let change = gone(draft, Path::of("inlinePolicies").element(policy), policy);
        let owner = Some(owner.clone());
        calls.push((Call::DeleteRolePolicy { role: role.clone(), policy: policy.clone(), owner }, change));
    }
    for policy in &live.attached {
        let change = gone(draft, Path::of("managedPolicyArns").element(policy.resource()), policy.as_str());
        let owner = Some(owner.clone());
        calls.push((Call::DetachRolePolicy { role: role.clone(), policy: policy.clone(), owner }, change));
    }
    for (call, change) in calls {
        let step = NewStep { call, why: Why::NoLongerDesired, changes: vec![change], needs: Vec::new() };
        let step = draft.push(id, step);
        unsent |= step.is_none();
        needs.extend(step);
    }
    if !unsent {
        let call = Call::DeleteRole { role, owner: owner.clone() };
        let changes = vec![gone(draft, Path::of("role"), live.arn.as_str())];
        draft.push(id, NewStep { call, why: Why::NoLongerDesired, changes, needs });
    }
    Ok(())
}
