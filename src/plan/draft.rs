//! The plan in the making: steps, holds and questions are added here and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::action::{Action, Call};
use super::held::{Because, Held};
use super::question::Question;
use super::step::{Change, Left, Note, Plan, Ref, Repair, Risk, Step, StepId, Why};
use super::users::Users;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{KeyId, Kind, Name, ResourceId};
use crate::model::observed::{Observed, Seen};
use crate::model::path::Path;
use crate::model::tags::{Digest, Mark, Stamp};
use crate::model::time::Timestamp;

/// How long AWS may go on showing the state before a write: design, law 14.
pub const STALE: Duration = Duration::from_secs(30);

/// What is decided so far, and what it is decided from.
pub(super) struct Draft<'a> {
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) users: Rc<Users<'a>>,
    plan: Plan,
    /// The places of each resource's steps and holds in the plan.
    steps: BTreeMap<ResourceId, Vec<usize>>,
    held: BTreeMap<ResourceId, Vec<usize>>,
    questions: BTreeSet<Question>,
}

/// A step about to be added.
pub(super) struct NewStep {
    pub(super) call: Call<Ref<Arn>>,
    pub(super) why: Why,
    pub(super) changes: Vec<Change>,
    pub(super) needs: Vec<StepId>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(desired: &'a Desired, observed: &'a Observed) -> Self {
        Self {
            desired,
            observed,
            users: Rc::new(Users::of(desired)),
            plan: Plan::default(),
            steps: BTreeMap::new(),
            held: BTreeMap::new(),
            questions: BTreeSet::new(),
        }
    }

    pub(super) fn finish(mut self) -> (Plan, BTreeSet<Question>) {
        self.plan.find_roots();
        (self.plan.only(self.desired.only.as_ref()), self.questions)
    }

    /// What is planned so far.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Adds a step, unless the same call was made moments ago: then what was read is stale.
    pub(super) fn push(&mut self, target: &ResourceId, step: NewStep) -> Option<StepId> {
        let NewStep { call, why, changes, needs } = step;
        let action = Action { call, stamp: None };
        if let Some(until) = self.cooling(&action.call) {
            self.hold(target, Because::CoolingDown { until }, changes);
            return None;
        }
        let pruning = action.call.owner().is_some();
        let failed = self.observed.back_offs.get(target).filter(|failed| failed.until > self.observed.at);
        // What could not be deleted holds up nothing that is wanted.
        if let Some(failed) = failed.filter(|failed| pruning || !failed.pruning) {
            let because = Because::BackingOff { until: failed.until, why: failed.why.clone() };
            self.hold(target, because, changes);
            return None;
        }
        let id = StepId(self.plan.steps.len());
        let risk = if action.call.deletes() { [Risk::Delete].into() } else { BTreeSet::new() };
        let target = target.clone();
        self.steps.entry(target.clone()).or_default().push(id.0);
        self.plan.steps.push(Step { target, needs, action, why, changes, risk, deferred: None });
        Some(id)
    }

    pub(super) fn step_mut(&mut self, id: StepId) -> &mut Step {
        &mut self.plan.steps[id.0]
    }

    pub(super) fn hold(&mut self, target: &ResourceId, because: Because, changes: Vec<Change>) {
        let root = match &because {
            Because::WaitingOn(root) | Because::WaitingForWave(root) => root.clone(),
            _ => target.clone(),
        };
        // Two parts of a resource may wait for the same: that is said once.
        let places = self.held.entry(target.clone()).or_default();
        if let Some(said) = places.iter().find(|place| self.plan.held[**place].because == because) {
            self.plan.held[*said].changes.extend(changes);
        } else {
            places.push(self.plan.held.len());
            let at = self.desired.origins.find(target, &Path::root()).cloned();
            self.plan.held.push(Held { target: target.clone(), because, root, at, changes });
        }
    }

    pub(super) fn note(&mut self, target: &ResourceId, text: String) {
        self.plan.notes.push(Note { target: target.clone(), text });
    }

    /// Says of something that nobody wants any more that it stays.
    pub(super) fn leave(&mut self, left: Left) {
        self.plan.left.push(left);
    }

    /// Says of what could not be listed that nobody knows whether it is still wanted.
    pub(super) fn unlisted(&mut self, what: &str) {
        self.plan.unlisted.push(what.to_owned());
    }

    pub(super) fn repair(&mut self, target: &ResourceId, action: Action<Arn>) {
        self.plan.repairs.push(Repair { target: target.clone(), action });
    }

