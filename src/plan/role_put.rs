//! The one call that writes the inline policy of a role, and what is said of it.
//!
//! Knows not what the policy should be.

use std::collections::BTreeSet;

use super::action::Call;
use super::draft::{Draft, NewStep};
use super::role_policy::known;
use super::secret_policy::conditions;
use super::step::{Change, Ref, Risk, Shown, StepId, Why};
use crate::model::arn::Arn;
use crate::model::grant::{Grant, PolicyBody, is_of_a_grant};
use crate::model::id::ResourceId;
use crate::model::path::Path;
use crate::model::policy::{Permission, Policy};
use crate::model::role::{ExecutionRole, policy_name};
use crate::model::tags::Stamp;

/// What the policy is to be, and what it is.
pub(super) struct Put {
    pub(super) body: PolicyBody<Ref<Arn>>,
    pub(super) brief: bool,
    pub(super) live: Policy,
    pub(super) widening: Option<Stamp>,
    pub(super) why: Why,
}

pub(super) fn put_policy(
    draft: &mut Draft<'_>,
    target: &ResourceId,
    role: &ExecutionRole,
    put: Put,
    needs: Vec<StepId>,
) -> Option<StepId> {
    let Put { body, brief, live, widening, why } = put;
    // Secrets that are made before, and whose ARN nobody knows yet.
    let unmade = body.grants.iter().filter_map(|grant| match grant {
        Grant::ReadSecret(Ref::From(step)) => Some(*step),
        _ => None,
    });
    let unmade: Vec<StepId> = unmade.collect();
    let needs: BTreeSet<StepId> = needs.into_iter().chain(unmade.iter().copied()).collect();
    let needs = needs.into_iter().collect();
    let scope = &draft.observed.scope;
    let next = known(&body).to_policy(scope);
    let (added, removed) = (next.without(&live), live.without(&next));
    let mut changes: Vec<Change> = Vec::new();
    for permission in removed.permissions() {
        changes.push(draft.change(target, policy_path(permission), Some(decision(permission)), None));
    }
    for permission in added.permissions() {
        changes.push(draft.change(target, policy_path(permission), None, Some(decision(permission))));
    }
    changes.extend(
        unmade.into_iter().map(|step| draft.change(target, Path::of("policy"), None, Some(Shown::After(step)))),
    );
    // What is denied no longer may be allowed by another policy.
    let frees = removed.permissions().iter().any(|permission| permission.effect == "Deny");
    let widens = frees || changes.iter().any(|change| change.after.is_some());
    // What a grant could have given may have been in use until now; all else was given by hand.
    let by_hand = why == Why::Drifted && !removed.permissions().iter().all(is_of_a_grant);
    let why = if widens || by_hand { why } else { Why::NoLongerDesired };
    let (role, policy) = (role.role_name.clone(), policy_name(&draft.desired.installation));
    let call = if body.grants.is_empty() && body.kept.is_empty() {
        // IAM takes no policy without statements.
        Call::DeleteRolePolicy { role, policy, owner: None }
    } else {
        Call::PutRolePolicy { role, policy, body, brief, widening: widening.filter(|_| widens) }
    };
    let step = draft.push(target, NewStep { call, why, changes, needs })?;
    if widens {
        draft.step_mut(step).risk.insert(Risk::WidensAccess);
    }
    Some(step)
}

/// `Allow`, or `Allow if StringEquals kms:ViaService …`.
fn decision(permission: &Permission) -> Shown {
    Shown::Value(format!("{}{}", permission.effect, conditions(&permission.condition)).into())
}

fn policy_path(permission: &Permission) -> Path {
    let Permission { effect: _, principal: _, action, resource, condition: _ } = permission;
    Path::of("policy").element(&format!("{action} on {resource}"))
}
