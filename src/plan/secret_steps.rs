//! From the differences of one secret to steps, one after the other: Secrets Manager is asked for one change at a time.

use super::action::{Action, Call};
use super::draft::{Draft, NewStep, drifted};
use super::envelope;
use super::held::Because;
use super::question::Question;
use super::secret::{Subject, same_key, tag_changes, tag_differences, text, wanted_tags};
use super::step::{Change, Ref, Risk, Shown, StepId, Why};
use super::{secret_policy, secret_replicas, secret_rotation, secret_value};
use crate::model::arn::Arn;
use crate::model::id::KeyId;
use crate::model::path::Path;
use crate::model::secret::{ObservedSecret, Secret};
use crate::model::tags::{self, APPLIED, GENERATION};

/// What is to be done about one field of a secret.
pub(super) enum Part {
    /// Nothing.
    Same,
    /// These calls, in this order.
    Calls(Vec<NewCall>),
    /// Nothing now, for this reason.
    Held(Because, Vec<Change>),
}

/// A call that brings a field to what it should be.
pub(super) struct NewCall {
    pub(super) call: Call<Ref<Arn>>,
    pub(super) changes: Vec<Change>,
    /// Steps for other resources that it comes after.
    pub(super) after: Vec<StepId>,
    /// Is it left to a later pass, for IAM to spread what those have done?
    pub(super) settles: bool,
    pub(super) risk: Option<Risk>,
    /// Another reason than the secret's other steps have.
    pub(super) why: Option<Why>,
}

impl NewCall {
    pub(super) fn new(call: Call<Ref<Arn>>, changes: Vec<Change>) -> Self {
        Self { call, changes, after: Vec::new(), settles: false, risk: None, why: None }
    }
}

/// Plans one secret.
pub(super) fn plan(draft: &mut Draft<'_>, subject: &Subject<'_>) {
    let Subject { target, name, secret, live, digest, mark, .. } = subject;
    if let Some(because) = forbidden(draft, secret, live) {
        return draft.hold(target, because, Vec::new());
    }
    if live.deleted.is_some() {
        return restore(draft, subject);
    }
    // What is planned and held of its value.
    let (valued, mut held) = (draft.steps_for(target), draft.is_held(target));
    let unrecorded = secret_value::unrecorded(draft, name, secret, live);
    let (mut set, unset) = tag_changes(&live.tags, &wanted_tags(draft, target, secret, live));
    let tagged = !set.is_empty() || !unset.is_empty();
    let mut parts: Vec<Part> = metadata(draft, subject);
    parts.push(secret_rotation::part(draft, subject));
    if !live.exact {
        // A list shows neither replicas nor the policy. That they should be looked at is seen by the mark: it says which
        // state was applied last. What is changed by hand is seen by the next exact look.
        let unseen = secret.replicas.is_some() || secret.resource_policy.is_some();
        if tagged || unrecorded.is_some() || parts.iter().any(Part::differs) || (unseen && !subject.is_marked()) {
            let because = draft.confirm(Question::ExactSecret((*name).clone()));
            return draft.hold(target, because, Vec::new());
        }
        if unseen {
            return;
        }
    }
    match secret_policy::part(draft, subject) {
        Ok(part) => parts.push(part),
        // Of a secret that is not known whole, nothing is changed.
        Err(because) => return draft.hold(target, because, Vec::new()),
    }
    let others_held = parts.iter().any(Part::is_held);
    parts.extend(secret_replicas::parts(draft, subject, !others_held));

    if !tagged && !parts.iter().any(Part::differs) {
        let stamp = draft.new_stamp(APPLIED, digest.clone());
        let stale = mark.as_ref().is_some_and(|mark| mark.digest != *digest) || unrecorded.is_some();
        if !valued.is_empty() && !held {
            draft.stamp(target, &stamp);
        } else if stale && !held && draft.is_behind(mark.as_ref()).is_none() {
            let tags = unrecorded.iter().map(|number| (GENERATION.to_owned(), number.to_string())).collect();
            let call = Call::TagSecret { secret: live.arn.clone(), tags };
            draft.repair(target, Action { call, stamp: Some(stamp) });
        }
        return;
    }
    set.extend(unrecorded.iter().map(|number| (GENERATION.to_owned(), number.to_string())));
    let changes = tagged || parts.iter().any(|part| matches!(part, Part::Calls(_)));
    let early = draft.is_behind(mark.as_ref()).or_else(|| draft.is_stale(mark.as_ref(), digest));
    if let Some(because) = early.filter(|_| changes) {
        return draft.hold(target, because, Vec::new());
    }

    let ours = tags::is_ours(&live.tags, &draft.desired.installation);
    let why = if ours { drifted(mark.as_ref(), digest) } else { Why::Adopted };
    let mut steps = Steps { target, why, before: valued };
    let (added, removed) = tag_differences(draft, target, &live.tags, &set, &unset);
    if !set.is_empty() {
        steps.push(draft, NewCall::new(Call::TagSecret { secret: live.arn.clone(), tags: set }, added));
    }
    for part in parts {
        match part {
            Part::Same => {}
            Part::Calls(calls) => calls.into_iter().for_each(|call| steps.push(draft, call)),
            Part::Held(because, changes) => {
                held = true;
                draft.hold(target, because, changes);
            }
        }
    }
    if !unset.is_empty() {
        steps.push(draft, NewCall::new(Call::UntagSecret { secret: live.arn.clone(), keys: unset }, removed));
    }
    if !held {
        let stamp = draft.new_stamp(APPLIED, digest.clone());
        draft.stamp(target, &stamp);
    }
}

