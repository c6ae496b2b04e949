//! Which tasks a rolling deployment starts and stops next.
//!
//! Pure: counts in, moves out. Knows nothing of time.
//!
//! Ledger: V14, V15.

use crate::sandbox::ecs::names::TaskId;

/// A service at one moment. Tasks that are stopping count for nothing but
/// the end: `maximumPercent` is about running and pending ones (facts 8).
#[derive(Clone, Debug)]
pub(super) struct Situation {
    pub(super) desired: usize,
    /// `minimumHealthyPercent` in tasks.
    pub(super) least_healthy: usize,
    /// `maximumPercent` in tasks.
    pub(super) most_alive: usize,
    /// False while a failed task is waited for, or for ever after a failure.
    pub(super) may_start: bool,
    /// The deployment has failed: whatever runs is left alone.
    pub(super) is_given_up: bool,
    /// Tasks of the PRIMARY.
    pub(super) new: Vec<(Stage, TaskId)>,
    /// Tasks of the others.
    pub(super) old: Vec<(Stage, TaskId)>,
    /// How many have been told to stop and have not yet.
    pub(super) stopping: usize,
}

/// How far a task is. Those that serve nobody come first, and go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    NotHealthy,
    Healthy,
}

/// What to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Moves {
    pub(super) start: usize,
    pub(super) stop: Vec<TaskId>,
}

impl Moves {
    pub(super) fn is_none(&self) -> bool {
        self.start == 0 && self.stop.is_empty()
    }
}

impl Situation {
    /// Exactly the wanted tasks, all healthy, and nothing else.
    pub(super) fn is_reached(&self) -> bool {
        !self.is_given_up
            && self.new.len() == self.desired
            && self.healthy_new() == self.desired
            && self.old.is_empty()
            && self.stopping == 0
    }

    /// Everything is healthy, something is missing, and the percentages leave
    /// no room for a move, now or later.
    pub(super) fn is_stuck(&self) -> bool {
        let all_healthy = self.new.iter().chain(&self.old).all(|(stage, _)| *stage == Stage::Healthy);
        let is_missing = self.new.len() < self.desired && self.room() == 0;
        !self.is_given_up && is_missing && all_healthy && self.stopping == 0
    }

    /// Tasks that may still be started.
    fn room(&self) -> usize {
        self.most_alive.saturating_sub(self.new.len() + self.old.len())
    }

    fn healthy_new(&self) -> usize {
        self.new.iter().filter(|(stage, _)| *stage == Stage::Healthy).count()
    }
}

pub(super) fn moves(now: &Situation) -> Moves {
    if now.is_given_up {
        return Moves { stop: surplus(now), ..Moves::default() };
    }
    let missing = now.desired.saturating_sub(now.new.len());
    let start = if now.may_start { missing.min(now.room()) } else { 0 };
    let mut stop = surplus(now);
    stop.extend(replaceable(now));
    Moves { start, stop }
}

/// More tasks of the PRIMARY than wanted, after a scale-in.
fn surplus(now: &Situation) -> Vec<TaskId> {
    let excess = now.new.len().saturating_sub(now.desired);
    sorted(&now.new).take(excess).map(|(_, id)| id.clone()).collect()
}

/// Old tasks that may go: all that are not healthy, and as many healthy ones
/// as leave the least number of healthy tasks.
fn replaceable(now: &Situation) -> Vec<TaskId> {
    let healthy_old = now.old.iter().filter(|(stage, _)| *stage == Stage::Healthy).count();
    let healthy = now.healthy_new().min(now.desired) + healthy_old;
    let spare = healthy.saturating_sub(now.least_healthy).min(healthy_old);
    let useless = now.old.len() - healthy_old;
    sorted(&now.old).take(useless + spare).map(|(_, id)| id.clone()).collect()
}

fn sorted(tasks: &[(Stage, TaskId)]) -> impl Iterator<Item = &(Stage, TaskId)> {
    let mut tasks: Vec<&(Stage, TaskId)> = tasks.iter().collect();
    tasks.sort();
    tasks.into_iter()
}