    /// What a further read says; asks for it where it was not made yet.
    pub(super) fn ask<'o, T>(
        &mut self,
        question: Question,
        answers: &'o std::collections::BTreeMap<Name, Seen<T>>,
    ) -> Result<Option<&'o T>, Because> {
        match question.about().and_then(|name| answers.get(name)) {
            Some(Seen::Present(answer)) => Ok(Some(answer)),
            Some(Seen::Absent) => Ok(None),
            Some(Seen::Unreadable(why)) => Err(Because::Unreadable(why.clone())),
            None => {
                let because = Because::Unreadable(question.unanswered());
                self.questions.insert(question);
                Err(because)
            }
        }
    }

    /// What the Region of a copy says of its key, none where it is not there; asks for it where it was not read yet.
    pub(super) fn key_of_copy(&mut self, copy: &Arn) -> Result<Option<&'a Option<KeyId>>, Because> {
        let about = |why: &str| Because::Unreadable(format!("the key of {copy}: {why}"));
        match self.observed.keys_of_copies.get(copy) {
            Some(Seen::Present(key)) => Ok(Some(key)),
            Some(Seen::Absent) => Ok(None),
            Some(Seen::Unreadable(why)) => Err(about(why)),
            None => Err(self.confirm(Question::KeyOfCopy(copy.clone()))),
        }
    }

    /// Asks for an exact read of something that was seen in a list only.
    pub(super) fn confirm(&mut self, question: Question) -> Because {
        let because = Because::Unreadable(question.unanswered());
        self.questions.insert(question);
        because
    }

    /// Where a field of a resource is written.
    pub(super) fn change(
        &self,
        target: &ResourceId,
        path: Path,
        before: Option<super::step::Shown>,
        after: Option<super::step::Shown>,
    ) -> Change {
        let at = self.desired.origins.find(target, &path).cloned();
        Change { path, before, after, at }
    }

    /// Is there any step or hold for this resource?
    pub(super) fn touches(&self, target: &ResourceId) -> bool {
        self.steps.contains_key(target) || self.held.contains_key(target)
    }

    /// The steps for this resource so far.
    pub(super) fn steps_for(&self, target: &ResourceId) -> Vec<StepId> {
        self.steps.get(target).into_iter().flatten().copied().map(StepId).collect()
    }

    /// Is anything of this resource held?
    pub(super) fn is_held(&self, target: &ResourceId) -> bool {
        self.held.contains_key(target)
    }

    /// Must later waves wait for this resource? A hold that only a person can end is not waited for.
    pub(super) fn is_unfinished(&self, target: &ResourceId) -> bool {
        self.steps.contains_key(target) || self.waits(target, &mut BTreeSet::new())
    }

    /// What waits for another resource waits for as long as that does.
    fn waits(&self, target: &ResourceId, visited: &mut BTreeSet<ResourceId>) -> bool {
        if !visited.insert(target.clone()) {
            return false;
        }
        let mut held = self.held.get(target).into_iter().flatten().map(|place| &self.plan.held[*place].because);
        held.any(|because| match because {
            Because::Unreadable(_) | Because::RolloutFailed { .. } => true,
            Because::WaitingOn(root) => self.waits(root, visited),
            because => because.ends_by_itself(),
        })
    }

    /// Puts the mark on the last step of a resource, where there is one. It is begun after all the others have succeeded: the
    /// mark says that everything was done, and what failed would pass for changed by hand.
    pub(super) fn stamp(&mut self, target: &ResourceId, stamp: &Stamp) {
        let Some((last, others)) = self.steps.get(target).and_then(|places| places.split_last()) else { return };
        let step = &mut self.plan.steps[*last];
        step.action.stamp = Some(stamp.clone());
        let others = others.iter().copied().map(StepId).filter(|other| !step.needs.contains(other));
        let missing: Vec<StepId> = others.collect();
        step.needs.extend(missing);
        step.needs.sort_unstable();
    }

    /// The mark to leave on an object of this digest.
    pub(super) fn new_stamp(&self, tag: &str, digest: Digest) -> Stamp {
        Stamp { tag: tag.to_owned(), digest, versions: None, commit: self.desired.commit.clone() }
    }

    /// Was the object last applied from a commit that this one does not contain? Then whoever did that knows more.
    pub(super) fn is_behind(&self, mark: Option<&Mark>) -> Option<Because> {
        let Desired { commit, lineage, .. } = self.desired;
        let (ours, theirs) = (commit.as_ref()?, mark?.commit.as_ref()?);
        let behind = ours != theirs && !lineage.contains(theirs);
        behind.then(|| Because::NewerCommitApplied(theirs.to_string()))
    }

    /// Is this difference in fact a read from before our own last write? `mark` is the object's, `digest` the desired one.
    pub(super) fn is_stale(&self, mark: Option<&Mark>, digest: &Digest) -> Option<Because> {
        let mark = mark.filter(|mark| mark.digest == *digest)?;
        let until = mark.at + STALE;
        (until > self.observed.at).then_some(Because::CoolingDown { until })
    }

    fn cooling(&self, call: &Call<Ref<Arn>>) -> Option<Timestamp> {
        if self.observed.written.is_empty() {
            return None;
        }
        let sent = call.try_map(|reference| reference.known().cloned().ok_or(())).ok()?;
        let until = *self.observed.written.get(&sent.key())? + STALE;
        (until > self.observed.at).then_some(until)
    }
}

/// Was the difference made by hand? The digest says what was last written.
pub(super) fn drifted(mark: Option<&Mark>, digest: &Digest) -> Why {
    if mark.is_some_and(|mark| mark.digest == *digest) { Why::Drifted } else { Why::Changed }
}

pub(super) fn id(kind: Kind, name: &Name) -> ResourceId {
    ResourceId::new(kind, name)
}
