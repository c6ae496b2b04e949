//! What nobody wants any more: deleted in reverse order of the chain, where no guard forbids it, and told of where one does.
//!
//! Planned last, from what everything else has left as it is. A list makes a suspect; only what a look at the thing itself
//! confirms is ever deleted.

mod guard;
mod kept;
mod mentions;
mod orphans;
mod revisions;
mod role;
mod secret;
mod service;

use std::collections::BTreeSet;

use super::draft::Draft;
use super::held::Because;
use super::question::Question;
use super::step::Stays;
use crate::model::arn::Arn;
use crate::model::id::{Family, ResourceId};
use crate::model::inventory::Uses;
use crate::model::observed::Seen;
use crate::model::tags::{APPLIED, Mark, Tags};
use orphans::Orphans;

pub(super) fn plan_prune(draft: &mut Draft<'_>) {
    // Whoever chooses resources chooses among those of the manifests.
    if draft.desired.only.is_some() {
        return;
    }
    let Some(inventory) = &draft.observed.inventory else { return };
    let orphans = Orphans::find(draft, inventory);
    if !draft.desired.policy.prune.enabled {
        for (id, arn, tags) in orphans.all() {
            orphans::leave(draft, &id, arn, tags, Stays::PruneOff);
        }
        return;
    }
    for what in &inventory.unlisted {
        draft.unlisted(what);
    }
    for (id, why) in &orphans.unread {
        draft.hold(id, Because::Unreadable(why.clone()), Vec::new());
    }
    let orphans = orphans.without_those_that_stay(draft);
    if let Some(guard) = guard::forbids(draft, inventory, &orphans) {
        for (id, ..) in orphans.all() {
            draft.hold(&id, Because::ForbiddenByPolicy(guard.clone()), Vec::new());
        }
        return;
    }
    let families = &kept::families(draft, &orphans);
    service::plan(draft, &orphans);
    let mut budget = revisions::AT_ONCE;
    revisions::plan(draft, &orphans, families, &mut budget);
    if let Some(what) = inventory.unlisted.first() {
        // Among what is not known may be what names them.
        for id in orphans.roles.keys().chain(orphans.secrets.keys()) {
            draft.hold(id, Because::Unreadable(format!("who uses it: {what}")), Vec::new());
        }
    } else {
        role::plan(draft, &orphans, families);
        secret::plan(draft, &orphans, families);
    }
    if inventory.fresh {
        kept::plan(draft, inventory, families, &mut budget);
    }
}

/// What stands before any deletion: the mark of someone who knows more.
fn behind(draft: &Draft<'_>, tags: &Tags) -> Option<Because> {
    draft.is_behind(Mark::read(tags, APPLIED).as_ref())
}

/// Who uses which revisions; of these families also those that a service would go back to.
fn uses<'o>(draft: &mut Draft<'o>, families: &BTreeSet<Family>) -> Result<&'o Uses, Because> {
    let observed = draft.observed;
    match &observed.uses {
        Some(Seen::Present(uses)) => Ok(uses),
        Some(Seen::Unreadable(why)) => Err(Because::Unreadable(format!("what is in use: {why}"))),
        Some(Seen::Absent) | None => Err(draft.confirm(Question::Uses(families.clone()))),
    }
}

/// Every revision that could still be started.
fn startable<'o>(draft: &mut Draft<'o>, families: &BTreeSet<Family>) -> Result<&'o BTreeSet<Arn>, Because> {
    // What is in use is part of it.
    uses(draft, families)?;
    let observed = draft.observed;
    match &observed.startable {
        Some(Seen::Present(startable)) => Ok(startable),
        Some(Seen::Unreadable(why)) => Err(Because::Unreadable(format!("what could still be started: {why}"))),
        Some(Seen::Absent) | None => Err(draft.confirm(Question::Startable)),
    }
}

/// The end of an ARN, as people know the thing.
fn short(arn: &Arn) -> &str {
    arn.resource().split_once('/').map_or(arn.resource(), |(_, name)| name)
}

fn wait_for(draft: &mut Draft<'_>, id: &ResourceId, root: &ResourceId) {
    draft.hold(id, Because::WaitingOn(root.clone()), Vec::new());
}
