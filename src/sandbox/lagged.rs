//! What changed of late, and a keyed collection that can also be read as it
//! was a while ago.
//!
//! Eventual consistency in two readings: the newest, and the one of `lag`
//! ago. It keeps what each change replaced, no longer than `lag`; with no lag
//! it keeps nothing.
//!
//! Ledger: S30, I16.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Millis;

/// Changes that a late reader does not see yet, oldest first.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct History<C> {
    lag: Duration,
    changes: VecDeque<(Millis, C)>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Lagged<V> {
    newest: BTreeMap<String, V>,
    replaced: History<Replaced<V>>,
}

/// `key` had the value `was` until then.
#[derive(Clone, Serialize, Deserialize)]
struct Replaced<V> {
    key: String,
    was: Option<V>,
}

impl<C> Default for History<C> {
    fn default() -> Self {
        Self { lag: Duration::ZERO, changes: VecDeque::new() }
    }
}

impl<C> History<C> {
    /// Changes made before this call are seen at once.
    pub(crate) fn set_lag(&mut self, lag: Duration) {
        *self = Self { lag, changes: VecDeque::new() };
    }

    /// How late readers are.
    pub(crate) fn lag(&self) -> Duration {
        self.lag
    }

    /// Is any reader late?
    pub(crate) fn is_kept(&self) -> bool {
        !self.lag.is_zero()
    }

    pub(crate) fn remember(&mut self, at: Millis, change: C) {
        if !self.is_kept() {
            return;
        }
        let horizon = at - self.lag;
        while self.changes.front().is_some_and(|(at, _)| *at <= horizon) {
            self.changes.pop_front();
        }
        self.changes.push_back((at, change));
    }

    /// What a reader at `now` does not see yet, newest first.
    pub(crate) fn unseen(&self, now: Millis) -> impl Iterator<Item = &C> {
        let horizon = now - self.lag;
        self.changes.iter().rev().take_while(move |(at, _)| *at > horizon).map(|(_, change)| change)
    }
}

impl<V: Clone> Lagged<V> {
    pub(crate) fn new() -> Self {
        Self { newest: BTreeMap::new(), replaced: History::default() }
    }

    /// Changes made before this call are seen at once.
    pub(crate) fn set_lag(&mut self, lag: Duration) {
        self.replaced.set_lag(lag);
    }

    /// How late readers are.
    pub(crate) fn lag(&self) -> Duration {
        self.replaced.lag()
    }

    pub(crate) fn newest(&self) -> &BTreeMap<String, V> {
        &self.newest
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.newest.get(key)
    }

    /// Reaches past the history: a late reader sees the edit at once.
    pub(crate) fn poke(&mut self, key: &str) -> Option<&mut V> {
        self.newest.get_mut(key)
    }

    pub(crate) fn edit(&mut self, key: &str, at: Millis) -> Option<&mut V> {
        if self.newest.contains_key(key) {
            self.remember(key, at);
        }
        self.newest.get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: &str, value: V, at: Millis) {
        self.remember(key, at);
        self.newest.insert(key.to_owned(), value);
    }

    pub(crate) fn remove(&mut self, key: &str, at: Millis) {
        self.remember(key, at);
        self.newest.remove(key);
    }

    /// What a reader sees at `now` who is `lag` late.
    pub(crate) fn late(&self, now: Millis) -> BTreeMap<&str, &V> {
        let mut seen: BTreeMap<&str, &V> = self.newest.iter().map(|(k, v)| (k.as_str(), v)).collect();
        for change in self.replaced.unseen(now) {
            match &change.was {
                Some(was) => seen.insert(&change.key, was),
                None => seen.remove(change.key.as_str()),
            };
        }
        seen
    }

    /// One entry of [`Self::late`].
    pub(crate) fn late_get(&self, key: &str, now: Millis) -> Option<&V> {
        let earliest_unseen = self.replaced.unseen(now).filter(|change| change.key == key).last();
        match earliest_unseen {
            Some(change) => change.was.as_ref(),
            None => self.newest.get(key),
        }
    }

    fn remember(&mut self, key: &str, at: Millis) {
        if self.replaced.is_kept() {
            let was = self.newest.get(key).cloned();
            self.replaced.remember(at, Replaced { key: key.to_owned(), was });
        }
    }
}
