//! What is in no manifest any more, and is still there: no resource of the report, and nothing that a summary may keep quiet
//! about.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::id::ResourceId;
use crate::plan::step::{Plan, Why};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unwanted {
    /// By the name that its manifest had.
    pub resource: ResourceId,
    /// Why it is still there, in a word: that of a hold, `NoLongerDesired` where it is being deleted, or `PruneOff`,
    /// `Retained` or `Adopted` where nobody deletes it.
    pub reason: String,
    /// The same in a sentence.
    pub message: String,
    /// The manifest that had it, where that names another object by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heir: Option<ResourceId>,
}

/// Everything that the plan speaks of and that has no manifest, each once.
pub(super) fn of(plan: &Plan, manifests: &BTreeSet<ResourceId>) -> Vec<Unwanted> {
    let left = plan.left().iter();
    let left = left.map(|left| (&left.target, left.because.name(), left.message(), left.heir.clone()));
    let held = plan.held().iter().map(|held| (&held.target, held.because.name(), held.because.to_string(), None));
    let steps = plan.steps().map(|(_, step)| {
        (&step.target, Why::NoLongerDesired.reason(), "is in no manifest any more, and is deleted".to_owned(), None)
    });
    let mut all: BTreeMap<&ResourceId, Unwanted> = BTreeMap::new();
    for (resource, reason, message, heir) in steps.chain(held).chain(left).filter(|(id, ..)| !manifests.contains(*id)) {
        let unwanted = || Unwanted { resource: resource.clone(), reason: reason.to_owned(), message, heir };
        all.entry(resource).or_insert_with(unwanted);
    }
    all.into_values().collect()
}
