//! A keyed collection that can also be read as it was a while ago.
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

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Lagged<V> {
    lag: Duration,
    newest: BTreeMap<String, V>,
    replaced: VecDeque<Replaced<V>>,
}

/// `key` had the value `was` until `until`.
#[derive(Clone, Serialize, Deserialize)]
struct Replaced<V> {
    until: Millis,
    key: String,
    was: Option<V>,
}

impl<V: Clone> Lagged<V> {
    pub(crate) fn new() -> Self {
        Self { lag: Duration::ZERO, newest: BTreeMap::new(), replaced: VecDeque::new() }
    }

    /// Changes made before this call are seen at once.
    pub(crate) fn set_lag(&mut self, lag: Duration) {
        self.lag = lag;
        if lag.is_zero() {
            self.replaced.clear();
        }
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
        for change in self.unseen(now) {
            match &change.was {
                Some(was) => seen.insert(&change.key, was),
                None => seen.remove(change.key.as_str()),
            };
        }
        seen
    }

    /// One entry of [`Self::late`].
    pub(crate) fn late_get(&self, key: &str, now: Millis) -> Option<&V> {
        let earliest_unseen = self.unseen(now).filter(|change| change.key == key).last();
        match earliest_unseen {
            Some(change) => change.was.as_ref(),
            None => self.newest.get(key),
        }
    }

    /// The changes that a late reader does not see yet, newest first.
    fn unseen(&self, now: Millis) -> impl Iterator<Item = &Replaced<V>> {
        let horizon = now - self.lag;
        self.replaced.iter().rev().take_while(move |change| change.until > horizon)
    }

    fn remember(&mut self, key: &str, at: Millis) {
        if self.lag.is_zero() {
            return;
        }
        let horizon = at - self.lag;
        while self.replaced.front().is_some_and(|change| change.until <= horizon) {
            self.replaced.pop_front();
        }
        let was = self.newest.get(key).cloned();
        self.replaced.push_back(Replaced { until: at, key: key.to_owned(), was });
    }
}
