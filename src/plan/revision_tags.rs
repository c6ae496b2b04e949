//! Tags: all that can be changed of a revision that stays. A new revision is registered with its tags.
//!
//! Somebody else's revision with the wanted content serves as it is, and keeps the tags that they gave it, unless its
//! manifest asks to take it over: no deployment is worth a tag.

use super::action::Call;
use super::draft::{Draft, NewStep, drifted};
use super::live;
use super::secret::{tag_changes, tag_differences};
use super::step::{Change, Ref, Why};
use super::task_definition::{Difference, Wanted};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::ResourceId;
use crate::model::observed::seen;
use crate::model::tags::{self, APPLIED, Mark, Tags};
use crate::model::task_definition::ObservedRevision;

/// Plans the tags of the revision that has the wanted content.
pub(super) fn plan_tags(draft: &mut Draft<'_>, wanted: &Wanted<'_>) {
    // What is held waits as a whole.
    if draft.touches(&wanted.target) {
        return;
    }
    let Some((arn, live)) = staying(draft, wanted) else { return };
    let ours = tags::is_ours(&live.tags, &draft.desired.installation);
    let (set, unset) = tag_changes(&live.tags, &wanted.definition.tags);
    let may_change = tags::may_change(&live.tags, &draft.desired.installation, wanted.definition.adopt);
    if (set.is_empty() && unset.is_empty()) || !may_change {
        return;
    }
    let target = wanted.target.clone();
    let (set, unset) = tag_changes(&live.tags, &all(draft.desired, &target, &wanted.definition.tags));
    let mark = Mark::read(&live.tags, APPLIED);
    let digest = Wanted::digest(draft.desired, wanted.definition);
    if let Some(because) = draft.is_behind(mark.as_ref()).or_else(|| draft.is_stale(mark.as_ref(), &digest)) {
        return draft.hold(&target, because, Vec::new());
    }
    let (set_changes, unset_changes) = tag_differences(draft, &target, &live.tags, &set, &unset);
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

/// The tags of a revision that is registered.
pub(super) fn all(desired: &Desired, target: &ResourceId, user: &Tags) -> Tags {
    user.clone().into_iter().chain(tags::ownership(&desired.installation, target)).collect()
}

/// How the tags of a new revision differ from those of the one in force.
pub(super) fn changes(draft: &Draft<'_>, wanted: &Wanted<'_>, live: Option<&ObservedRevision>) -> Vec<Change> {
    let Some(live) = live else { return Vec::new() };
    let (set, unset) = tag_changes(&live.tags, &wanted.definition.tags);
    let (set, unset) = tag_differences(draft, &wanted.target, &live.tags, &set, &unset);
    set.into_iter().chain(unset).collect()
}

/// The revision that has the wanted content, but perhaps for versions of secrets, and is not about to be replaced. `None`
/// too where a service that may run another one cannot be read.
fn staying<'o>(draft: &Draft<'o>, wanted: &Wanted<'_>) -> Option<(Arn, &'o ObservedRevision)> {
    let observed = draft.observed;
    if draft.users.services(&wanted.name).any(|(user, _)| seen(&observed.services, user).is_err()) {
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
