//! Roles: nothing is taken away that is in use, and nothing is registered that could not start.

use std::collections::{BTreeMap, BTreeSet};

use super::super::action::Call;
use super::super::derive;
use super::super::role_policy::known as resolved;
use super::super::step::{Ref, Step, StepId};
use super::{Finding, Look};
use crate::model::arn::Arn;
use crate::model::grant::{Grant, PolicyBody};
use crate::model::id::{KeyId, Kind, Name, ResourceId, Stage};
use crate::model::observed::{Seen, seen};
use crate::model::policy::{Permission, Policy};
use crate::model::revision::Revision;
use crate::model::role::{ExecutionRole, ExtraGrant, ObservedRole, RoleMode, policy_name};
use crate::model::rules::TASK_DEFINITION;
use crate::model::secret_source::{SecretSource, Version};
use crate::model::task_definition::{RoleUse, SecretUse, TaskDefinition};

pub(super) fn check(look: &Look<'_>, id: StepId, step: &Step, found: &mut BTreeSet<Finding>) {
    match &step.action.call {
        Call::PutRolePolicy { policy, body, .. } => {
            let next = resolved(body).to_policy(&look.observed.scope);
            taken(look, id, &step.target.name, policy, &next, found);
        }
        Call::DeleteRolePolicy { policy, .. } => {
            taken(look, id, &step.target.name, policy, &Policy::default(), found);
        }
        Call::RegisterTaskDefinition { revision, .. } => lacking(look, id, revision, found),
        _ => {}
    }
}

/// What the policy loses, against what every revision in use needs.
fn taken(look: &Look<'_>, id: StepId, role: &Name, policy: &str, next: &Policy, found: &mut BTreeSet<Finding>) {
    let Some(live) = look.observed.roles.get(role).and_then(Seen::present) else { return };
    let gone = live.inline_policy(policy).without(next);
    let gone: Policy = gone.permissions().iter().filter(|permission| permission.effect != "Deny").cloned().collect();
    if gone.is_empty() {
        return;
    }
    let in_use = match look.observed.in_use.get(role) {
        Some(Seen::Present(revisions)) => revisions.clone(),
        Some(Seen::Absent) => BTreeSet::new(),
        Some(Seen::Unreadable(_)) | None => {
            found.insert(Finding::TakenAway(id, "nobody knows what is in use".to_owned()));
            return;
        }
    };
    let services = look.desired.services.keys().filter_map(|name| look.observed.services.get(name)?.present());
    let running = services.map(|service| service.task_definition.clone());
    for arn in in_use.into_iter().chain(running) {
        match seen(&look.observed.revisions, &arn) {
            Ok(Some(revision)) if revision.revision.execution_role.as_ref() == Some(&live.arn) => {
                let extra = look.desired.roles.get(role).map(|role| role.grants.as_slice()).unwrap_or_default();
                let lost = |permission: &&Permission| needs(look, &revision.revision, extra, permission);
                let lost = gone.permissions().iter().filter(lost);
                found.extend(lost.map(|lost| Finding::TakenAway(id, format!("{arn}: {lost}"))));
            }
            Ok(_) => {}
            Err(why) => drop(found.insert(Finding::TakenAway(id, format!("{arn}: {why}")))),
        }
    }
}

/// Does a revision need this permission? Of a secret whose key is not known, any key may be the one.
fn needs(look: &Look<'_>, revision: &Revision<Arn>, extra: &[ExtraGrant], permission: &Permission) -> bool {
    let keys = keys(look);
    let read = |arn: &Arn| {
        let mut declared = look.desired.secrets.keys().filter_map(|name| look.observed.secrets.get(name)?.present());
        declared.any(|live| live.arn == *arn)
            || look.observed.keys_of_copies.get(arn).is_some_and(|key| key.present().is_some())
    };
    let unknown = revision.secrets.values().any(|source| match source {
        SecretSource::Secret { arn, .. } => !read(arn),
        SecretSource::Other(_) => false,
    });
    let Ok(revision) = revision.try_map(|arn| Ok::<_, std::convert::Infallible>(Ref::Known(arn.clone())));
    let needed = policy_of(look, &revision, extra, &keys);
    needed.permissions().contains(permission)
        || (unknown && permission.action.as_str().eq_ignore_ascii_case("kms:Decrypt"))
}

