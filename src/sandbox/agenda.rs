//! What will happen by itself, and when.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::ecs::{ServiceKey, TaskId};

/// Something that time brings about. An event says only where to look: by
/// then the thing may have moved on, and then nothing happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Event {
    /// A secret's recovery window ends.
    SecretDue(String),
    /// A copy of a secret in another Region is there, or cannot be.
    SecretReplicated(String, String),
    /// A secret's rotation may be due.
    RotationDue(String),
    /// A rotation function has done the next half of its work.
    RotationStep(String),
    /// A key's waiting period ends.
    KeyDue(String),
    /// A task reaches its next step.
    TaskStep(TaskId),
    /// A stopped task is shown no longer.
    TaskForgotten(TaskId),
    /// A copy of an event comes to its target.
    Arrival(u64),
    /// A service's scheduler has something to look at.
    ServiceTurn(ServiceKey),
}

/// Events in the order in which they fall due; equal ones count once.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Agenda(BTreeSet<(Millis, Event)>);

impl Agenda {
    pub(crate) fn add(&mut self, at: Millis, event: Event) {
        self.0.insert((at, event));
    }

    /// Takes the next event that is due at `now`.
    pub(crate) fn due(&mut self, now: Millis) -> Option<(Millis, Event)> {
        if self.next()? <= now { self.0.pop_first() } else { None }
    }

    pub(crate) fn next(&self) -> Option<Millis> {
        self.0.first().map(|(at, _)| *at)
    }
}
