//! Execution roles: grant before, revoke after.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::action::{Action, Call};
use super::draft::{Draft, NewStep, drifted, id};
use super::envelope;
use super::held::Because;
use super::role_policy::Coverage;
use super::role_put::{Put, put_policy};
use super::secret_policy::decided;
use super::step::{Change, Ref, Risk, Shown, StepId, Why};
use super::task_definition::Resolved;
use crate::model::arn::Arn;
use crate::model::grant::{Grant, PolicyBody, trust};
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::seen;
use crate::model::path::Path;
use crate::model::policy::{Permission, Policy};
use crate::model::role::{ExecutionRole, ObservedRole, RoleMode, policy_name};
use crate::model::tags::{self, APPLIED, Digest, Mark, Tags};
use crate::model::time::Timestamp;

/// What those who use a role need to know of it.
#[derive(Clone)]
pub(super) struct RoleOutlook {
    /// Absent where nothing is known of the role.
    pub(super) arn: Option<Ref<Arn>>,
    /// Its tasks could not start: because of this resource.
    pub(super) blocked: Option<ResourceId>,
    /// The steps of this plan that make or widen it.
    pub(super) granting: Vec<StepId>,
    /// When it was last changed, as its mark says: a widening, for all that is known. Absent where this plan widens it.
    pub(super) changed: Option<Timestamp>,
}

impl RoleOutlook {
    /// Widened a moment ago: until when its tasks wait.
    pub(super) fn settling(&self, draft: &Draft<'_>) -> Option<Timestamp> {
        let until = self.changed? + draft.desired.policy.settle;
        (until > draft.observed.at).then_some(until)
    }
}

/// The outlook of each role, by manifest name.
pub(super) type Roles = BTreeMap<Name, RoleOutlook>;

pub(super) fn plan_roles(draft: &mut Draft<'_>, resolved: &BTreeMap<Name, Resolved>, coverage: &Coverage<'_>) -> Roles {
    let desired = draft.desired;
    let plan_one = |(name, role)| (Name::clone(name), plan_role(draft, name, role, resolved, coverage));
    desired.roles.iter().map(plan_one).collect()
}

fn plan_role(
    draft: &mut Draft<'_>,
    name: &Name,
    role: &ExecutionRole,
    resolved: &BTreeMap<Name, Resolved>,
    coverage: &Coverage<'_>,
) -> RoleOutlook {
    let target = id(Kind::ExecutionRole, name);
    let observed = draft.observed;
    let blocked = RoleOutlook { arn: None, blocked: Some(target.clone()), granting: Vec::new(), changed: None };
    let live = match seen(&observed.roles, name) {
        Err(why) => {
            draft.hold(&target, Because::Unreadable(why.to_owned()), Vec::new());
            return blocked;
        }
        Ok(None) if role.mode != RoleMode::ManageRole => {
            let why = format!("the role {} does not exist, and mode is not ManageRole", role.role_name);
            draft.hold(&target, Because::NotFound(why), Vec::new());
            return blocked;
        }
        Ok(live) => live,
    };
    let outlook = RoleOutlook { arn: live.map(|live| Ref::Known(live.arn.clone())), blocked: None, ..blocked.clone() };
    if role.mode == RoleMode::Observe {
        return outlook;
    }
    let wanted = coverage.wanted(draft, name, role, resolved);
    if let Some(what) = envelope::forbids_role(draft.desired, &draft.observed.scope, role, live, &wanted) {
        draft.hold(&target, Because::OutsideEnvelope(what), Vec::new());
        return RoleOutlook { blocked: Some(target), ..outlook };
    }
    match live {
        None => create(draft, &target, role, &wanted, coverage),
        Some(live) => update(draft, &target, name, role, live, wanted, coverage),
    }
}