/// What the role of a new revision does not allow, neither now nor once the plan is carried out.
fn lacking(look: &Look<'_>, id: StepId, revision: &Revision<Ref<Arn>>, found: &mut BTreeSet<Finding>) {
    let Some(arn) = super::known(revision.execution_role.as_ref()) else { return };
    let scope = &look.observed.scope;
    let ours = look.desired.roles.iter().find(|(name, role)| {
        let live = look.observed.roles.get(*name).and_then(Seen::present);
        let is =
            live.map_or_else(|| scope.iam(&format!("role{}{}", role.path, role.role_name)), |live| live.arn.clone());
        role.mode != RoleMode::Observe && is == *arn
    });
    // Of a role that is only referred to, nobody knows all that it may do.
    let Some((name, role)) = ours else { return };
    let live = look.observed.roles.get(name).and_then(Seen::present);
    let own = policy_name(&look.desired.installation);
    let others = live.into_iter().flat_map(|live| &live.inline).filter(|(policy, _)| **policy != own);
    let mut allowed: Policy = others.flat_map(|(_, inline)| inline.policy.permissions()).cloned().collect();
    let put = look.plan.steps().find_map(|(_, other)| match &other.action.call {
        Call::PutRolePolicy { body, .. } if other.target.name == *name => Some(resolved(body).to_policy(scope)),
        _ => None,
    });
    let now = live.map(|live| live.inline_policy(&own));
    allowed.extend(put.or(now).unwrap_or_default().permissions().iter().cloned());
    let needed = policy_of(look, revision, &role.grants, &keys(look));
    found.extend(needed.without(&allowed).permissions().iter().map(|p| Finding::Lacking(id, p.to_string())));
}

/// Does the role allow less than its task definitions need, as far as that is known?
pub(super) fn is_short(look: &Look<'_>, name: &Name, role: &ExecutionRole, live: &ObservedRole) -> bool {
    let uses = |td: &&TaskDefinition| td.execution_role == Some(RoleUse::Declared(name.clone()));
    // What this plan is yet to make has an ARN that nobody knows, and the role cannot name it.
    let unmade = |used: &SecretUse| match used {
        SecretUse::Declared { secret, .. } => {
            let ours = is_ours(look, secret);
            let held = look.plan.held().iter().any(|held| held.target == ResourceId::new(Kind::Secret, secret));
            ours && !held && matches!(look.observed.secrets.get(secret), Some(Seen::Absent))
        }
        SecretUse::Raw(_) => false,
    };
    let mut of_role = look.desired.task_definitions.values().filter(uses).filter(|td| is_usable(look, td));
    if of_role.any(|td| td.secrets.values().any(unmade)) {
        return true;
    }
    let mut needed = Policy::default();
    for td in look.desired.task_definitions.values().filter(uses).filter(|td| is_usable(look, td)) {
        let source = |used: &SecretUse| match used {
            SecretUse::Raw(text) => SecretSource::parse(text, None).try_map(|arn| Ok::<_, ()>(Ref::Known(arn.clone()))),
            SecretUse::Declared { secret, .. } => {
                let declared = look.desired.secrets.get(secret).and(look.observed.secrets.get(secret));
                let arn = declared.and_then(Seen::present).ok_or(())?.arn.clone();
                let version = Version::Follows(None);
                Ok(SecretSource::Secret { arn: Ref::Known(arn), key: None, stage: None, version })
            }
        };
        let secrets = td.secrets.iter().filter_map(|(slot, used)| Some((slot.clone(), source(used).ok()?)));
        // What is ignored comes from the running revision: it is granted with that.
        let content =
            td.ignore.iter().fold(td.content.clone(), |content, path| content.with(path, None, &TASK_DEFINITION));
        let revision = Revision { content, execution_role: None, secrets: secrets.collect() };
        needed.extend(policy_of(look, &revision, &role.grants, &keys(look)).permissions().iter().cloned());
    }
    let of_role =
        |name: &Name| look.desired.task_definitions.get(name).is_some_and(|td| uses(&td) && is_usable(look, td));
    for service in look.desired.services.values().filter(|service| of_role(&service.task_definition)) {
        let keys = keys(look);
        let derived = derive::of_service(&service.fields, &look.observed.scope, |arn| {
            arn.known().and_then(|arn| keys.get(arn)).cloned().unwrap_or_default()
        });
        needed.extend(as_policy(look, derive::grants(derived)).permissions().iter().cloned());
    }
    let extra = role.grants.iter().flat_map(|grant| derive::extra(grant, &look.observed.scope)).collect();
    needed.extend(as_policy(look, extra).permissions().iter().cloned());
    let allowed = live.inline_policy(&policy_name(&look.desired.installation));
    // evenkeel denies nothing: whatever does takes away from what is needed.
    !allowed.covers(&needed) || allowed.permissions().iter().any(|permission| permission.effect == "Deny")
}

