//! Instants and clocks of the sandbox.
//!
//! Knows nothing of the world it times. The world itself never asks for the
//! time: it is told.
//!
//! Ledger: X3.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// Where the door takes the time from.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// A clock that starts at `start` now and runs `speed` times as fast as
/// tokio's, so it stands still while a paused runtime does.
///
/// Must be called inside a tokio runtime when that runtime's clock is paused.
pub fn tokio_clock(start: Millis, speed: u32) -> Clock {
    let begun = tokio::time::Instant::now();
    Arc::new(move || start + begun.elapsed().saturating_mul(speed))
}

/// A clock that always shows `at`.
pub fn stopped_clock(at: Millis) -> Clock {
    Arc::new(move || at)
}

impl Millis {
    /// Seconds since the epoch, as AWS's JSON protocols write an instant.
    pub fn epoch_seconds(self) -> f64 {
        // Exact: instants stay far below 2^53 milliseconds.
        #[expect(clippy::cast_precision_loss, reason = "exact below the year 287396")]
        let millis = self.0 as f64;
        millis / 1000.0
    }

    /// The start of this instant's UTC day. Secrets Manager resolves some dates to days.
    #[must_use]
    pub fn start_of_day(self) -> Self {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        Self(self.0 - self.0.rem_euclid(DAY))
    }

    /// How long after `earlier` this is; zero when it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

/// ISO 8601 in whole seconds, as AWS's XML protocols write an instant.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{}", instant.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl Add<Duration> for Millis {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(span)))
    }
}

impl Sub<Duration> for Millis {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(span)))
    }
}

fn whole_millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
