//! Then the revisions of families that no manifest names: none that is in use.

use std::collections::{BTreeMap, BTreeSet};

use super::super::action::Call;
use super::super::draft::{Draft, NewStep};
use super::super::held::Because;
use super::super::step::{Shown, Why};
use super::orphans::{Orphaned, Orphans};
use super::{behind, short, uses, wait_for};
use crate::model::arn::Arn;
use crate::model::id::{Family, ResourceId};
use crate::model::inventory::{Named, Uses};
use crate::model::observed::Seen;
use crate::model::path::Path;
use crate::model::task_definition::ObservedRevision;

/// Revisions deregistered in one pass, all together: registrations, one a second, wait behind them.
pub(super) const AT_ONCE: usize = 20;

pub(super) fn plan(draft: &mut Draft<'_>, orphans: &Orphans<'_>, families: &BTreeSet<Family>, budget: &mut usize) {
    for (id, Orphaned { family, revisions }) in &orphans.families {
        if let Some(service) = run_by(orphans, family) {
            wait_for(draft, id, service);
            continue;
        }
        let uses = match uses(draft, families) {
            Ok(uses) => uses,
            Err(because) => {
                draft.hold(id, because, Vec::new());
                continue;
            }
        };
        deregister(draft, id, revisions, budget, uses);
        let kept = revisions.keys().find_map(|arn| Some((arn, uses.get(arn)?.first()?)));
        if let Some((arn, user)) = kept {
            draft.hold(id, Because::InUse(format!("{user} uses {}", short(arn))), Vec::new());
        }
    }
}

/// The service without a manifest that a family waits for.
fn run_by<'p>(orphans: &'p Orphans<'_>, family: &Family) -> Option<&'p ResourceId> {
    let of_family = |arn: &Arn| matches!(Named::of(arn), Some(Named::Revision(of, _)) if of == *family);
    let mut services = orphans.services.iter();
    let runs = services.find(|(_, live)| {
        of_family(&live.task_definition) || live.deployments.iter().any(|one| of_family(&one.task_definition))
    });
    runs.map(|(id, _)| id)
}

/// Plans the deregistration of those that nobody uses, oldest first.
pub(super) fn deregister(
    draft: &mut Draft<'_>,
    id: &ResourceId,
    revisions: &BTreeMap<Arn, &ObservedRevision>,
    budget: &mut usize,
    uses: &Uses,
) {
    // Who uses what was asked at another moment than what services run.
    let observed = draft.observed;
    let services = observed.services.values().filter_map(Seen::present).map(|live| &live.task_definition);
    let runs: BTreeSet<&Arn> = services.chain(observed.newest.values().filter_map(Seen::present)).collect();
    let is_free = |arn: &Arn| !uses.contains_key(arn) && !runs.contains(arn);
    let mut free: Vec<(&Arn, &ObservedRevision)> =
        revisions.iter().filter(|(arn, _)| is_free(arn)).map(|(arn, live)| (arn, *live)).collect();
    free.sort_by_key(|(arn, _)| arn.revision());
    let mut held = BTreeSet::new();
    let mut later = 0_usize;
    for (arn, live) in free {
        if let Some(because) = behind(draft, &live.tags) {
            if held.insert(because.to_string()) {
                draft.hold(id, because, Vec::new());
            }
            continue;
        }
        if *budget == 0 {
            later += 1;
            continue;
        }
        *budget -= 1;
        let gone = Shown::Value(arn.as_str().into());
        let changes = vec![draft.change(id, Path::of("revisions").element(short(arn)), Some(gone), None)];
        let owner = draft.desired.installation.clone();
        let call = Call::DeregisterTaskDefinition { revision: arn.clone(), owner };
        draft.push(id, NewStep { call, why: Why::NoLongerDesired, changes, needs: Vec::new() });
    }
    if later > 0 {
        draft.note(id, format!("{later} more revisions follow in later passes"));
    }
}
