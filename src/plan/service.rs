//! Services: what differs, and whether it may be changed now.

use std::collections::BTreeSet;

use super::action::{Action, Call};
use super::diff;
use super::draft::{Draft, NewStep, drifted, id};
use super::envelope;
use super::gate::{Gate, Wish, foreign_controller, leaving, waits_for_adoption};
use super::held::Because;
use super::role::{RoleOutlook, Roles};
use super::secret::{tag_changes, tag_differences};
use super::service_fields::changed_fields;
use super::service_update::{Sending, push_update};
use super::step::{Ref, Shown, StepId, Why};
use super::task_definition::{Difference, Wanted};
use super::turn::Turn;
use super::{overdue, rollout, versions};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::seen;
use crate::model::path::Path;
use crate::model::rules::SERVICE;
use crate::model::service::{ObservedService, OnSecretChange, Service};
use crate::model::tags::{self, APPLIED, Digest, Mark, Stamp, Tags};
use crate::model::task_definition::{ObservedRevision, RoleUse};

/// What a service is planned from.
pub(super) struct Context<'p, 'a> {
    pub(super) roles: &'p Roles,
    /// Its task definition; the error is the resource that it waits for.
    pub(super) wanted: Result<&'p mut Wanted<'a>, ResourceId>,
    pub(super) turn: &'p mut Turn,
}

pub(super) fn plan_service(draft: &mut Draft<'_>, name: &Name, service: &Service, context: Context<'_, '_>) {
    let target = id(Kind::Service, name);
    let Context { roles, wanted, turn } = context;
    let observed = draft.observed;
    if let Some(because) = envelope::forbids_service(draft.desired, &observed.scope, service) {
        return draft.hold(&target, because, Vec::new());
    }
    let live = match seen(&observed.services, name) {
        Ok(live) => live,
        Err(why) => return draft.hold(&target, Because::Unreadable(why.to_owned()), Vec::new()),
    };
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(root) => return draft.hold(&target, Because::WaitingOn(root), Vec::new()),
    };
    let role =
        match &draft.desired.task_definitions.get(&service.task_definition).and_then(|td| td.execution_role.clone()) {
            Some(RoleUse::Declared(role)) => roles.get(role).cloned(),
            Some(RoleUse::Raw(_)) | None => None,
        };
    let digest = digest(draft.desired, service);
    match live {
        None => create(draft, &target, service, wanted, role.as_ref(), turn, digest),
        Some(live) => update(draft, &Subject { target, name, service, live, role, digest }, wanted, turn),
    }
}

/// Digest of the manifest and of its task definition's, not of the versions of secrets.
pub(super) fn digest(desired: &Desired, service: &Service) -> Digest {
    let td = desired.task_definitions.get(&service.task_definition).map(|td| Wanted::digest(desired, td));
    let Service { service_name: _, cluster: _, cluster_arn: _, task_definition: _, fields, tags, ignore, .. } = service;
    Digest::of(&(td, fields.all_written(), tags, ignore))
}

fn create(
    draft: &mut Draft<'_>,
    target: &ResourceId,
    service: &Service,
    wanted: &mut Wanted<'_>,
    role: Option<&RoleOutlook>,
    turn: &Turn,
    digest: Digest,
) {
    let held = service.suspend.then_some(Because::Suspended);
    if let Some(because) = held.or_else(|| foreign_controller(&service.fields)) {
        return draft.hold(target, because, Vec::new());
    }
    if let Some(because) = turn.wave(service) {
        return draft.hold(target, because, Vec::new());
    }
    if let Some(until) = role.and_then(|role| role.settling(draft)) {
        return draft.hold(target, Because::Settling { until: Some(until) }, Vec::new());
    }
    let task_definition = match wanted.register(draft, &Why::Missing) {
        Ok(task_definition) => task_definition,
        Err(because) => return draft.hold(target, because, Vec::new()),
    };
    let mut fields = service.fields.all_written().clone();
    fields.entry("desiredCount").or_insert_with(|| 1.into());
    if service.fields.is_daemon() {
        fields.remove("desiredCount");
    }
    let tags: Tags = service.tags.clone().unwrap_or_default();
    let tags: Tags = tags.into_iter().chain(tags::ownership(&draft.desired.installation, target)).collect();
    let mut changes = vec![
        draft.change(target, Path::of("cluster"), None, Some(Shown::Value(service.cluster.as_str().into()))),
        draft.change(target, Path::of("taskDefinition"), None, Some(Shown::from(&task_definition))),
    ];
    let none = crate::model::document::Document::default();
    for (path, before, after) in diff::documents(&none, service.fields.canonical(), &SERVICE) {
        changes.push(draft.change(target, path, before.map(Shown::Value), after.map(Shown::Value)));
    }
    let key = Digest::of(&(draft.observed.at, &service.cluster, &service.service_name, &fields));
    let call = Call::CreateService {
        cluster: service.cluster.clone(),
        service: service.service_name.clone(),
        task_definition: task_definition.clone(),
        fields,
        tags,
        // ECS takes at most 36 characters.
        client_token: key.as_str()[..32].to_owned(),
    };
    let mut needs = steps_before(&task_definition, role);
    needs.sort_unstable();
    if let Some(step) = draft.push(target, NewStep { call, why: Why::Missing, changes, needs }) {
        let stamp = Stamp { versions: wanted.revision.versions(), ..draft.new_stamp(APPLIED, digest) };
        draft.stamp(target, &stamp);
        defer(draft, step, role);
    }
}

