//! What happened in a world, newest last: every call, and notes.
//!
//! Holds names and error codes. Never a request body, never a value.
//!
//! Ledger: X4.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::wire::{Effect, Service};

/// The newest entries of a world's history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    written: u64,
    entries: VecDeque<Entry>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Counts up from 1 over the whole life of the world.
    pub number: u64,
    /// When.
    pub at: Millis,
    /// What.
    pub what: What,
}

/// The kinds of entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// A client called an operation.
    Call(Call),
    /// The sandbox met something it only half knows.
    Note(String),
}

/// A call and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The service that was called.
    pub service: Service,
    /// The operation, in AWS's spelling.
    pub operation: String,
    /// The name or ARN that the request is about, where it has one.
    pub subject: Option<String>,
    /// Whether the operation can change anything.
    pub effect: Effect,
    /// The error code; `None` when the call succeeded.
    pub error: Option<String>,
}

/// Enough for any test; keeps the state file small.
const KEPT: usize = 10_000;

impl Journal {
    /// The entries that are still kept, oldest first: the newest 10,000.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many entries there have ever been.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The calls that are still kept, oldest first.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.entries.iter().filter_map(|entry| match &entry.what {
            What::Call(call) => Some(call),
            What::Note(_) => None,
        })
    }

    /// The successful calls of operations that can change something.
    pub fn writes(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls().filter(|call| call.effect == Effect::Writes && call.error.is_none())
    }

    /// The notes that are still kept, oldest first.
    pub fn notes(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match &entry.what {
            What::Note(note) => Some(note.as_str()),
            What::Call(_) => None,
        })
    }

    /// Forgets the entries, not their count. For a test that counts from here.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn call(&mut self, at: Millis, call: Call) {
        self.write(at, What::Call(call));
    }

    pub(crate) fn note(&mut self, at: Millis, note: impl Into<String>) {
        self.write(at, What::Note(note.into()));
    }

    fn write(&mut self, at: Millis, what: What) {
        self.written += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { number: self.written, at, what });
    }
}