fn create(
    draft: &mut Draft<'_>,
    target: &ResourceId,
    role: &ExecutionRole,
    wanted: &Wanted,
    coverage: &Coverage<'_>,
) -> RoleOutlook {
    let scope = &draft.observed.scope;
    let body = PolicyBody { grants: wanted.grants.clone(), kept: BTreeSet::new() };
    let brief = match coverage.must_be_brief(draft, &body, None) {
        Ok(brief) => brief,
        Err(because) => {
            draft.hold(target, because, Vec::new());
            return RoleOutlook { arn: None, blocked: Some(target.clone()), granting: Vec::new(), changed: None };
        }
    };
    let arn = scope.iam(&format!("role{}{}", role.path, role.role_name));
    let stamp = draft.new_stamp(APPLIED, digest(role, &wanted.grants));
    let changes = vec![
        draft.change(target, Path::of("roleName"), None, Some(Shown::Value(role.role_name.as_str().into()))),
        draft.change(target, Path::of("trust"), None, Some(Shown::Value("ecs-tasks.amazonaws.com".into()))),
    ];
    let call = Call::CreateRole {
        role: role.role_name.clone(),
        path: role.path.clone(),
        trust: trust(scope),
        permissions_boundary: role.permissions_boundary.clone(),
        tags: tags::ownership(&draft.desired.installation, target),
    };
    let Some(made) = draft.push(target, NewStep { call, why: Why::Missing, changes, needs: Vec::new() }) else {
        return RoleOutlook { arn: None, blocked: Some(target.clone()), granting: Vec::new(), changed: None };
    };
    // Until the last call is made, the mark says no more than the time: the clock of settling.
    draft.step_mut(made).action.stamp = Some(draft.new_stamp(APPLIED, Digest::unknown()));
    let mut granting = vec![made];
    for policy in role.managed_policy_arns.iter().flatten() {
        let call = Call::AttachRolePolicy { role: role.role_name.clone(), policy: policy.clone() };
        let changes = vec![draft.change(target, attached(policy), None, Some(Shown::Value(policy.as_str().into())))];
        granting.extend(draft.push(target, NewStep { call, why: Why::Missing, changes, needs: vec![made] }));
    }
    if !wanted.grants.is_empty() {
        let put = Put { body, brief, live: Policy::default(), widening: None, why: Why::Missing };
        granting.extend(put_policy(draft, target, role, put, vec![made]));
    }
    draft.stamp(target, &stamp);
    RoleOutlook { arn: Some(Ref::Known(arn)), blocked: None, granting, changed: None }
}

/// What the task definitions that use a role need, and whether that is all of it.
pub(super) struct Wanted {
    pub(super) grants: BTreeSet<Grant<Ref<Arn>>>,
    /// False where a task definition could not be resolved: then nothing is taken away.
    pub(super) complete: bool,
}

