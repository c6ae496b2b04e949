//! Everything that can stand between a service's difference and its step, in the order in which it is reported.

use super::draft::Draft;
use super::envelope;
use super::held::Because;
use super::question::Question;
use super::rollout::{self, Attempt, Verdict};
use super::service::Subject;
use super::service_fields::Update;
use super::step::{Change, Why};
use super::task_definition::{Difference, Wanted};
use super::turn::Turn;
use crate::model::id::Name;
use crate::model::service::{
    DriftPolicy, ObservedService, OnSecretChange, Service, ServiceFields, is_immutable, triggers_deployment,
};
use crate::model::tags::{self, Mark, Tags};
use crate::model::task_definition::ObservedRevision;

/// What stands before the changes of one service.
pub(super) struct Gate<'g> {
    pub(super) service: &'g Subject<'g>,
    pub(super) running: Option<&'g ObservedRevision>,
    pub(super) mark: Option<&'g Mark>,
}

/// Differences that want to become a step.
pub(super) struct Wish {
    pub(super) difference: Difference,
    pub(super) update: Update,
    pub(super) why: Why,
}

impl Wish {
    fn redeploys(&self) -> bool {
        self.update.triggers || !matches!(self.difference, Difference::None)
    }
}

impl Gate<'_> {
    /// Everything that the wish would change.
    pub(super) fn changes(&self, draft: &Draft<'_>, wanted: &Wanted<'_>, wish: &Wish) -> Vec<Change> {
        let mut changes = wish.update.changes.clone();
        if !matches!(wish.difference, Difference::None) {
            changes.extend(wanted.changes(draft, self.running));
        }
        changes
    }

    /// What no waiting changes, but for what is moments old.
    pub(super) fn forbidden(&self, draft: &Draft<'_>, wish: &Wish) -> Option<Because> {
        let Subject { service, live, .. } = self.service;
        if !tags::may_change(&live.tags, &draft.desired.installation, service.adopt) {
            return Some(Because::NotOurs(tags::owner(&live.tags).cloned()));
        }
        // What is left as it is, is sent all the same where something beside it differs.
        if let Some(what) = envelope::forbids_fields(draft.desired, &draft.observed.scope, &wish.update.fields) {
            return Some(Because::OutsideEnvelope(what));
        }
        if service.suspend {
            return Some(Because::Suspended);
        }
        if let Some(because) = foreign_controller(&live.fields).or_else(|| foreign_controller(&service.fields)) {
            return Some(because);
        }
        if let Some(why) = leaving(live) {
            return Some(Because::RolloutInProgress(why));
        }
        if let Some(field) = wish.update.fields.keys().find(|field| is_immutable(field)) {
            return Some(Because::Immutable(field.clone()));
        }
        draft.is_behind(self.mark)
    }

    /// May it be a read from before our own last write? A failure is known for longer than that: where nothing is left beside
    /// it, it is what is said.
    pub(super) fn stale(&self, draft: &mut Draft<'_>, wanted: &mut Wanted<'_>, wish: &mut Wish) -> Option<Because> {
        let stale = draft.is_stale(self.mark, &self.service.digest);
        let stale = stale.filter(|_| !matches!(wish.why, Why::SecretRotated(_)))?;
        if !wish.redeploys() || !wish.update.fields.keys().all(|name| triggers_deployment(name)) {
            return Some(stale);
        }
        let failed = self.rollout(draft, wanted, wish).err();
        Some(failed.filter(|because| matches!(because, Because::RolloutFailed { .. })).unwrap_or(stale))
    }

    /// Does this hold up the redeployment alone? What failed does. What waits for its turn does where the rest is a change by
    /// hand that is to be set back: a change in Git is carried out as a whole, so that its mark tells of all of it.
    pub(super) fn parts(&self, because: &Because, wish: &Wish, of_the_fields: &Why) -> bool {
        let sets_back = *of_the_fields == Why::Drifted && self.service.service.drift_policy != DriftPolicy::Detect;
        let parts = match because {
            Because::RolloutFailed { .. } => true,
            Because::WaitingForWave(_) | Because::WaitingForSlot(_) => sets_back,
            _ => false,
        };
        parts && wish.redeploys()
    }

    /// Takes the redeployment out of the wish, and the rest goes on without it: what it would have changed.
    pub(super) fn take_redeployment(&self, draft: &Draft<'_>, wanted: &Wanted<'_>, wish: &mut Wish) -> Vec<Change> {
        let mut changes = wish.update.take_triggering();
        if !matches!(wish.difference, Difference::None) {
            changes.extend(wanted.changes(draft, self.running));
        }
        wish.difference = Difference::None;
        changes
    }

    /// Is it a change by hand that may stay? A rollback is none, nor is what runs while one is under way: the error is
    /// that, and the wish is told where it is another attempt.
    pub(super) fn may_stay(
        &self,
        draft: &mut Draft<'_>,
        wanted: &mut Wanted<'_>,
        wish: &mut Wish,
    ) -> Result<bool, Because> {
        if wish.why != Why::Drifted || self.service.service.drift_policy != DriftPolicy::Detect {
            return Ok(false);
        }
        if wish.update.triggers || matches!(wish.difference, Difference::Content) {
            self.rollout(draft, wanted, wish)?;
        }
        Ok(wish.why == Why::Drifted)
    }

    /// What a change of secrets alone waits for. A deployment that comes anyway takes them along, unless a person is to
    /// decide.
    pub(super) fn secrets(&self, draft: &mut Draft<'_>, wanted: &Wanted<'_>, wish: &Wish) -> Option<Because> {
        let Difference::Versions(names) = &wish.difference else { return None };
        let Subject { service, target, .. } = self.service;
        let chosen = draft.desired.only.as_ref().is_some_and(|only| only.contains(target));
        let held = service.rollout.on_secret_change == OnSecretChange::Hold && !chosen;
        if wish.update.triggers && !held {
            return None;
        }
        if let Some(because) = wanted.confirm(draft, names) {
            return Some(because);
        }
        if held {
            let deprecated = self.running.and_then(|running| wanted.deprecated(running));
            let because = deprecated.map(|name| Because::PinnedVersionDeprecated(name.to_string()));
            return Some(because.unwrap_or(Because::SecretChangeHeld));
        }
        if service.rollout.debounce.is_zero() {
            return None;
        }
        // All are asked for at once: looks are few.
        let (made, there): (Vec<&Name>, Vec<&Name>) = names.iter().partition(|name| wanted.is_made(name));
        let asked: Vec<_> = there
            .into_iter()
            .map(|name| draft.ask(Question::VersionDate(name.clone()), &draft.observed.version_dates))
            .collect();
        let mut newest = (!made.is_empty()).then_some(draft.observed.at);
        for date in asked {
            match date {
                Ok(date) => newest = newest.max(date.copied()),
                Err(because) => return Some(because),
            }
        }
        let until = newest? + service.rollout.debounce;
        (until > draft.observed.at).then_some(Because::Debouncing { until })
    }

    /// What ends by itself, or with a better rollout.
    pub(super) fn timing(
        &self,
        draft: &mut Draft<'_>,
        wanted: &mut Wanted<'_>,
        wish: &mut Wish,
        turn: &Turn,
    ) -> Option<Because> {
        let steers = wish.update.fields.contains_key("deploymentConfiguration");
        if let Some(because) = rollout::in_stages(self.service.live).filter(|_| steers) {
            return Some(because);
        }
        if !wish.redeploys() && !wish.update.starts_tasks() {
            return None;
        }
        if let Some(because) = turn.wave(self.service.service).filter(|_| wish.redeploys()) {
            return Some(because);
        }
        if let Some(until) = self.service.role.as_ref().and_then(|role| role.settling(draft)) {
            return Some(Because::Settling { until: Some(until) });
        }
        if !wish.redeploys() {
            return None;
        }
        if let Err(because) = self.rollout(draft, wanted, wish) {
            return Some(because);
        }
        turn.slot(self.service.live, draft.desired.policy.max_concurrent)
    }

    fn rollout(&self, draft: &mut Draft<'_>, wanted: &mut Wanted<'_>, wish: &mut Wish) -> Result<(), Because> {
        let Subject { name, service, live, role, .. } = self.service;
        let role_changed = role.as_ref().and_then(|role| role.changed);
        let secrets_only = matches!(wish.why, Why::SecretRotated(_));
        let attempt = Attempt { name, service, live, role_changed, secrets_only };
        // Judged by content: the revision that failed may be an old one, or not be ACTIVE any longer. Where new versions of
        // secrets are ignored or wait, it is what runs that is deployed.
        let is_wanted = |revision: &ObservedRevision| matches!(wanted.difference(revision), Difference::None);
        let stays = matches!(wish.difference, Difference::None);
        let stays = self.running.filter(|running| stays && !is_wanted(running));
        let Verdict { again, rolled_back } = rollout::judge(draft, &attempt, |revision| match stays {
            Some(running) => running.revision == revision.revision,
            None => is_wanted(revision),
        })?;
        if (again && !secrets_only) || (rolled_back && wish.why == Why::Drifted) {
            wish.why = Why::Retried;
        }
        Ok(())
    }
}

/// Is it nobody's, and as it should be? Then nothing of it would change but the tags that adoption sets, and there is
/// nothing to hold: a service just imported shows no difference.
pub(super) fn waits_for_adoption(service: &Service, live: &ObservedService, set: &Tags) -> bool {
    !service.adopt && tags::owner(&live.tags).is_none() && tags::of_the_user(set).is_empty()
}

/// Someone else drives the rollouts of such a service.
pub(super) fn foreign_controller(fields: &ServiceFields) -> Option<Because> {
    let controller = fields.foreign_controller()?;
    Some(Because::Unsupported(format!("its deployment controller is {controller}, which evenkeel does not drive")))
}

/// What is said of a service that is being deleted.
pub(super) fn leaving(live: &ObservedService) -> Option<String> {
    live.is_draining().then(|| "it is being deleted: its last tasks are draining".to_owned())
}
