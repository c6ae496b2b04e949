//! What the daemon lets others see of itself: its health, its last plan, its numbers. The loop writes and goes on; whoever
//! reads gets what was written last, and is never waited for.

mod conditions;
mod figures;
mod labels;
mod missed;
mod requests;
mod rollouts;
mod versions;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::chronicle::{Chronicle, Entry};
use super::schedule::Look;
use super::source::SourceError;
use super::{Pass, Wanted, findings};
use crate::cloud::clock::Clock;
use crate::cloud::fault::Fault;
use crate::cloud::traffic::Traffic;
use crate::model::arn::Scope;
use crate::model::id::Name;
use crate::model::observed::{Observed, Seen};
use crate::model::time::Timestamp;
use crate::render::json;
use crate::render::summary::Summary;
use crate::status::reason::Reason;
use crate::status::report::{self, Report, SourceState};
use figures::Figures;
use missed::Missed;
use rollouts::Rollouts;
use versions::{Found, Versions};

/// Cheap to clone; clones show the same.
#[derive(Clone)]
pub struct Board(Arc<Inner>);

struct Inner {
    clock: Clock,
    traffic: Traffic,
    figures: Figures,
    said: watch::Sender<Said>,
    missed: Option<Mutex<Missed>>,
    rollouts: Mutex<Rollouts>,
    versions: Mutex<Versions>,
    /// Calls by operation, before the pass that is under way.
    before: Mutex<BTreeMap<String, u64>>,
}

/// What was said last.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// When the loop turns again at the latest; absent while it waits for a source.
    pub turns_by: Option<Timestamp>,
    /// What is wrong with the source; absent while nothing is.
    pub source: Option<(Reason, String)>,
    /// Why it is not told what was applied before, and so nothing is changed.
    pub unanswered: Option<String>,
    /// Is there anything to want?
    pub loaded: bool,
    /// Is any of it in force? After a start a source may have to be told first what was applied before.
    pub in_force: bool,
    /// When the last pass was over.
    pub passed: Option<Timestamp>,
    /// The plan of that pass, as the JSON object of `diff`.
    pub plan: Option<Arc<str>>,
    /// The status of everything after that pass.
    pub status: Option<Arc<Report>>,
    /// What is wrong with the queue of events; absent while nothing is.
    pub queue: Option<String>,
}

/// The loop may be late by as much: the machine is busy.
const LATE: Duration = Duration::from_mins(2);

impl Board {
    /// Nothing was said yet. `events`: is there a queue that tells of changes?
    pub fn new(clock: Clock, traffic: Traffic, events: bool) -> Self {
        let missed = events.then(Mutex::default);
        let (said, shown) = watch::channel(Said::default());
        let figures = Figures::new(traffic.clone(), shown);
        Self(Arc::new(Inner {
            clock,
            traffic,
            figures,
            said,
            missed,
            rollouts: Mutex::default(),
            versions: Mutex::default(),
            before: Mutex::default(),
        }))
    }

    /// What was said last.
    pub fn said(&self) -> Said {
        self.0.said.borrow().clone()
    }

    /// Does the loop turn?
    pub fn is_alive(&self) -> bool {
        let by = self.0.said.borrow().turns_by;
        by.is_none_or(|by| self.0.clock.now() <= by + LATE)
    }

    /// Waits until there is anything to want.
    pub(super) async fn loaded(&self) {
        let mut shown = self.0.said.subscribe();
        // Who says it is here.
        let _said = shown.wait_for(|said| said.loaded).await;
    }

