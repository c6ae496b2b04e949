//! Which call meets which fate: by index, by operation, by chance.
//!
//! Ledger: W7.

use std::collections::BTreeMap;

use super::Fate;
use crate::sandbox::random::Random;
use crate::sandbox::surroundings::hex_digest;

/// A table of faults. The first line that fits a call decides; a call that no
/// line fits goes through.
///
/// Chance is drawn for the n-th call of each operation for itself, so the same
/// seed gives the same fates however calls of different operations interleave.
#[derive(Clone, Debug)]
pub struct Faults {
    seed: u64,
    lines: Vec<(When, Fate)>,
    called: BTreeMap<String, u64>,
}

#[derive(Clone, Debug)]
enum When {
    At(usize),
    On(String),
    Nth(String, u64),
    Sometimes(u64),
}

/// Chances out of a million.
const WHOLE: u64 = 1_000_000;

/// What people get with `--chaos`: fates in the order of the table, and their
/// chances out of a million. All of it passes: whoever goes on gets there.
const OF_A_BAD_DAY: [(u64, Fate); 8] = [
    (30_000, Fate::Throttled),
    (20_000, Fate::ServerError),
    (15_000, Fate::Lost),
    (15_000, Fate::ReplyLost),
    (30_000, Fate::Stale),
    (100_000, Fate::SmallPage),
    (3_000, Fate::Denied),
    (2_000, Fate::Expired),
];

impl Faults {
    /// No fault yet; chance comes from `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seed, lines: Vec::new(), called: BTreeMap::new() }
    }

    /// A bad day of AWS and the network: about every fifth call is to meet something. Where it cannot, a small page of what
    /// has none, an old answer where there is none yet, the call goes through.
    #[must_use]
    pub fn bad_day(seed: u64) -> Self {
        OF_A_BAD_DAY.iter().fold(Self::seeded(seed), |faults, (chance, fate)| faults.sometimes(*chance, *fate))
    }

    /// The call with this index, from 0.
    #[must_use]
    pub fn at(self, index: usize, fate: Fate) -> Self {
        self.with(When::At(index), fate)
    }

    /// Every call of an operation, such as `UpdateService`.
    #[must_use]
    pub fn on(self, operation: &str, fate: Fate) -> Self {
        self.with(When::On(operation.to_owned()), fate)
    }

    /// The n-th call of an operation, from 1.
    #[must_use]
    pub fn on_nth(self, operation: &str, n: u64, fate: Fate) -> Self {
        self.with(When::Nth(operation.to_owned(), n), fate)
    }

    /// Any call, with a chance out of a million.
    #[must_use]
    pub fn sometimes(self, chance: u64, fate: Fate) -> Self {
        self.with(When::Sometimes(chance), fate)
    }

    /// What becomes of the next call.
    pub fn fate(&mut self, index: usize, operation: &str) -> Fate {
        let called = self.called.entry(operation.to_owned()).or_default();
        *called += 1;
        let nth = *called;
        let mut dice = self.dice(operation, nth);
        let mut fits = |when: &When| match when {
            When::At(at) => *at == index,
            When::On(on) => on == operation,
            When::Nth(on, at) => on == operation && *at == nth,
            When::Sometimes(chance) => dice.below(WHOLE) < *chance,
        };
        self.lines.iter().find(|(when, _)| fits(when)).map_or(Fate::Pass, |(_, fate)| *fate)
    }

    fn dice(&self, operation: &str, nth: u64) -> Random {
        let digest = hex_digest(&format!("{} {operation} {nth}", self.seed));
        Random::seeded(u64::from_str_radix(&digest[..16], 16).unwrap_or(self.seed))
    }

    fn with(mut self, when: When, fate: Fate) -> Self {
        self.lines.push((when, fate));
        self
    }
}
