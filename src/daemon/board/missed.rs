//! Which new versions no event told of. Pure: it is told the time.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::id::{Name, VersionId};
use crate::model::time::Timestamp;

/// What events told and what looks found.
#[derive(Default)]
pub(super) struct Missed {
    /// Versions that events told of, and when.
    told: BTreeMap<String, Timestamp>,
    /// The current versions that looks found last.
    found: BTreeMap<Name, VersionId>,
    /// New ones among them that no event has told of yet, and since when.
    waiting: BTreeMap<Name, Timestamp>,
}

/// An event that comes later than that is as good as none: twice as long as a list may be behind.
const PATIENCE: Duration = Duration::from_mins(10);

/// After that an event has been followed or overtaken.
const MEMORY: Duration = Duration::from_hours(1);

impl Missed {
    /// An event told of a version.
    pub(super) fn told(&mut self, now: Timestamp, version: &str) {
        self.told.retain(|_, at| now.since(*at) < MEMORY);
        self.told.insert(version.to_owned(), now);
    }

    /// A look found these versions current. Gives the secrets of those that no event has told of in time; each once.
    pub(super) fn saw(&mut self, now: Timestamp, current: BTreeMap<Name, VersionId>) -> Vec<Name> {
        for (name, version) in &current {
            match self.found.get(name) {
                // What was there at the first look needs no event.
                None => {}
                Some(known) if known == version => {}
                Some(_) => drop(self.waiting.insert(name.clone(), now)),
            }
        }
        self.found.extend(current);
        let (found, told) = (&self.found, &self.told);
        self.waiting.retain(|name, _| found.get(name).is_some_and(|version| !told.contains_key(version.as_str())));
        let late = |since: &Timestamp| now.since(*since) >= PATIENCE;
        let missed: Vec<Name> =
            self.waiting.iter().filter(|(_, since)| late(since)).map(|(name, _)| name.clone()).collect();
        self.waiting.retain(|_, since| !late(since));
        missed
    }
}