    /// What keeps the daemon from being ready.
    pub fn missing(&self) -> Vec<&'static str> {
        let said = self.0.said.borrow();
        let needs = [
            (said.loaded, "no manifests have been loaded yet"),
            (said.in_force || !said.loaded, "no commit is in force yet"),
            (said.passed.is_some(), "no pass is over yet"),
        ];
        needs.into_iter().filter(|(is, _)| !is).map(|(_, text)| text).collect()
    }

    /// All numbers, in the text form that Prometheus reads.
    pub fn numbers(&self) -> String {
        self.0.figures.text()
    }

    /// The queue fails, or works.
    pub(super) fn queue(&self, fault: Option<&Fault>) {
        self.0.figures.queue_up(fault.is_none());
        let text = fault.map(ToString::to_string);
        let _same = self.0.said.send_if_modified(|said| std::mem::replace(&mut said.queue, text.clone()) != text);
    }

    /// An event told of a version.
    pub(super) fn told(&self, version: &str) {
        if let Some(missed) = &self.0.missed {
            lock(missed).told(self.0.clock.now(), version);
        }
    }

    /// What messages were, how many are in hand, how long those took that are not.
    pub(super) fn figures(&self) -> &Figures {
        &self.0.figures
    }

    /// Generations, times of transition and histories go on from the status before.
    fn status(&self, pass: &Pass<'_>) -> Report {
        let Pass { look, wanted, observed, plan, closer, execution } = pass;
        let (desired, full) = (&wanted.desired, *look == Look::Full);
        let pass = report::Pass { desired, observed, plan, execution: *execution, full, closer };
        let Said { source, unanswered, status, .. } = self.said();
        let waits = unanswered.map(|why| (Reason::AppliedUnknown, why));
        let (commit, trouble) = (wanted.commit.clone(), source.or(waits));
        let (manifests, only_shown) = (findings::of(&wanted.checked), wanted.asks.is_some());
        let source = SourceState { commit, only_shown, trouble, manifests };
        report::report(pass, &source, status.as_deref())
    }

    fn say(&self, change: impl FnOnce(&mut Said)) {
        self.0.said.send_modify(change);
    }

    /// Calls of AWS since the last time, by operation. The queue is asked all the time, and not for a pass.
    fn calls(&self) -> BTreeMap<String, u64> {
        let mut now: BTreeMap<String, u64> = BTreeMap::new();
        for (request, count) in self.0.traffic.requests() {
            if !request.operation.starts_with("sqs:") {
                *now.entry(request.operation).or_default() += count;
            }
        }
        let before = std::mem::replace(&mut *lock(&self.0.before), now.clone());
        let more = |operation: &String, count: u64| count - before.get(operation).unwrap_or(&0);
        now.iter()
            .map(|(operation, count)| (operation.clone(), more(operation, *count)))
            .filter(|(_, n)| *n > 0)
            .collect()
    }
}

impl Chronicle for Board {
    fn turns(&self, by: Option<Timestamp>) {
        self.say(|said| said.turns_by = by);
    }

    fn source(&self, error: Option<&SourceError>) {
        self.0.figures.source(error.is_none(), self.0.clock.now());
        self.say(|said| said.source = error.map(|error| (error.reason(), error.to_string())));
    }

    fn unanswered(&self, why: Option<&str>) {
        let text =
            why.map(|why| format!("which commits were applied before is not known, so nothing is changed: {why}"));
        self.say(|said| said.unanswered = text);
    }

    fn wanted(&self, wanted: &Wanted) {
        self.0.figures.wanted(wanted, self.0.clock.now());
        let in_force = wanted.asks.is_none();
        self.say(|said| (said.loaded, said.in_force) = (true, in_force));
    }

    fn called(&self, entry: &Entry<'_>) {
        self.0.figures.called(entry);
    }

    fn passed(&self, pass: &Pass<'_>) {
        let Pass { look: _, wanted, observed, plan, closer: _, execution } = pass;
        let now = self.0.clock.now();
        self.0.figures.passed(pass, now);
        let mut versions = lock(&self.0.versions);
        let Found { ages, new } = versions.saw(now, pass);
        self.0.figures.ages(&ages);
        if let Some(missed) = &self.0.missed {
            let new = new.into_iter().filter(|name| is_here(observed, name));
            for name in lock(missed).saw(now, new, &versions) {
                self.0.figures.missed();
                tracing::warn!(secret = %name, "no event told of a new version");
            }
        }
        let desired = &wanted.desired;
        let (summary, calls) = (Summary::of(desired, plan), self.calls());
        let report = json::Report { desired, observed, plan, summary: &summary, calls: &calls, execution: *execution };
        let plan = json::report(&report).into();
        let status = self.status(pass);
        for (service, end) in lock(&self.0.rollouts).saw(now, &status) {
            self.0.figures.ended(&service, &end);
        }
        self.say(|said| {
            said.passed = Some(now);
            said.plan = Some(plan);
            said.status = Some(Arc::new(status));
        });
    }
}

/// Do events of the secret come here? Those of this account and Region do.
fn is_here(observed: &Observed, name: &Name) -> bool {
    let Scope { region, account, .. } = &observed.scope;
    let secret = observed.secrets.get(name).and_then(Seen::present);
    secret.is_some_and(|secret| secret.arn.region() == region.as_str() && secret.arn.account() == account.as_str())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
