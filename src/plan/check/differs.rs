//! What differs, or cannot be known: judged field by field, without the planner's own machinery.

use std::collections::BTreeSet;

use super::{Look, access};
use crate::model::deletion::DELETION;
use crate::model::desired::Desired;
use crate::model::document::Document;
use crate::model::grant;
use crate::model::id::{KeyId, Kind, Name, ResourceId, Stage};
use crate::model::observed::{Observed, Seen, seen};
use crate::model::policy::Policy;
use crate::model::revision::Revision;
use crate::model::role::RoleMode;
use crate::model::rules::{SERVICE, TASK_DEFINITION};
use crate::model::secret::{ObservedReplica, ObservedSecret, ReplicaStatus, Secret};
use crate::model::secret_rotation::Rotation;
use crate::model::secret_source::{Place, SecretSource, Slot, Version};
use crate::model::secret_value::{ValueSource, WritePolicy};
use crate::model::service::{ObservedService, OnSecretChange, Service};
use crate::model::tags::{self, Mark, Tags};
use crate::model::task_definition::{Pinning, RoleUse, SecretUse, TaskDefinition};

/// Every resource for which a plan must have a step or a hold.
pub(super) fn resources(look: &Look<'_>) -> BTreeSet<ResourceId> {
    let Look { desired, observed, plan: _ } = look;
    let Desired { secrets, roles, task_definitions, services, broken, .. } = desired;
    let mut found: BTreeSet<ResourceId> = broken.keys().cloned().collect();
    let mut judge = |kind: Kind, name: &Name, differs: bool| {
        if differs {
            found.insert(ResourceId::new(kind, name));
        }
    };
    for name in secrets.keys() {
        judge(Kind::Secret, name, secret(desired, observed, name));
    }
    for name in roles.keys() {
        judge(Kind::ExecutionRole, name, role(look, name));
    }
    for (name, service) in services {
        judge(Kind::Service, name, self::service(desired, observed, name, service));
    }
    for (name, td) in task_definitions {
        let unused = !services.values().any(|service| service.task_definition == *name);
        let newest = observed.newest.get(name).and_then(Seen::present);
        let newest = newest.and_then(|arn| seen(&observed.revisions, arn).ok().flatten());
        let absent = matches!(observed.newest.get(name), Some(Seen::Absent));
        let differs = newest.is_some_and(|newest| content(desired, observed, td, &newest.revision, false));
        judge(Kind::TaskDefinition, name, unused && (absent || differs));
        judge(Kind::TaskDefinition, name, runs_with_other_tags(look, name, td));
    }
    found
}

fn secret(desired: &Desired, observed: &Observed, name: &Name) -> bool {
    let (Some(wanted), Ok(Some(live))) = (desired.secrets.get(name), seen(&observed.secrets, name)) else {
        return true;
    };
    if live.deleted.is_some() || !live.stages.contains_key(&Stage::current()) {
        return true;
    }
    let described = wanted.description.as_deref().is_some_and(|text| text != live.description.as_deref().unwrap_or(""));
    let ours = tags::is_ours(&live.tags, &desired.installation);
    let deletion = !wanted.is_reference() && wanted.deletion_policy.tag().as_ref() != live.tags.get(DELETION);
    described
        || deletion
        || (!wanted.is_reference() && !ours)
        || tagged(wanted.tags.as_ref(), &live.tags)
        || valued(observed, name, wanted, live)
        || rotated(wanted, live)
        || copied(observed, wanted, live)
        || shared(observed, name, wanted, live)
}

/// Should another value be current? A generated one that was made already only lacks its record.
fn valued(observed: &Observed, name: &Name, wanted: &Secret, live: &ObservedSecret) -> bool {
    let Some(value) = &wanted.value else { return false };
    let version = value.version(&wanted.secret_name);
    let current = live.stages.get(&Stage::current());
    match value {
        ValueSource::Generate(generate) => {
            let listed = observed.versions.get(name).and_then(Seen::present).into_iter().flatten();
            live.generation() < generate.generation && !listed.map(|listed| &listed.id).any(|id| *id == version)
        }
        ValueSource::Encrypted(encrypted) => encrypted.write == WritePolicy::Enforce && current != Some(&version),
    }
}

