//! Everything that can stand between a service's difference and its step, in the order in which it is reported.

use super::draft::Draft;
use super::held::Because;
use super::question::Question;
use super::rollout::{self, Attempt};
use super::service::{Subject, Update};
use super::step::{Change, Why};
use super::task_definition::{Difference, Wanted};
use super::turn::Turn;
use crate::model::service::{DriftPolicy, OnSecretChange, is_immutable};
use crate::model::tags::{self, Mark};
use crate::model::task_definition::ObservedRevision;

/// A difference that wants to become a step.
pub(super) struct Gate<'g> {
    pub(super) service: &'g Subject<'g>,
    pub(super) running: Option<&'g ObservedRevision>,
    pub(super) difference: &'g Difference,
    pub(super) update: &'g Update,
    pub(super) mark: Option<&'g Mark>,
    pub(super) why: &'g Why,
}

impl Gate<'_> {
    /// The first thing that stands in the way, with what would change.
    pub(super) fn closed(
        &self,
        draft: &mut Draft<'_>,
        wanted: &mut Wanted<'_>,
        turn: &Turn,
    ) -> Option<(Because, Vec<Change>)> {
        let mut changes = self.update.changes.clone();
        if !matches!(self.difference, Difference::None) {
            changes.extend(wanted.changes(draft, self.running));
        }
        let with = |because| Some((because, changes.clone()));
        if let Some(because) = self.forbidden(draft) {
            return with(because);
        }
        if let Some(because) = self.secrets(draft, wanted) {
            return with(because);
        }
        let redeploys = self.update.triggers || !matches!(self.difference, Difference::None);
        if !redeploys && !self.update.starts_tasks {
            return None;
        }
        if let Some(because) = turn.wave(self.service.service) {
            return with(because);
        }
        if let Some(until) = self.service.role.as_ref().and_then(|role| role.settling) {
            return with(Because::Settling { until: Some(until) });
        }
        if redeploys {
            if let Some(because) = self.rollout(draft, wanted) {
                return with(because);
            }
            return turn.slot(self.service.live, draft.desired.policy.max_concurrent).and_then(with);
        }
        None
    }

    /// What no waiting changes.
    fn forbidden(&self, draft: &Draft<'_>) -> Option<Because> {
        let Subject { service, live, digest, .. } = self.service;
        let owner = live.tags.get(tags::INSTALLATION).cloned();
        if !tags::is_ours(&live.tags, &draft.desired.installation) && !service.adopt {
            return Some(Because::NotOurs(owner));
        }
        if service.suspend {
            return Some(Because::Suspended);
        }
        let controller = live.fields.written("deploymentController").and_then(|c| c.get("type")?.as_str());
        if let Some(other @ ("CODE_DEPLOY" | "EXTERNAL")) = controller {
            let why = format!("its deployment controller is {other}, which evenkeel does not drive");
            return Some(Because::Unsupported(why));
        }
        if live.status == "DRAINING" {
            return Some(Because::RolloutInProgress("it is being deleted: its last tasks are draining".to_owned()));
        }
        if let Some(field) = self.update.fields.keys().find(|field| is_immutable(field)) {
            return Some(Because::Immutable(field.clone()));
        }
        if let Some(because) = draft.is_stale(self.mark, digest).filter(|_| !matches!(self.why, Why::SecretRotated(_)))
        {
            return Some(because);
        }
        let by_hand = matches!(self.why, Why::Drifted) && service.drift_policy == DriftPolicy::Detect;
        by_hand.then_some(Because::DriftDetected)
    }

    /// What a change of secrets alone waits for.
    fn secrets(&self, draft: &mut Draft<'_>, wanted: &Wanted<'_>) -> Option<Because> {
        let (Difference::Versions(names), true) = (self.difference, self.update.changes.is_empty()) else {
            return None;
        };
        let Subject { service, target, .. } = self.service;
        if let Some(because) = wanted.confirm(draft, names) {
            return Some(because);
        }
        let chosen = draft.desired.only.as_ref().is_some_and(|only| only.contains(target));
        match service.rollout.on_secret_change {
            OnSecretChange::Hold if !chosen => {
                let deprecated = self.running.and_then(|running| wanted.deprecated(running));
                return Some(
                    deprecated
                        .map_or(Because::SecretChangeHeld, |name| Because::PinnedVersionDeprecated(name.to_string())),
                );
            }
            OnSecretChange::Hold | OnSecretChange::Redeploy | OnSecretChange::Ignore => {}
        }
        if service.rollout.debounce.is_zero() {
            return None;
        }
        // All are asked for at once: looks are few.
        let asked: Vec<_> = names
            .iter()
            .map(|name| draft.ask(Question::VersionDate(name.clone()), &draft.observed.version_dates))
            .collect();
        let mut newest = None;
        for date in asked {
            match date {
                Ok(date) => newest = newest.max(date.copied()),
                Err(because) => return Some(because),
            }
        }
        let until = newest? + service.rollout.debounce;
        (until > draft.observed.at).then_some(Because::Debouncing { until })
    }

    fn rollout(&self, draft: &mut Draft<'_>, wanted: &mut Wanted<'_>) -> Option<Because> {
        let Subject { name, service, live, .. } = self.service;
        let secrets_only = matches!(self.why, Why::SecretRotated(_));
        let known = match (self.difference, wanted.is_new()) {
            (Difference::None, _) => true,
            (_, true) => false,
            (_, false) => match wanted.existing(draft) {
                Ok(existing) => existing.is_some(),
                Err(because) => return Some(because),
            },
        };
        rollout::blocks(draft, &Attempt { name, service, live, secrets_only, registered: known }, |revision| {
            matches!(wanted.difference(revision), Difference::None)
        })
    }
}
