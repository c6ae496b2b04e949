//! Exponential backoff: the one place that knows the crate `backoff`.
//!
//! That crate is unmaintained (RUSTSEC-2025-0012), so it is asked for nothing but the next interval: chance and time are
//! ours.

use std::time::Duration;

use backoff::backoff::Backoff as _;
use backoff::{ExponentialBackoff, ExponentialBackoffBuilder};

use super::chance::Chance;

/// After the first failure.
const FIRST: Duration = Duration::from_secs(5);

/// However often it failed.
const LONGEST: Duration = Duration::from_mins(10);

/// How long to wait after each failure in a row.
pub(super) struct Backoff(ExponentialBackoff);

impl Backoff {
    pub(super) fn new() -> Self {
        let mut builder = ExponentialBackoffBuilder::new();
        let mut inner = builder
            .with_initial_interval(FIRST)
            .with_max_interval(LONGEST)
            .with_multiplier(2.0)
            .with_randomization_factor(0.0)
            .with_max_elapsed_time(None)
            .build();
        inner.reset();
        Self(inner)
    }

    /// The wait after one more failure: twice the one before, and up to a tenth more, so that what failed together does
    /// not come back together.
    pub(super) fn next(&mut self, chance: &mut Chance) -> Duration {
        let wait = self.0.next_backoff().unwrap_or(LONGEST).min(LONGEST);
        wait + chance.up_to(wait / 10)
    }
}