fn rotated(wanted: &Secret, live: &ObservedSecret) -> bool {
    let on = live.rotation.as_ref().filter(|rotation| rotation.enabled);
    match (&wanted.rotation, on) {
        (None, _) | (Some(Rotation::Off), None) => false,
        (Some(Rotation::Off), Some(_)) | (Some(Rotation::On(_)), None) => true,
        (Some(Rotation::On(settings)), Some(has)) => {
            has.lambda_arn.as_ref() != Some(&settings.lambda_arn)
                || has.schedule.as_ref() != Some(&settings.schedule)
                || settings.window.is_some_and(|window| has.window != Some(window))
        }
    }
}

/// Only an exact look shows the copies and the policy.
fn copied(observed: &Observed, wanted: &Secret, live: &ObservedSecret) -> bool {
    let Some(regions) = wanted.replicas.as_ref().filter(|_| live.exact) else { return false };
    let failed = |replica: &ObservedReplica| matches!(replica.status, ReplicaStatus::Failed(_));
    let end = |key: &KeyId| key.as_str().rsplit('/').next().map(str::to_owned);
    let rekeyed = regions.iter().any(|(region, key)| {
        // What its own Region says of it goes before what the primary states.
        let own = observed.keys_of_copies.get(&live.arn.in_region(region)).and_then(Seen::present);
        let has = own.or(live.replicas.get(region).map(|has| &has.kms_key_id)).and_then(Option::as_ref);
        key.as_ref().zip(has).is_some_and(|(key, has)| end(key) != end(has))
    });
    !regions.keys().eq(live.replicas.keys()) || live.replicas.values().any(failed) || rekeyed
}

fn shared(observed: &Observed, name: &Name, wanted: &Secret, live: &ObservedSecret) -> bool {
    let Some(policy) = wanted.resource_policy.as_ref().filter(|_| live.exact) else { return false };
    match observed.resource_policies.get(name) {
        Some(Seen::Present(has)) => has != policy,
        Some(Seen::Absent) => !policy.is_empty(),
        Some(Seen::Unreadable(_)) | None => true,
    }
}

/// Do all its services run the wanted content in one ACTIVE revision, and does that lack its tags?
fn runs_with_other_tags(look: &Look<'_>, name: &Name, td: &TaskDefinition) -> bool {
    let Look { desired, observed, plan: _ } = look;
    let users = desired.services.iter().filter(|(_, service)| service.task_definition == *name);
    let running = users.map(|(user, _)| Some(&seen(&observed.services, user).ok()??.task_definition));
    let running: Option<BTreeSet<_>> = running.collect();
    let Some(arn) = running.filter(|all| all.len() == 1).and_then(|all| all.first().copied()) else { return false };
    let live = seen(&observed.revisions, arn).ok().flatten().filter(|live| live.is_active());
    live.is_some_and(|live| {
        let ours = tags::may_change(&live.tags, &desired.installation, td.adopt);
        ours && tagged(Some(&td.tags), &live.tags) && !content(desired, observed, td, &live.revision, true)
    })
}

fn tagged(wanted: Option<&Tags>, live: &Tags) -> bool {
    wanted.is_some_and(|wanted| *wanted != tags::of_the_user(live))
}

fn role(look: &Look<'_>, name: &Name) -> bool {
    let Look { desired, observed, plan: _ } = look;
    let (Some(wanted), Ok(Some(live))) = (desired.roles.get(name), seen(&observed.roles, name)) else { return true };
    let lacks = wanted.managed_policy_arns.as_ref().is_some_and(|arns| !arns.is_subset(&live.attached));
    let boundary = wanted.permissions_boundary.is_some() && wanted.permissions_boundary != live.permissions_boundary;
    let ours = tags::is_ours(&live.tags, &desired.installation);
    // Who may assume an adopted role stays as it is, as long as ECS may.
    let adopted = live.tags.contains_key(tags::ADOPTED);
    let trust = !adopted && live.trust != Policy::read(&grant::trust(&observed.scope));
    match wanted.mode {
        RoleMode::ManageRole => {
            trust
                || lacks
                || boundary
                || !ours
                || wanted.path != live.path
                || access::is_short(look, name, wanted, live)
        }
        RoleMode::ManagePolicy => access::is_short(look, name, wanted, live),
        RoleMode::Observe => false,
    }
}

