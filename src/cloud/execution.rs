//! What became of a plan.

use std::collections::BTreeMap;

use super::Receipt;
use super::fault::Fault;
use crate::model::id::ResourceId;
use crate::plan::step::StepId;

/// The outcome of every step, and of the marks that were written again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// By step.
    pub outcomes: BTreeMap<StepId, Outcome>,
    /// Marks that could not be written.
    pub unrepaired: Vec<(ResourceId, Fault)>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Done(Receipt),
    /// It did not.
    Failed(Fault),
    /// A step that it needs did not work, or was left to a later pass.
    Skipped {
        /// That step.
        because: StepId,
    },
    /// The plan leaves it to a later pass.
    Deferred,
    /// Someone asked to stop.
    NotStarted,
}

impl Execution {
    /// How many steps worked.
    pub fn done(&self) -> usize {
        self.outcomes.values().filter(|outcome| matches!(outcome, Outcome::Done(_))).count()
    }

    /// The steps that did not work.
    pub fn failures(&self) -> impl Iterator<Item = (StepId, &Fault)> {
        self.outcomes.iter().filter_map(|(id, outcome)| match outcome {
            Outcome::Failed(fault) => Some((*id, fault)),
            _ => None,
        })
    }

    /// How it went, in a word: `failed`, `changed` or `quiet`.
    pub fn word(&self) -> &'static str {
        match (self.failures().next(), self.done()) {
            (Some(_), _) => "failed",
            (None, 0) => "quiet",
            (None, _) => "changed",
        }
    }

    /// Is anything left to a later pass?
    pub fn has_deferred(&self) -> bool {
        self.outcomes.values().any(|outcome| matches!(outcome, Outcome::Deferred))
    }

    /// Was it stopped before the end?
    pub fn was_stopped(&self) -> bool {
        self.outcomes.values().any(|outcome| matches!(outcome, Outcome::NotStarted))
    }
}
