//! Where a rollout is, and what can happen to it between two looks.

use crate::model::cause::Cause;

/// Where a rollout is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Not looked at yet.
    #[default]
    Unseen,
    /// Nothing was under way when it was first looked at, or there was no service.
    Settled,
    /// Under way.
    Rolling,
    /// ECS goes back to the revision before.
    RollingBack,
    /// It came to its end.
    Completed,
    /// ECS went back to the revision before.
    RolledBack,
    /// It failed, and nothing was rolled back; ECS's words.
    Failed(String),
    /// It takes longer than it may.
    Overdue,
    /// The service is not there any more.
    Gone,
    /// It could not be looked at, again and again; why.
    Unreadable(String),
}

impl State {
    /// Is there nothing more to wait for?
    pub fn is_over(&self) -> bool {
        !matches!(self, Self::Unseen | Self::Rolling | Self::RollingBack)
    }

    /// Was it under way when it was looked at last?
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Rolling | Self::RollingBack)
    }

    /// Is it not what was asked for?
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::RolledBack | Self::Failed(_) | Self::Overdue | Self::Gone)
    }
}

/// Something that happened between two looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A rollout was seen for the first time, or its numbers changed.
    Progress,
    /// It entered another state.
    Entered,
    /// Another deployment took its place before it was over: the revision that this one brought.
    Superseded(String),
    /// A task did not come up: its id, and why.
    TaskStopped(String, Cause),
}

/// Why what the manifests want of a service is not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptBack {
    /// It waits for something that ends by itself, or for the next pass.
    Waits,
    /// Someone has to do something first.
    Held,
}
