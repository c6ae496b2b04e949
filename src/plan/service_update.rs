//! The call that brings an existing service to what is wanted, with all that is said of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::action::Call;
use super::draft::{Draft, NewStep};
use super::service::{Subject, defer, steps_before};
use super::service_fields::Update;
use super::step::{Risk, Shown, StepId, Why};
use super::task_definition::{Difference, Wanted};
use super::turn::Turn;
use crate::model::id::ResourceId;
use crate::model::path::Path;
use crate::model::service::{ObservedService, Service, ServiceFields, reaches_only_later};
use crate::model::task_definition::ObservedRevision;

pub(super) struct Sending<'s, 'a> {
    pub(super) wanted: &'s mut Wanted<'a>,
    pub(super) running: Option<&'s ObservedRevision>,
    pub(super) difference: &'s Difference,
    pub(super) update: Update,
    pub(super) why: Why,
    pub(super) needs: Vec<StepId>,
}

pub(super) fn push_update(
    draft: &mut Draft<'_>,
    subject: &Subject<'_>,
    sending: Sending<'_, '_>,
    turn: &mut Turn,
) -> Option<StepId> {
    let Subject { target, name: _, service, live, role, digest: _ } = subject;
    let Sending { wanted, running, difference, update, why, mut needs } = sending;
    let starts_tasks = update.starts_tasks();
    let mut changes = update.changes;
    let mut task_definition = None;
    if !matches!(difference, Difference::None) {
        let registered_for = match difference {
            Difference::Versions(names) => Why::SecretRotated(names.clone()),
            Difference::None | Difference::Content => why.clone(),
        };
        let revision = match wanted.register(draft, &registered_for) {
            Ok(revision) => revision,
            Err(because) => {
                draft.hold(target, because, changes);
                return None;
            }
        };
        let before = Some(Shown::Value(live.task_definition.as_str().into()));
        changes.insert(0, draft.change(target, Path::of("taskDefinition"), before, Some(Shown::from(&revision))));
        changes.extend(wanted.changes_unshown(draft, &live.task_definition, running));
        needs.extend(steps_before(&revision, role.as_ref()));
        task_definition = Some(revision);
    } else if starts_tasks {
        needs.extend(role.iter().flat_map(|role| role.granting.iter().copied()));
    }
    needs.sort_unstable();
    needs.dedup();
    let redeploys = task_definition.is_some() || update.triggers;
    if !redeploys {
        note_later(draft, target, &update.fields);
    }
    let secrets_only = matches!(difference, Difference::Versions(_));
    let call = Call::UpdateService {
        cluster: service.cluster.clone(),
        service: service.service_name.clone(),
        arn: live.arn.clone(),
        from: live.task_definition.clone(),
        task_definition,
        fields: update.fields,
    };
    let step = draft.push(target, NewStep { call, why, changes, needs })?;
    let risks = risks(service, live, wanted, redeploys, secrets_only);
    draft.step_mut(step).risk.extend(risks);
    // What was not chosen is not carried out, and takes no slot from what was.
    if redeploys && draft.desired.only.as_ref().is_none_or(|only| only.contains(target)) {
        turn.redeploys(live);
    }
    if redeploys || starts_tasks {
        defer(draft, step, role.as_ref());
    }
    Some(step)
}

/// Some fields are for later tasks and rollouts alone: nothing happens when they change.
fn note_later(draft: &mut Draft<'_>, target: &ResourceId, fields: &Map<String, Value>) {
    let later: Vec<&str> = fields.keys().map(String::as_str).filter(|name| reaches_only_later(name)).collect();
    if !later.is_empty() {
        draft.note(target, format!("reaches only later tasks and rollouts: {}", later.join(", ")));
    }
}

fn risks(
    service: &Service,
    live: &ObservedService,
    wanted: &Wanted<'_>,
    redeploys: bool,
    secrets_only: bool,
) -> BTreeSet<Risk> {
    let mut risks = BTreeSet::new();
    if !redeploys {
        return risks;
    }
    risks.insert(Risk::Redeploy);
    let tagged = |image: &str| !image.contains("@sha256:");
    if secrets_only && wanted.revision.containers().any(|container| tagged(container.image())) {
        risks.insert(Risk::ImageMayChange);
    }
    let minimum =
        |fields: &ServiceFields| fields.written("deploymentConfiguration")?.get("minimumHealthyPercent")?.as_i64();
    if minimum(&service.fields).or_else(|| minimum(&live.fields)) == Some(0) {
        risks.insert(Risk::ZeroHealthy);
    }
    risks
}
