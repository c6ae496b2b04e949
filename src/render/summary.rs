//! A plan in numbers.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::counted::counted;
use crate::model::desired::Desired;
use crate::model::id::ResourceId;
use crate::plan::step::{Plan, Risk, Why};

/// How many resources are in which state. What is taken away counts by itself, as every policy, attachment and copy is an
/// object of AWS's own; everything else once for each resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Made anew.
    pub create: usize,
    /// Changed.
    pub update: usize,
    /// Objects taken away: policies, attachments, copies of secrets.
    pub delete: usize,
    /// Services whose running tasks are replaced; among the changed ones.
    pub redeploy: usize,
    /// Left as they are.
    pub held: usize,
    /// As they should be.
    pub unchanged: usize,
    /// Changed by hand, and set back; among the changed ones. JSON says so of each step.
    #[serde(skip)]
    pub drifted: usize,
    /// Given or changed by hand, and taken away; among the deleted ones.
    #[serde(skip)]
    pub drifted_away: usize,
}

impl Summary {
    /// Counts.
    pub fn of(desired: &Desired, plan: &Plan) -> Self {
        let set = |include: &dyn Fn(&crate::plan::step::Step) -> bool| -> BTreeSet<&ResourceId> {
            plan.steps().filter(|(_, step)| include(step)).map(|(_, step)| &step.target).collect()
        };
        let created = set(&|step| step.why == Why::Missing);
        let touched = set(&|_| true);
        let changed = set(&|step| !step.risk.contains(&Risk::Delete));
        let deletes = || plan.steps().filter(|(_, step)| step.action.call.deletes());
        let redeployed = set(&|step| step.risk.contains(&Risk::Redeploy));
        let drifted = set(&|step| step.why == Why::Drifted && !step.risk.contains(&Risk::Delete));
        let held: BTreeSet<&ResourceId> = plan.held().iter().map(|held| &held.target).collect();
        let all: Vec<ResourceId> = desired.ids().collect();
        let chosen = |id: &&ResourceId| desired.only.as_ref().is_none_or(|only| only.contains(*id));
        let unchanged = all.iter().filter(chosen).filter(|id| !touched.contains(*id) && !held.contains(*id)).count();
        Self {
            create: created.len(),
            update: changed.difference(&created).count(),
            delete: deletes().count(),
            redeploy: redeployed.len(),
            held: held.len(),
            unchanged,
            drifted: drifted.difference(&created).count(),
            drifted_away: deletes().filter(|(_, step)| step.why == Why::Drifted).count(),
        }
    }
}

/// Says of a plan without a difference how much is as it should be.
pub fn quiet(desired: &Desired) -> String {
    let all = desired.ids().count();
    let chosen = desired.only.as_ref().map(|only| desired.ids().filter(|id| only.contains(id)).count());
    match (chosen, all) {
        (Some(1), _) => format!("the one that was chosen of {} is as it should be", counted(all, "resource")),
        (Some(some), _) => format!("the {some} that were chosen of {} are as they should be", counted(all, "resource")),
        (None, 1) => "the one resource is as it should be".to_owned(),
        (None, _) => format!("all {all} resources are as they should be"),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { create, update, delete, redeploy, held, unchanged, drifted, drifted_away } = self;
        write!(f, "{create} to create, {update} to change ({redeploy} redeployed")?;
        if *drifted > 0 {
            write!(f, ", {drifted} changed by hand")?;
        }
        write!(f, "), {delete} to delete")?;
        if *drifted_away > 0 {
            write!(f, " ({drifted_away} changed by hand)")?;
        }
        write!(f, ", {held} held, {unchanged} unchanged")
    }
}