fn service(desired: &Desired, observed: &Observed, name: &Name, service: &Service) -> bool {
    let Ok(Some(live)) = seen(&observed.services, name) else { return true };
    let Some(td) = desired.task_definitions.get(&service.task_definition) else { return true };
    let Ok(Some(running)) = seen(&observed.revisions, &live.task_definition) else { return true };
    let ours = tags::is_ours(&live.tags, &desired.installation);
    // It keeps the versions that it was told to run with, and no others.
    let digest = super::super::service::digest(desired, service);
    let told = Mark::read(&live.tags, tags::APPLIED).filter(|mark| ours && mark.digest == digest);
    let told = told.and_then(|mark| mark.versions);
    let keeps = told.is_none() || told == running.revision.versions();
    let ignores = service.rollout.on_secret_change == OnSecretChange::Ignore && keeps;
    let named = live.tags.get(tags::RESOURCE).is_some_and(|id| *id == format!("{}/{name}", Kind::Service));
    // Of what is nobody's, tags alone are no difference.
    (!ours && (service.adopt || tags::owner(&live.tags).is_some()))
        || (ours && !named)
        || running.family != td.family
        || tagged(service.tags.as_ref(), &live.tags)
        || fields(service, live)
        || content(desired, observed, td, &running.revision, ignores)
        || is_overdue(observed, service, live)
}

fn is_overdue(observed: &Observed, service: &Service, live: &ObservedService) -> bool {
    let under_way = live.primary().filter(|primary| primary.is_in_progress());
    under_way.is_some_and(|primary| observed.at.since(primary.created_at) > crate::plan::patience(service, live))
}

fn fields(service: &Service, live: &ObservedService) -> bool {
    let without = |document: &Document| {
        service.ignore.iter().fold(document.clone(), |document, path| document.with(path, None, &SERVICE))
    };
    let (wanted, has) = (without(service.fields.canonical()), without(live.fields.canonical()));
    service.fields.names().into_iter().any(|name| wanted.member(name) != has.member(name))
}

fn content(
    desired: &Desired,
    observed: &Observed,
    td: &TaskDefinition,
    live: &Revision<crate::model::arn::Arn>,
    ignores: bool,
) -> bool {
    let without = |document: &Document| {
        td.ignore.iter().fold(document.clone(), |document, path| document.with(path, None, &TASK_DEFINITION))
    };
    let role = match &td.execution_role {
        None => live.execution_role.is_some(),
        Some(RoleUse::Raw(role)) => live.execution_role != Some(observed.scope.role(role.as_str())),
        Some(RoleUse::Declared(name)) => match (seen(&observed.roles, name), desired.roles.get(name)) {
            (Ok(Some(has)), _) => live.execution_role.as_ref() != Some(&has.arn),
            // Made again under its name, it has the ARN that it had.
            (Ok(None), Some(role)) => {
                let next = observed.scope.iam(&format!("role{}{}", role.path, role.role_name));
                live.execution_role != Some(next) || role.mode != RoleMode::ManageRole
            }
            (Ok(None), None) | (Err(_), _) => true,
        },
    };
    let slots: BTreeSet<&Slot> = td.secrets.keys().chain(live.secrets.keys()).collect();
    let reads = |slot: &&Slot| match (td.secrets.get(*slot), live.secrets.get(*slot)) {
        (Some(wanted), Some(has)) => !as_wanted(desired, observed, td, slot, wanted, has, ignores),
        _ => true,
    };
    role || without(&td.content) != without(&live.content) || slots.iter().any(reads)
}

fn as_wanted(
    desired: &Desired,
    observed: &Observed,
    td: &TaskDefinition,
    slot: &Slot,
    wanted: &SecretUse,
    has: &SecretSource<crate::model::arn::Arn>,
    ignores: bool,
) -> bool {
    let (secret, key, stage, pin) = match wanted {
        SecretUse::Raw(text) => return SecretSource::parse(text, None) == *has,
        SecretUse::Declared { secret, key, stage, pin } => (secret, key, stage, pin),
    };
    let Some(live) = desired.secrets.get(secret).and(seen(&observed.secrets, secret).ok().flatten()) else {
        return false;
    };
    let SecretSource::Secret { arn, key: has_key, stage: has_stage, version } = has else { return false };
    let registry = slot.place == Place::Registry;
    let usual = desired.secrets.get(secret).map_or(Pinning::Current, Secret::pinning);
    let pinning = td.pins(slot, *pin, usual);
    let pinned = pinning == Pinning::VersionId;
    let watched = pinning != Pinning::Unwatched;
    let follows = stage.clone().unwrap_or_else(Stage::current);
    let said = (!pinned && follows != Stage::current()).then_some(&follows);
    let current = live.stages.get(&follows);
    arn == &live.arn
        && (has_key.as_ref() == key.as_ref().filter(|_| !registry))
        && has_stage.as_ref() == said
        && matches!(version, Version::Pinned(_)) == pinned
        && (ignores || version.id() == current.filter(|_| watched))
}