fn update(
    draft: &mut Draft<'_>,
    target: &ResourceId,
    name: &Name,
    role: &ExecutionRole,
    live: &ObservedRole,
    wanted: Wanted,
    coverage: &Coverage<'_>,
) -> RoleOutlook {
    let tag = role.mode.mark(&draft.desired.installation);
    let mark = Mark::read(&live.tags, &tag);
    let last_change = mark.as_ref().map(|mark| mark.at);
    let digest = digest(role, &wanted.grants);
    let arn = Some(Ref::Known(live.arn.clone()));
    let ours = role.mode == RoleMode::ManagePolicy || tags::is_ours(&live.tags, &draft.desired.installation);
    if !ours && !tags::may_change(&live.tags, &draft.desired.installation, role.adopt) {
        draft.hold(target, Because::NotOurs(tags::owner(&live.tags).cloned()), Vec::new());
        let blocked = (!coverage.is_granted(&wanted.grants, live)).then(|| target.clone());
        return RoleOutlook { arn, blocked, granting: Vec::new(), changed: None };
    }
    if role.mode == RoleMode::ManageRole && role.path != live.path {
        draft.hold(target, Because::Immutable("path".to_owned()), Vec::new());
        let blocked = (!coverage.is_granted(&wanted.grants, live)).then(|| target.clone());
        return RoleOutlook { arn, blocked, granting: Vec::new(), changed: None };
    }

    let why = if ours { drifted(mark.as_ref(), &digest) } else { Why::Adopted };
    let complete = wanted.complete;
    let granted = coverage.is_granted(&wanted.grants, live);
    let body = coverage.body(draft, target, name, role, live, wanted);
    let live_policy = live.inline_policy(&policy_name(&draft.desired.installation));
    let mut calls = if role.mode == RoleMode::ManageRole { whole_role(draft, target, role, live) } else { Vec::new() };
    let differs = coverage.differs(&body, &live_policy);
    let brief = match coverage.must_be_brief(draft, &body, Some(live)) {
        Ok(brief) => brief,
        Err(because) if differs => {
            draft.hold(target, because, Vec::new());
            let blocked = (!granted).then(|| target.clone());
            return RoleOutlook { arn, blocked, granting: Vec::new(), changed: last_change };
        }
        Err(_) => true,
    };
    if calls.is_empty() && !differs && ours {
        // Where not all is known that is wanted, the digest is not the one to leave.
        let behind = draft.is_behind(mark.as_ref()).is_some();
        if complete && !behind && !draft.touches(target) && mark.as_ref().is_some_and(|mark| mark.digest != digest) {
            let call = Call::TagRole { role: role.role_name.clone(), tags: Tags::new() };
            let stamp = draft.new_stamp(&tag, digest);
            draft.repair(target, Action { call, stamp: Some(stamp) });
        }
        return RoleOutlook { arn, blocked: None, granting: Vec::new(), changed: last_change };
    }
    let early = draft.is_behind(mark.as_ref()).or_else(|| draft.is_stale(mark.as_ref(), &digest));
    if let Some(because) = early {
        draft.hold(target, because, Vec::new());
        let blocked = differs.then(|| target.clone());
        return RoleOutlook { arn, blocked, granting: Vec::new(), changed: last_change };
    }

    let mut needs = Vec::new();
    if !ours {
        let tags: Tags = tags::ownership(&draft.desired.installation, target)
            .into_iter()
            .chain([(tags::ADOPTED.to_owned(), "true".to_owned())])
            .collect();
        let (changes, _) = super::secret::tag_differences(draft, target, &live.tags, &tags, &BTreeSet::new());
        let call = Call::TagRole { role: role.role_name.clone(), tags };
        needs.extend(draft.push(target, NewStep { call, why: Why::Adopted, changes, needs: Vec::new() }));
    }
    let mut granting = Vec::new();
    // Sent moments ago, and not seen yet: neither is it sent again, nor does anything start that needs it.
    let mut unseen = false;
    // The boundary comes first, and what takes away last.
    calls.sort_by_key(|(call, _)| (call.deletes(), !matches!(call, Call::PutRolePermissionsBoundary { .. })));
    let (taking, giving): (Vec<_>, Vec<_>) = calls.into_iter().partition(|(call, _)| call.deletes());
    for (call, changes) in giving {
        let widens = match &call {
            Call::AttachRolePolicy { .. } => true,
            Call::UpdateAssumeRolePolicy { .. } => !lets_ecs_assume(&live.trust),
            _ => false,
        };
        let bounds = matches!(call, Call::PutRolePermissionsBoundary { .. });
        let step = draft.push(target, NewStep { call, why: why.clone(), changes, needs: needs.clone() });
        unseen |= step.is_none() && (widens || bounds);
        if let Some(step) = step.filter(|_| widens) {
            draft.step_mut(step).risk.insert(Risk::WidensAccess);
        }
        if bounds {
            // Nothing is given to a role that does not have its boundary.
            needs.extend(step);
        }
        granting.extend(step);
    }
    let before = mark.map_or_else(Digest::unknown, |mark| mark.digest);
    if differs {
        let widening = Some(draft.new_stamp(&tag, before.clone()));
        let put = Put { body, brief, live: live_policy, widening, why: why.clone() };
        let step = put_policy(draft, target, role, put, needs.clone());
        unseen |= step.is_none() && !granted;
        granting.extend(step);
    }
    for (call, changes) in taking {
        let needs: BTreeSet<StepId> = needs.iter().chain(&granting).copied().collect();
        let needs = needs.into_iter().collect();
        draft.push(target, NewStep { call, why: detached(&why), changes, needs });
    }
    let blocked = unseen.then(|| target.clone());
    if blocked.is_none() {
        // Where not all is known that is wanted, the next pass must still see that this was not the last change.
        let digest = if complete { digest } else { before };
        let stamp = draft.new_stamp(&tag, digest);
        draft.stamp(target, &stamp);
    }
    let widens = granting.iter().any(|step| draft.step_mut(*step).risk.contains(&Risk::WidensAccess));
    let changed = last_change.filter(|_| !widens);
    RoleOutlook { arn, blocked, granting: if widens { granting } else { Vec::new() }, changed }
}