/// One service that exists.
pub(super) struct Subject<'p> {
    pub(super) target: ResourceId,
    pub(super) name: &'p Name,
    pub(super) service: &'p Service,
    pub(super) live: &'p ObservedService,
    pub(super) role: Option<RoleOutlook>,
    pub(super) digest: Digest,
}

fn update(draft: &mut Draft<'_>, subject: &Subject<'_>, wanted: &mut Wanted<'_>, turn: &mut Turn) {
    let Subject { target, name: _, service, live, role: _, digest } = subject;
    let mark = Mark::read(&live.tags, APPLIED);
    let running = match seen(&draft.observed.revisions, &live.task_definition) {
        Ok(running) => running,
        Err(why) => {
            let because = Because::Unreadable(format!("{}: {why}", live.task_definition));
            return draft.hold(target, because, Vec::new());
        }
    };
    let difference = match difference(draft, subject, wanted, running) {
        Ok(difference) => difference,
        Err(because) => return draft.hold(target, because, wanted.changes(draft, running)),
    };
    let ours = tags::is_ours(&live.tags, &draft.desired.installation);
    let fields = changed_fields(draft, target, service, live);
    let wanted_tags = wanted_tags(draft, target, service, live);
    let (mut set, mut unset) = tag_changes(&live.tags, &wanted_tags);

    let runs = running.and_then(|running| running.revision.versions());
    let same = matches!(difference, Difference::None) && fields.changes.is_empty() && unset.is_empty();
    if let Some(why) = leaving(live).filter(|_| same && !service.suspend) {
        return draft.hold(target, Because::RolloutInProgress(why), Vec::new());
    }
    if same && waits_for_adoption(service, live, &set) {
        return;
    }
    if same && set.is_empty() {
        return leave(draft, subject, mark, runs);
    }

    let of_the_fields = if ours { drifted(mark.as_ref(), digest) } else { Why::Adopted };
    let why = match &difference {
        Difference::Versions(names) if ours && fields.changes.is_empty() => Why::SecretRotated(names.clone()),
        _ => of_the_fields.clone(),
    };
    let gate = Gate { service: subject, running, mark: mark.as_ref() };
    let mut wish = Wish { difference, update: fields, why };
    if let Some(because) = gate.forbidden(draft, &wish) {
        return draft.hold(target, because, gate.changes(draft, wanted, &wish));
    }
    if let Some(because) = gate.stale(draft, wanted, &mut wish) {
        return draft.hold(target, because, gate.changes(draft, wanted, &wish));
    }
    match (gate.may_stay(draft, wanted, &mut wish), &wish.difference) {
        (Err(because @ Because::RolloutFailed { .. }), _) => {
            draft.hold(target, because, gate.take_redeployment(draft, wanted, &mut wish));
            if !wish.update.changes.is_empty() || !set.is_empty() || !unset.is_empty() {
                draft.hold(target, Because::DriftDetected, wish.update.changes);
            }
            return;
        }
        (Err(because), _) => return draft.hold(target, because, gate.changes(draft, wanted, &wish)),
        (Ok(false), _) => {}
        // What was changed by hand stays, and does not keep the secrets from being rolled out.
        (Ok(true), Difference::Versions(names)) => {
            wish.why = Why::SecretRotated(names.clone());
            let stays = std::mem::take(&mut wish.update);
            draft.hold(target, Because::DriftDetected, stays.changes);
            (set, unset) = (Tags::new(), BTreeSet::new());
        }
        (Ok(true), _) => return draft.hold(target, Because::DriftDetected, gate.changes(draft, wanted, &wish)),
    }
    let mut told = if matches!(wish.difference, Difference::None) { runs.clone() } else { wanted.revision.versions() };
    if let Some(because) = gate.secrets(draft, wanted, &wish) {
        // What waits for a secret does not hold up the rest, and the rest does not bring it along.
        draft.hold(target, because, wanted.changes(draft, running));
        wish.difference = Difference::None;
        wish.why.clone_from(&of_the_fields);
        told = mark.as_ref().and_then(|mark| mark.versions.clone()).or_else(|| runs.clone());
    }
    let mut waits = gate.timing(draft, wanted, &mut wish, turn);
    if let Some(because) = waits.take_if(|because| gate.parts(because, &wish, &of_the_fields)) {
        draft.hold(target, because, gate.take_redeployment(draft, wanted, &mut wish));
        if wish.update.changes.is_empty() && set.is_empty() && unset.is_empty() {
            return;
        }
        wish.why = of_the_fields;
        told = mark.as_ref().and_then(|mark| mark.versions.clone()).or(runs);
        waits = gate.timing(draft, wanted, &mut wish, turn);
    }
    if let Some(because) = waits {
        return draft.hold(target, because, gate.changes(draft, wanted, &wish));
    }
    let Wish { difference, update, why } = wish;
    let same_content = matches!(difference, Difference::None) && update.changes.is_empty();

    let mut needs = Vec::new();
    let (set_changes, unset_changes) = tag_differences(draft, target, &live.tags, &set, &unset);
    if !set.is_empty() {
        let call = Call::TagService { service: live.arn.clone(), tags: set };
        needs.extend(draft.push(target, NewStep { call, why: why.clone(), changes: set_changes, needs: Vec::new() }));
    }
    if !unset.is_empty() {
        let call = Call::UntagService { service: live.arn.clone(), keys: unset };
        needs.extend(
            draft.push(target, NewStep { call, why: why.clone(), changes: unset_changes, needs: needs.clone() }),
        );
    }
    let sending = Sending { wanted, running, difference: &difference, update, why, needs };
    // The mark says that all of it is done: where a part is held, it waits for that.
    if same_content || push_update(draft, subject, sending, turn).is_some() {
        let stamp = Stamp { versions: told, ..draft.new_stamp(APPLIED, digest.clone()) };
        draft.stamp(target, &stamp);
    }
}

