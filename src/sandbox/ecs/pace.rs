//! How long things take.
//!
//! Ledger: V11, V24, V33.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The durations of tasks and deployments. The defaults are of the order of
/// Fargate's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// A service deployment, from PENDING to `IN_PROGRESS`; also from a request
    /// to stop it to the stopping.
    pub deployment: Duration,
    /// A rollback takes at least so long, even when nothing has to be started.
    pub rollback: Duration,
    /// A task's PROVISIONING.
    pub provision: Duration,
    /// Pulling the images, in PENDING. Secrets are read when it ends.
    pub pull: Duration,
    /// Starting the containers, in PENDING.
    pub start: Duration,
    /// From RUNNING to healthy, with a load balancer or a health check of ECS's usual settings ([V49]).
    pub healthy: Duration,
    /// From RUNNING to counting as healthy without either (facts 4.5: 40 s).
    pub settle: Duration,
    /// From RUNNING to unhealthy, likewise, for a container that never becomes healthy.
    pub unhealthy: Duration,
    /// From the order to stop until STOPPED, for a running task.
    pub drain: Duration,
    /// The wait after a first failed task; it doubles with each further one.
    pub retry: Duration,
    /// The longest such wait (facts 1.6: 15 minutes).
    pub retry_at_most: Duration,
    /// For how long a stopped task is shown (facts 1.6: at least an hour).
    pub stopped_task_shown: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            deployment: Duration::from_millis(1_500),
            rollback: seconds(20),
            provision: seconds(10),
            pull: seconds(8),
            start: seconds(2),
            healthy: seconds(20),
            settle: seconds(40),
            unhealthy: seconds(90),
            drain: seconds(10),
            retry: seconds(5),
            retry_at_most: seconds(15 * 60),
            stopped_task_shown: seconds(60 * 60),
        }
    }
}

impl Pace {
    /// The wait after the `failures`-th failed task in a row.
    pub(super) fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        self.retry.saturating_mul(1 << doublings).min(self.retry_at_most)
    }
}
