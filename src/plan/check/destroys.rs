//! What deletes something that no manifest names: only what is ours, is confirmed, is asked for by the configuration, and
//! that nothing uses.

use std::collections::BTreeSet;

use super::super::action::Call;
use super::super::step::{Ref, Step, StepId};
use super::{Finding, Look};
use crate::model::arn::Arn;
use crate::model::deletion::DELETION;
use crate::model::id::ResourceId;
use crate::model::inventory::{Named, Remnant};
use crate::model::observed::{Seen, seen};
use crate::model::tags::{RESOURCE, Tags, is_ours};

/// Is the step for something that has no manifest, or one that deletes?
pub(super) fn concerns(look: &Look<'_>, step: &Step) -> bool {
    step.action.call.owner().is_some() || !look.desired.declares(&step.target)
}

pub(super) fn check(look: &Look<'_>, id: StepId, step: &Step, found: &mut BTreeSet<Finding>) {
    let desired = look.desired;
    let mut wrong = |what: &str| {
        found.insert(Finding::Destroys(id, what.to_owned()));
    };
    if !desired.policy.prune.enabled {
        wrong("prune is off");
    }
    if desired.unknown || !desired.broken.is_empty() {
        wrong("the manifests have errors");
    }
    if desired.unsettled {
        wrong("manifests may still be on their way");
    }
    let declared = desired.services.len() + desired.roles.len() + desired.secrets.len();
    if declared + desired.task_definitions.len() == 0 {
        wrong("nothing is wanted at all");
    }
    if let Err(what) = object(look, &step.action.call) {
        wrong(&what);
    }
    if !look.desired.declares(&step.target) && !desired.policy.prune.allow(unwanted(look), owned(look)) {
        wrong("it is too large a part of what is there");
    }
}

/// How much nobody wants, also of what is held for now.
fn unwanted(look: &Look<'_>) -> usize {
    let steps = look.plan.steps().map(|(_, step)| &step.target);
    let all: BTreeSet<&ResourceId> = steps.chain(look.plan.held().iter().map(|held| &held.target)).collect();
    all.into_iter().filter(|target| !look.desired.declares(target)).count()
}

/// How much is ours, by lists: the revisions of a family are one.
fn owned(look: &Look<'_>) -> usize {
    let owned = look.observed.inventory.iter().flat_map(|inventory| inventory.owned.keys());
    let all: BTreeSet<String> = owned
        .map(|arn| match Named::of(arn) {
            Some(Named::Revision(family, _)) => family.to_string(),
            _ => arn.to_string(),
        })
        .collect();
    all.len()
}

/// The object that the call is about must be as the call supposes.
fn object(look: &Look<'_>, call: &Call<Ref<Arn>>) -> Result<(), String> {
    let Look { desired, observed, plan: _ } = look;
    let remnants = || observed.remnants.values().filter_map(Seen::present);
    match call {
        Call::DeleteService { cluster, service, arn, .. } => {
            let tags = match observed.remnants.get(arn) {
                Some(Seen::Present(Remnant::Service(live))) => &live.tags,
                _ => return Err("the service was not read for itself".to_owned()),
            };
            let wanted = desired.services.values().any(|w| w.cluster == *cluster && w.service_name == *service);
            ours(look, tags, wanted)
        }
        Call::DeleteRole { role, .. } | Call::DeleteRolePolicy { role, .. } | Call::DetachRolePolicy { role, .. } => {
            let live = remnants().find_map(|remnant| match remnant {
                Remnant::Role(live) if live.arn.as_str().ends_with(&format!("/{role}")) => Some(live),
                _ => None,
            });
            let Some(live) = live else { return Err("the role was not read for itself".to_owned()) };
            let uses = |revision: &&crate::model::task_definition::ObservedRevision| {
                revision.is_active() && revision.revision.execution_role.as_ref() == Some(&live.arn)
            };
            if observed.revisions.values().filter_map(Seen::present).any(|revision| uses(&revision)) {
                return Err("a revision that is ACTIVE names the role".to_owned());
            }
            ours(look, &live.tags, desired.roles.values().any(|wanted| wanted.role_name == *role))
        }
        Call::DeleteSecret { secret, .. } => {
            let Some(Seen::Present(Remnant::Secret(live))) = observed.remnants.get(secret) else {
                return Err("the secret was not read for itself".to_owned());
            };
            if !live.tags.contains_key(DELETION) || live.deleted.is_some() {
                return Err("nobody has asked for the secret's deletion, or it is under way".to_owned());
            }
            let reads = |revision: &&crate::model::task_definition::ObservedRevision| {
                let text = serde_json::to_string(&revision.revision).unwrap_or_default();
                revision.is_active() && text.contains(secret.as_str())
            };
            if observed.revisions.values().filter_map(Seen::present).any(|revision| reads(&revision)) {
                return Err("a revision that is ACTIVE reads the secret".to_owned());
            }
            let named = |name: &str| secret.as_str().contains(&format!(":secret:{name}-")) || name == secret.as_str();
            ours(look, &live.tags, desired.secrets.values().any(|wanted| named(wanted.secret_name.as_str())))
        }
        Call::DeregisterTaskDefinition { revision, .. } => {
            let Ok(Some(live)) = seen(&observed.revisions, revision) else {
                return Err("the revision was not read".to_owned());
            };
            match &observed.uses {
                Some(Seen::Present(uses)) if !uses.contains_key(revision) => {}
                _ => return Err("the revision is in use, or nobody knows".to_owned()),
            }
            let services = observed.services.values().filter_map(Seen::present);
            let wanted =
                services.map(|live| &live.task_definition).chain(observed.newest.values().filter_map(Seen::present));
            ours(look, &live.tags, wanted.into_iter().any(|arn| arn == revision))
        }
        other => Err(format!("{} is for nothing that has a manifest", other.name())),
    }
}

fn ours(look: &Look<'_>, tags: &Tags, wanted: bool) -> Result<(), String> {
    if wanted {
        return Err("a manifest names it, or a service runs it".to_owned());
    }
    if !is_ours(tags, &look.desired.installation) || !tags.contains_key(RESOURCE) {
        return Err("it does not carry this installation's tags".to_owned());
    }
    Ok(())
}