/// What is as it should be may have failed all the same, or lack its mark.
fn leave(draft: &mut Draft<'_>, subject: &Subject<'_>, mark: Option<Mark>, runs: Option<Digest>) {
    let Subject { target, name: _, service, live, role: _, digest } = subject;
    if let Some(because) = rollout::failed_in_place(draft, service, live) {
        return overdue::stop_or_hold(draft, subject, because);
    }
    let behind = draft.is_behind(mark.as_ref()).is_some();
    let is_stale = |mark: &Mark| mark.digest != *digest || (mark.versions.is_some() && mark.versions != runs);
    if mark.is_some_and(|mark| is_stale(&mark)) && !service.suspend && !behind {
        let stamp = Stamp { versions: runs, ..draft.new_stamp(APPLIED, digest.clone()) };
        let call = Call::TagService { service: live.arn.clone(), tags: Tags::new() };
        draft.repair(target, Action { call, stamp: Some(stamp) });
    }
}

/// What differs between the revision that runs and the wanted one, and counts: versions that someone else chose are content,
/// and those that the manifest ignores are none.
fn difference(
    draft: &mut Draft<'_>,
    subject: &Subject<'_>,
    wanted: &mut Wanted<'_>,
    running: Option<&ObservedRevision>,
) -> Result<Difference, Because> {
    let Some(running) = running else { return Ok(Difference::Content) };
    let difference = wanted.difference(running);
    let Difference::Versions(names) = &difference else { return Ok(difference) };
    if versions::set_by_hand(draft, subject, wanted, running)? {
        // Where someone else has rolled out a rotation, a list may still show the version before it.
        return wanted.confirm(draft, names).map_or(Ok(Difference::Content), Err);
    }
    if !ignores(subject.service, wanted, running) {
        return Ok(difference);
    }
    if let Some(secret) = wanted.deprecated(running) {
        draft.hold(&subject.target, Because::PinnedVersionDeprecated(secret.to_string()), Vec::new());
    }
    Ok(Difference::None)
}

/// Steps that start tasks wait for the role that the same plan widens.
pub(super) fn defer(draft: &mut Draft<'_>, step: StepId, role: Option<&RoleOutlook>) {
    let widened = role.is_some_and(|role| !role.granting.is_empty());
    if widened && !draft.desired.policy.settle.is_zero() {
        draft.step_mut(step).deferred = Some(Because::Settling { until: None });
    }
}

pub(super) fn steps_before(task_definition: &Ref<Arn>, role: Option<&RoleOutlook>) -> Vec<StepId> {
    let registered = match task_definition {
        Ref::From(step) => Some(*step),
        Ref::Known(_) => None,
    };
    let granted = role.into_iter().flat_map(|role| role.granting.iter().copied());
    granted.chain(registered).collect()
}

fn wanted_tags(draft: &Draft<'_>, target: &ResourceId, service: &Service, live: &ObservedService) -> Tags {
    let user = service.tags.clone().unwrap_or_else(|| tags::of_the_user(&live.tags));
    user.into_iter().chain(tags::ownership(&draft.desired.installation, target)).collect()
}

/// Does the service run what is wanted already, as far as it follows its secrets?
pub(super) fn runs_it(draft: &Draft<'_>, name: &Name, wanted: &Wanted<'_>) -> bool {
    let live = seen(&draft.observed.services, name).ok().flatten();
    let running = live.and_then(|live| seen(&draft.observed.revisions, &live.task_definition).ok().flatten());
    let service = draft.desired.services.get(name);
    running.is_some_and(|running| match wanted.difference(running) {
        Difference::None => true,
        Difference::Versions(_) => service.is_some_and(|service| ignores(service, wanted, running)),
        Difference::Content => false,
    })
}

/// May the service keep the versions that it runs with? Not those of a secret that was deleted and made again.
fn ignores(service: &Service, wanted: &Wanted<'_>, running: &ObservedRevision) -> bool {
    service.rollout.on_secret_change == OnSecretChange::Ignore && wanted.same_secrets(running)
}