/// Policies are taken away in the pass that no longer wants them: one that is there later was attached by hand.
fn detached(why: &Why) -> Why {
    if *why == Why::Drifted { Why::Drifted } else { Why::NoLongerDesired }
}

/// The calls that bring everything but the inline policy to what the manifest says.
fn whole_role(
    draft: &mut Draft<'_>,
    target: &ResourceId,
    role: &ExecutionRole,
    live: &ObservedRole,
) -> Vec<(Call<Ref<Arn>>, Vec<Change>)> {
    let mut calls = Vec::new();
    let name = &role.role_name;
    let may_narrow = may_narrow(draft, role, live);
    let mut wanted_trust = trust(&draft.observed.scope);
    let differs = Policy::read(&wanted_trust) != live.trust;
    if differs && (may_narrow || !lets_ecs_assume(&live.trust)) {
        if let (false, Value::Array(statements)) = (may_narrow, &mut wanted_trust["Statement"]) {
            statements.extend(live.trust.permissions().iter().map(Permission::to_statement));
        }
        let next = Policy::read(&wanted_trust);
        let changes = decided(draft, target, &Path::of("trust"), &live.trust, &next);
        calls.push((Call::UpdateAssumeRolePolicy { role: name.clone(), trust: wanted_trust }, changes));
    }
    if let Some(boundary) = role.permissions_boundary.as_ref().filter(|b| live.permissions_boundary.as_ref() != Some(b))
    {
        let before = live.permissions_boundary.as_ref().map(Arn::as_str);
        let change = super::secret::text(draft, target, "permissionsBoundary", before, Some(boundary.as_str()));
        calls.push((Call::PutRolePermissionsBoundary { role: name.clone(), boundary: boundary.clone() }, vec![change]));
    }
    if let Some(wanted) = &role.managed_policy_arns {
        for policy in wanted.difference(&live.attached) {
            let change = draft.change(target, attached(policy), None, Some(Shown::Value(policy.as_str().into())));
            calls.push((Call::AttachRolePolicy { role: name.clone(), policy: policy.clone() }, vec![change]));
        }
        for policy in live.attached.difference(wanted).filter(|_| may_narrow) {
            let change = draft.change(target, attached(policy), Some(Shown::Value(policy.as_str().into())), None);
            let call = Call::DetachRolePolicy { role: name.clone(), policy: policy.clone(), owner: None };
            calls.push((call, vec![change]));
        }
    }
    calls
}

/// May permissions be taken away? An adopted role is narrowed only where its manifest says so.
pub(super) fn may_narrow(draft: &Draft<'_>, role: &ExecutionRole, live: &ObservedRole) -> bool {
    let made_by_us = tags::is_ours(&live.tags, &draft.desired.installation) && !live.tags.contains_key(tags::ADOPTED);
    role.narrow || role.mode == RoleMode::ManagePolicy || made_by_us
}

fn lets_ecs_assume(trust: &Policy) -> bool {
    trust.permissions().iter().any(|p| p.effect == "Allow" && p.principal.contains("ecs-tasks.amazonaws.com"))
}

fn digest(role: &ExecutionRole, wanted: &BTreeSet<Grant<Ref<Arn>>>) -> Digest {
    let ExecutionRole {
        role_name: _,
        mode: _,
        path,
        permissions_boundary,
        managed_policy_arns,
        narrow,
        grants,
        adopt: _,
    } = role;
    Digest::of(&(path, permissions_boundary, managed_policy_arns, narrow, grants, wanted))
}

fn attached(policy: &Arn) -> Path {
    Path::of("managedPolicyArns").element(policy.resource())
}