impl Part {
    fn differs(&self) -> bool {
        !matches!(self, Self::Same)
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(self, Self::Held(..))
    }
}

/// The steps of one secret so far.
struct Steps<'s> {
    target: &'s crate::model::id::ResourceId,
    why: Why,
    before: Vec<StepId>,
}

impl Steps<'_> {
    fn push(&mut self, draft: &mut Draft<'_>, new: NewCall) {
        let NewCall { call, changes, after, settles, risk, why } = new;
        let needs = after.iter().chain(&self.before).copied().collect();
        let Some(id) =
            draft.push(self.target, NewStep { call, why: why.unwrap_or_else(|| self.why.clone()), changes, needs })
        else {
            return;
        };
        let settles = settles && !draft.desired.policy.settle.is_zero();
        let step = draft.step_mut(id);
        step.risk.extend(risk);
        if settles {
            step.deferred = Some(Because::Settling { until: None });
        }
        self.before.push(id);
    }
}

/// What no waiting changes.
pub(super) fn forbidden(draft: &Draft<'_>, secret: &Secret, live: &ObservedSecret) -> Option<Because> {
    if let Some(because) = envelope::forbids_secret(draft.desired, &draft.observed.scope, secret) {
        return Some(because);
    }
    if !tags::may_change(&live.tags, &draft.desired.installation, secret.adopt) {
        return Some(Because::NotOurs(tags::owner(&live.tags).cloned()));
    }
    if let Some(service) = &live.owning_service {
        let why = format!("it is managed by the AWS service {service}: remove the fields that would change it");
        return Some(Because::Unsupported(why));
    }
    let primary = live.copied_from()?;
    let why = format!(
        "it is a copy of the secret in {primary}, and is changed there: remove the fields that would change it"
    );
    Some(Because::Unsupported(why))
}

/// Takes a scheduled deletion back: the manifest still wants the secret, so it was scheduled by hand, and what its readers
/// run on would be gone when the window ends. They wait until it can be read again.
///
/// Nothing else is planned with it: of a secret that is scheduled for deletion not everything can be read. Without a mark,
/// so that the rest is told as what it is; a second RestoreSecret does nothing.
fn restore(draft: &mut Draft<'_>, subject: &Subject<'_>) {
    let Subject { target, name, live, .. } = subject;
    if !live.exact {
        let because = draft.confirm(Question::ExactSecret((*name).clone()));
        return draft.hold(target, because, Vec::new());
    }
    let scheduled = Some(Shown::Value("scheduled".into()));
    let changes = vec![draft.change(target, Path::of("deletion"), scheduled, None)];
    let call = Call::RestoreSecret { secret: live.arn.clone() };
    draft.push(target, NewStep { call, why: Why::Drifted, changes, needs: Vec::new() });
}

/// Description and key: one call makes both.
fn metadata(draft: &Draft<'_>, subject: &Subject<'_>) -> Vec<Part> {
    let Subject { target, name, secret, live, readership, .. } = subject;
    let description = secret.description.as_ref();
    let description = description.filter(|wanted| live.description.as_deref().unwrap_or("") != wanted.as_str());
    let key = secret.kms_key_id.as_ref().filter(|wanted| !same_key(wanted, live.kms_key_id.as_ref()));
    let mut parts = Vec::new();
    let key_change = key.map(|after| {
        let before = live.kms_key_id.as_ref().map(KeyId::as_str);
        text(draft, target, "kmsKeyId", before, Some(after.as_str()))
    });
    let readers = key.map(|_| readership.of(draft, name, &live.arn)).unwrap_or_default();
    let blocked = key.and_then(|_| readers.keep_the_key(live));
    let key = key.filter(|_| blocked.is_none());
    let mut changes = Vec::new();
    if let Some(after) = description {
        changes.push(text(draft, target, "description", live.description.as_deref(), Some(after)));
    }
    match blocked {
        Some(because) => parts.push(Part::Held(because, key_change.into_iter().collect())),
        None => changes.extend(key_change),
    }
    if description.is_some() || key.is_some() {
        let (secret, description) = (live.arn.clone(), description.cloned());
        let mut call = NewCall::new(Call::UpdateSecret { secret, description, kms_key_id: key.cloned() }, changes);
        if key.is_some() {
            call.settles = !readers.granting.is_empty();
            call.after = readers.granting;
        }
        parts.push(Part::Calls(vec![call]));
    }
    parts
}
