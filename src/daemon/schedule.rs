//! When to look again, how closely, and what to leave alone meanwhile. Pure: it is told the time.
//!
//! Knows nothing of AWS or of what a step does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::backoff::Backoff;
use super::chance::Chance;
use crate::cloud::{Execution, Outcome};
use crate::manifest::config::SweepSpec;
use crate::model::id::ResourceId;
use crate::model::observed::BackOff;
use crate::model::time::Timestamp;
use crate::plan::step::Plan;

/// How often the daemon looks by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intervals {
    /// Between two bulk looks.
    pub sweep: Duration,
    /// Between two exact looks.
    pub full: Duration,
}

impl Default for Intervals {
    fn default() -> Self {
        Self { sweep: SweepSpec::INTERVAL, full: SweepSpec::FULL }
    }
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// In bulk, and exactly where something seems to differ.
    Sweep,
    /// Everything for itself.
    Full,
}

impl Look {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Full => "full",
        }
    }
}

/// Between two passes at least: events that come together are one pass.
pub(super) const MOMENT: Duration = Duration::from_secs(1);

/// Between passes while something moves: a role settles, a rollout goes on, a wave waits.
const SOON: Duration = Duration::from_secs(5);

/// What is planned for later.
pub struct Schedule {
    intervals: Intervals,
    chance: Chance,
    sweep: Timestamp,
    full: Timestamp,
    /// Something ends before the next sweep.
    soon: Option<Timestamp>,
    failing: BTreeMap<ResourceId, Failing>,
}

struct Failing {
    backoff: Backoff,
    until: Timestamp,
    why: String,
    /// Was it something to be deleted that nobody wants?
    pruning: bool,
}

impl Schedule {
    /// Nothing was looked at yet: everything is due.
    pub fn new(now: Timestamp, intervals: Intervals, seed: u64) -> Self {
        let chance = Chance::new(seed);
        Self { intervals, chance, sweep: now, full: now, soon: None, failing: BTreeMap::new() }
    }

    /// Other intervals, from the next look on.
    pub fn set_intervals(&mut self, intervals: Intervals) {
        self.intervals = intervals;
    }

    /// When the next look is due.
    pub fn next(&self) -> Timestamp {
        let next = self.sweep.min(self.full);
        self.soon.map_or(next, |soon| soon.min(next))
    }

    /// How closely to look now; `None` where nothing is due.
    pub fn due(&self, now: Timestamp) -> Option<Look> {
        if self.full <= now {
            return Some(Look::Full);
        }
        (self.next() <= now).then_some(Look::Sweep)
    }

    /// What must not be tried again yet.
    pub fn back_offs(&self) -> BTreeMap<ResourceId, BackOff> {
        let each = |(id, failing): (&ResourceId, &Failing)| {
            let Failing { backoff: _, until, why, pruning } = failing;
            (id.clone(), BackOff { until: *until, why: why.clone(), pruning: *pruning })
        };
        self.failing.iter().map(each).collect()
    }

    /// A pass is over. `execution` is absent where nothing was to be done.
    pub fn passed(&mut self, now: Timestamp, look: Look, plan: &Plan, execution: Option<&Execution>) {
        self.sweep = now + self.intervals.sweep + self.chance.up_to(self.intervals.sweep / 10);
        if look == Look::Full {
            self.full = now + self.intervals.full + self.chance.up_to(self.intervals.full / 10);
        }
        let tried: BTreeSet<&ResourceId> = plan.steps().map(|(_, step)| &step.target).collect();
        let held: BTreeSet<&ResourceId> = plan.held().iter().map(|held| &held.target).collect();
        let outcomes = execution.iter().flat_map(|execution| &execution.outcomes);
        let outcomes = outcomes.filter_map(|(id, outcome)| Some((plan.step(*id)?, outcome)));
        let mut worked = BTreeSet::new();
        let mut failed = BTreeMap::new();
        for (step, outcome) in outcomes {
            let target = step.target.clone();
            match outcome {
                Outcome::Done(_) => drop(worked.insert(target)),
                Outcome::Failed(fault) => {
                    let (_, pruning) = failed.entry(target).or_insert_with(|| (fault.to_string(), true));
                    *pruning &= step.action.call.owner().is_some();
                }
                Outcome::Skipped { .. } | Outcome::Deferred | Outcome::NotStarted => {}
            }
        }
        // What is neither tried nor held any more is as it should be.
        self.failing.retain(|id, _| (tried.contains(id) || held.contains(id)) && !worked.contains(id));
        for (target, (why, pruning)) in failed {
            let new = || Failing { backoff: Backoff::new(), until: now, why: String::new(), pruning };
            let failing = self.failing.entry(target).or_insert_with(new);
            failing.until = now + failing.backoff.next(&mut self.chance);
            failing.why = why;
            failing.pruning = pruning;
        }
        let waits = plan.held().iter().filter(|held| held.because.ends_by_itself());
        let ends = waits.map(|held| held.because.until().unwrap_or(now + SOON)).min();
        let moving = execution.is_some_and(|execution| execution.done() > 0 || execution.has_deferred());
        // What could have been tried again and was held for another reason is no cause to look any sooner.
        let retries = self.failing.values().map(|failing| failing.until).filter(|until| *until > now);
        let soon = retries.chain(ends).chain(moving.then_some(now + SOON)).min();
        self.soon = soon.map(|at| at.max(now + MOMENT));
    }
}