/// Do the versions exist that a task definition follows? One that could not start wants nothing of its role.
fn is_usable(look: &Look<'_>, td: &TaskDefinition) -> bool {
    td.secrets.values().all(|used| match used {
        SecretUse::Declared { secret, stage, .. } => {
            let stage = stage.clone().unwrap_or_else(Stage::current);
            match look.observed.secrets.get(secret) {
                Some(Seen::Present(live)) => live.deleted.is_none() && live.stages.contains_key(&stage),
                // What is made has one version.
                Some(Seen::Absent) if is_ours(look, secret) => stage == Stage::current(),
                _ => true,
            }
        }
        SecretUse::Raw(_) => true,
    })
}

/// Does evenkeel write its value?
fn is_ours(look: &Look<'_>, secret: &Name) -> bool {
    look.desired.secrets.get(secret).is_some_and(|secret| secret.value.is_some())
}

/// What a revision needs of a role, with what the role's manifest adds for the images among it.
fn policy_of(
    look: &Look<'_>,
    revision: &Revision<Ref<Arn>>,
    extra: &[ExtraGrant],
    keys: &BTreeMap<Arn, BTreeSet<KeyId>>,
) -> Policy {
    let keys = |arn: &Ref<Arn>| arn.known().and_then(|arn| keys.get(arn)).cloned().unwrap_or_default();
    let mut grants = derive::grants(derive::of_revision(revision, &look.observed.scope, keys));
    grants.extend(derive::imports(extra, &grants));
    as_policy(look, grants)
}

fn as_policy(look: &Look<'_>, grants: BTreeSet<Grant<Ref<Arn>>>) -> Policy {
    resolved(&PolicyBody { grants, kept: BTreeSet::new() }).to_policy(&look.observed.scope)
}

/// The customer's keys of every secret that is declared and can be read, and of its copies: the one that each has, and the one
/// that it will have.
fn keys(look: &Look<'_>) -> BTreeMap<Arn, BTreeSet<KeyId>> {
    let Look { desired, observed, plan: _ } = look;
    let readable =
        desired.secrets.iter().filter_map(|(name, wanted)| Some((wanted, observed.secrets.get(name)?.present()?)));
    let mut all = BTreeMap::<Arn, BTreeSet<KeyId>>::new();
    let mut add = |arn: Arn, key: Option<&KeyId>| {
        all.entry(arn).or_default().extend(key.filter(|key| key.is_customers()).cloned());
    };
    for (wanted, live) in readable {
        add(live.arn.clone(), live.kms_key_id.as_ref());
        add(live.arn.clone(), wanted.kms_key_id.as_ref());
        for (region, key) in wanted.replicas.iter().flatten() {
            add(live.arn.in_region(region), key.as_ref());
        }
    }
    for (copy, key) in &observed.keys_of_copies {
        add(copy.clone(), key.present().and_then(Option::as_ref));
    }
    all
}
