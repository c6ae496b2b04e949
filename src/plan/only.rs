//! A person's choice of resources: their steps, and what those need.

use std::collections::{BTreeMap, BTreeSet};

use super::held::Held;
use super::step::{Plan, Ref, Shown, Step, StepId};
use crate::model::id::ResourceId;

impl Plan {
    /// This plan, less everything that the chosen resources do not need.
    pub(super) fn only(mut self, chosen: Option<&BTreeSet<ResourceId>>) -> Self {
        let Some(chosen) = chosen else { return self };
        let mut wanted: BTreeSet<StepId> = BTreeSet::new();
        for (index, step) in self.steps.iter().enumerate().rev() {
            let id = StepId(index);
            if chosen.contains(&step.target) || wanted.contains(&id) {
                wanted.insert(id);
                wanted.extend(&step.needs);
            }
        }
        let numbers: BTreeMap<StepId, StepId> =
            wanted.iter().enumerate().map(|(new, old)| (*old, StepId(new))).collect();
        let steps = std::mem::take(&mut self.steps);
        self.steps = steps
            .into_iter()
            .enumerate()
            .filter(|(index, _)| wanted.contains(&StepId(*index)))
            .map(|(_, step)| renumber(step, &numbers))
            .collect();
        // Why a chosen resource waits is part of the answer.
        let waits = |held: &&Held| chosen.contains(&held.target);
        let roots: BTreeSet<ResourceId> = self.held.iter().filter(waits).map(|held| held.root.clone()).collect();
        self.held.retain(|held| chosen.contains(&held.target) || roots.contains(&held.target));
        self.repairs.retain(|repair| chosen.contains(&repair.target));
        self.notes.retain(|note| chosen.contains(&note.target));
        self
    }
}

fn renumber(mut step: Step, numbers: &BTreeMap<StepId, StepId>) -> Step {
    let new = |id: &StepId| numbers.get(id).copied().unwrap_or(*id);
    step.needs = step.needs.iter().map(new).collect();
    for change in &mut step.changes {
        for shown in [&mut change.before, &mut change.after] {
            if let Some(Shown::After(id)) = shown {
                *id = new(id);
            }
        }
    }
    let Ok(action) = step.action.try_map(|reference| {
        Ok::<_, std::convert::Infallible>(match reference {
            Ref::Known(arn) => Ref::Known(arn.clone()),
            Ref::From(id) => Ref::From(new(id)),
        })
    });
    step.action = action;
    step
}
