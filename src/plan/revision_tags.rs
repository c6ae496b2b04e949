//! Tags of a revision that stays: all that can be changed of one. A new revision is registered with its tags.

use super::action::Call;
use super::draft::{Draft, NewStep, drifted};
use super::held::Because;
use super::live;
use super::secret::{tag_changes, tag_differences};
use super::step::{Ref, Why};
use super::task_definition::{Difference, Wanted};
use crate::model::arn::Arn;
use crate::model::observed::seen;
use crate::model::tags::{self, APPLIED, Mark};
use crate::model::task_definition::ObservedRevision;

/// Plans the tags of the revision that has the wanted content. Where its manifest says nothing of tags, they are not
/// managed; where someone else registered it, they are theirs until the manifest asks to take it over.
pub(super) fn plan_tags(draft: &mut Draft<'_>, wanted: &Wanted<'_>) {
    let Some(user) = &wanted.definition.tags else { return };
    // What is held waits as a whole.
    if draft.touches(&wanted.target) {
        return;
    }
    let Some((arn, live)) = staying(draft, wanted) else { return };
    let target = wanted.target.clone();
    let ours = tags::is_ours(&live.tags, &draft.desired.installation);
    let mut all = user.clone();
    // Other tags than the user's are no reason to take a revision over.
    let (mut set, unset) = tag_changes(&live.tags, &all);
    if set.is_empty() && unset.is_empty() {
        return;
    }
    if !ours && wanted.definition.adopt {
        all.extend(tags::ownership(&draft.desired.installation, &target));
        (set, _) = tag_changes(&live.tags, &all);
    }
    let (set_changes, unset_changes) = tag_differences(draft, &target, &live.tags, &set, &unset);
    if !ours && !wanted.definition.adopt {
        let changes = set_changes.into_iter().chain(unset_changes).collect();
        return draft.hold(&target, Because::NotOurs(live.tags.get(tags::INSTALLATION).cloned()), changes);
    }
    let mark = Mark::read(&live.tags, APPLIED);
    let digest = Wanted::digest(draft.desired, wanted.definition);
    if let Some(because) = draft.is_behind(mark.as_ref()).or_else(|| draft.is_stale(mark.as_ref(), &digest)) {
        return draft.hold(&target, because, Vec::new());
    }
    let why = if ours { drifted(mark.as_ref(), &digest) } else { Why::Adopted };
    let mut needs = Vec::new();
    if !set.is_empty() {
        let call = Call::TagTaskDefinition { revision: arn.clone(), tags: set };
        needs.extend(draft.push(&target, NewStep { call, why: why.clone(), changes: set_changes, needs: Vec::new() }));
    }
    if !unset.is_empty() {
        let call = Call::UntagTaskDefinition { revision: arn, keys: unset };
        draft.push(&target, NewStep { call, why, changes: unset_changes, needs });
    }
    let stamp = draft.new_stamp(APPLIED, digest);
    draft.stamp(&target, &stamp);
}

/// The revision that has the wanted content, but perhaps for versions of secrets, and is not about to be replaced. `None`
/// too where a service that may run another one cannot be read.
fn staying<'o>(draft: &Draft<'o>, wanted: &Wanted<'_>) -> Option<(Arn, &'o ObservedRevision)> {
    let observed = draft.observed;
    let mut users = draft.desired.services.iter().filter(|(_, service)| service.task_definition == wanted.name);
    if users.any(|(user, _)| seen(&observed.services, user).is_err()) {
        return None;
    }
    let arn = match &wanted.registered {
        Some(Ref::From(_)) => None,
        Some(Ref::Known(arn)) => Some(arn.clone()),
        None => live::arn(draft, &wanted.name).or_else(|| wanted.newest_arn(draft)),
    }?;
    let revision = seen(&observed.revisions, &arn).ok()??;
    (revision.is_active() && !matches!(wanted.difference(revision), Difference::Content)).then_some((arn, revision))
}
