//! Which new versions no event told of. Pure: it is told the time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::versions::Versions;
use crate::model::id::Name;
use crate::model::time::Timestamp;

/// What events told and what looks found.
#[derive(Default)]
pub(super) struct Missed {
    /// Versions that events told of, and when.
    told: BTreeMap<String, Timestamp>,
    /// Secrets with a new version that no event has told of yet, and since when.
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

    /// A look found these secrets with another version than before. Gives those that no event has told of in time; each
    /// once.
    pub(super) fn saw(&mut self, now: Timestamp, new: impl Iterator<Item = Name>, versions: &Versions) -> Vec<Name> {
        self.waiting.extend(new.map(|name| (name, now)));
        let told = &self.told;
        self.waiting
            .retain(|name, _| versions.current(name).is_some_and(|version| !told.contains_key(version.as_str())));
        let late = |since: &Timestamp| now.since(*since) >= PATIENCE;
        let missed: Vec<Name> =
            self.waiting.iter().filter(|(_, since)| late(since)).map(|(name, _)| name.clone()).collect();
        self.waiting.retain(|_, since| !late(since));
        missed
    }
}
