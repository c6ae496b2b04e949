//! The exit codes of every verb. Where several hold: 2, then 3, 4, 5, 1.

use std::process::ExitCode;

use crate::plan::held::Because;
use crate::plan::step::Plan;
use crate::status::reason::Reason;
use crate::status::report::{Report, ResourceStatus};

/// What the process says about how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Yes; nothing to do.
    Yes,
    /// It worked, and the answer is no.
    No,
    /// Bad usage, configuration or manifest.
    Usage,
    /// It failed while running, or something was unreadable.
    Failed,
    /// A rollout failed.
    RolloutFailed,
    /// Held by a guard, or nobody agreed.
    Guarded,
    /// Someone pressed Ctrl-C.
    Interrupted,
}

impl Exit {
    /// What the holds of a plan mean, however the plan itself went.
    pub(crate) fn of_holds(plan: &Plan) -> Option<Self> {
        let any = |matches: &dyn Fn(&Because) -> bool| plan.held().iter().any(|held| matches(&held.because));
        if !plan.is_complete() {
            Some(Self::Failed)
        } else if any(&|because| matches!(because, Because::RolloutFailed { .. })) {
            Some(Self::RolloutFailed)
        } else if any(&|because| Reason::from(because).is_guard()) {
            Some(Self::Guarded)
        } else {
            None
        }
    }

    /// What the status of these resources means; the reason of what waits is that of its root.
    pub(crate) fn of_status(report: &Report, chosen: &[&ResourceStatus]) -> Self {
        let reason = |status: &&ResourceStatus| {
            let cause = status.root.as_ref().and_then(|root| report.find(root)).unwrap_or(status);
            let ready = cause.ready().or_else(|| status.ready())?;
            Some(ready.reason)
        };
        let unready = chosen.iter().copied().filter(|status| !status.is_ready());
        let exits = unready.map(|status| match reason(&status) {
            Some(Reason::Unreadable) => Self::Failed,
            Some(Reason::RolloutFailed | Reason::Overdue) => Self::RolloutFailed,
            Some(Reason::InvalidManifest) => Self::Usage,
            Some(reason) if reason.is_guard() => Self::Guarded,
            _ => Self::No,
        });
        exits.fold(Self::Yes, Self::worse)
    }

    /// The one of two that is to be said: 2, then 3, 4, 5, 1; nothing goes on after an interruption.
    pub(crate) fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Interrupted => 0,
            Self::Usage => 1,
            Self::Failed => 2,
            Self::RolloutFailed => 3,
            Self::Guarded => 4,
            Self::No => 5,
            Self::Yes => 6,
        };
        if rank(other) < rank(self) { other } else { self }
    }

    fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Failed => 3,
            Self::RolloutFailed => 4,
            Self::Guarded => 5,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
