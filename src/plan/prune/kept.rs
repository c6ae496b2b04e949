//! Old revisions of families that manifests name: as many stay as `keepRevisions` says, and every one in use.

use std::collections::BTreeSet;

use super::super::draft::{Draft, id};
use super::super::held::Because;
use super::orphans::{Orphans, active};
use super::revisions::deregister;
use super::uses;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{Family, Kind, Name};
use crate::model::inventory::{Inventory, Named};
use crate::model::task_definition::TaskDefinition;

pub(super) fn plan(draft: &mut Draft<'_>, inventory: &Inventory, families: &BTreeSet<Family>, budget: &mut usize) {
    let desired = draft.desired;
    // A set that is not known whole says nothing of what is old.
    if desired.unknown || desired.unsettled || !desired.broken.is_empty() {
        return;
    }
    let asking: BTreeSet<&Name> = excessive(desired, inventory).map(|(name, _)| name).collect();
    for name in asking {
        if is_moving(draft, name) {
            continue;
        }
        let definition = &desired.task_definitions[name];
        let target = id(Kind::TaskDefinition, name);
        let mut revisions = match active(draft, &definition.family) {
            Ok(revisions) => revisions,
            Err(None) => continue,
            Err(Some(why)) => {
                draft.hold(&target, Because::Unreadable(format!("its old revisions: {why}")), Vec::new());
                continue;
            }
        };
        let kept = kept(definition);
        let mut numbers: Vec<u64> = revisions.keys().map(Arn::revision).collect();
        numbers.sort_unstable();
        let Some(oldest_kept) = numbers.len().checked_sub(kept).filter(|excess| *excess > 0).map(|at| numbers[at])
        else {
            continue;
        };
        revisions.retain(|arn, _| arn.revision() < oldest_kept);
        match uses(draft, families) {
            Ok(uses) => deregister(draft, &target, &revisions, budget, uses),
            Err(because) => draft.hold(&target, because, Vec::new()),
        }
    }
}

/// Families about whose use the look must know: those without a manifest, and those with old revisions.
pub(super) fn families(draft: &Draft<'_>, orphans: &Orphans<'_>) -> BTreeSet<Family> {
    let own = orphans.suspected.iter().cloned();
    let old = draft.observed.inventory.iter().filter(|inventory| inventory.fresh);
    let old = old.flat_map(|inventory| excessive(draft.desired, inventory).map(|(_, family)| family.clone()));
    own.chain(old).collect()
}

/// The newest one, and those before it.
fn kept(definition: &TaskDefinition) -> usize {
    definition.keep_revisions.map_or(usize::MAX, |old| old as usize + 1)
}

/// Task definitions of whose families more revisions are listed than stay.
fn excessive<'p>(desired: &'p Desired, inventory: &'p Inventory) -> impl Iterator<Item = (&'p Name, &'p Family)> {
    let listed = |family: &Family| {
        let revisions = inventory.owned.keys().filter_map(Named::of);
        revisions.filter(|named| matches!(named, Named::Revision(of, _) if of == family)).count()
    };
    let keeping = desired.task_definitions.iter().filter(|(_, definition)| definition.keep_revisions.is_some());
    keeping.filter(move |(_, td)| listed(&td.family) > kept(td)).map(|(name, td)| (name, &td.family))
}

/// Is anything to be done to the task definition or to a service of it, or does any of them wait?
fn is_moving(draft: &Draft<'_>, name: &Name) -> bool {
    let mut all =
        draft.users.services(name).map(|(user, _)| id(Kind::Service, user)).chain([id(Kind::TaskDefinition, name)]);
    all.any(|resource| draft.touches(&resource))
}
