//! One clock for everything that waits, so that a test or the demo can let time pass faster.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::time::Timestamp;

/// Time as the process sees it, on tokio's clock: where a test pauses that, this stands still too.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    epoch: Timestamp,
    start: Instant,
    speed: u32,
}

impl Clock {
    /// A clock that shows `epoch` now and runs `speed` times as fast as real time; 0 counts as 1.
    pub fn starting_at(epoch: Timestamp, speed: u32) -> Self {
        Self { epoch, start: Instant::now(), speed: speed.max(1) }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.epoch + self.start.elapsed().saturating_mul(self.speed)
    }

    /// How many times faster than real time it runs.
    pub fn speed(&self) -> u32 {
        self.speed
    }

    /// How long the clock has been running.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed().saturating_mul(self.speed)
    }

    /// Waits for as long as this clock says.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / self.speed).await;
    }
}
