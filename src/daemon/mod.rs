//! The daemon: keeps AWS at what its source says, day and night.
//!
//! One loop, level-triggered: an event says "look again", and what a look finds decides. What a look does not find is not
//! remembered anywhere: the process may be killed at any time. Knows neither the SDK nor where its events come from.

mod backoff;
pub mod board;
mod chance;
pub mod chronicle;
mod closer;
pub mod event;
pub mod feed;
pub mod findings;
pub mod http;
pub mod queue;
pub mod record;
pub mod schedule;
pub mod source;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};

use crate::cloud::clock::Clock;
use crate::cloud::{Apply, Closer, Execution, Inspect, Observe, Recall, Watch};
use crate::execute::execute;
use crate::manifest::{Checked, Loaded, load_files};
use crate::model::desired::{Desired, Policy};
use crate::model::id::{Installation, Name};
use crate::model::observed::Observed;
use crate::model::secret::Secret;
use crate::plan::step::Plan;
use chronicle::{Audit, Chronicle};
use closer::Eye;
use event::Event;
use schedule::{Intervals, Look, MOMENT, Schedule};
use source::applied::{self, Applied};
use source::{CommitInfo, Snapshot};

pub use chance::Chance;

/// What an operator decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Whose objects these are. Another one is another daemon's.
    pub installation: Installation,
    /// The rules that the planner follows.
    pub policy: Policy,
    /// How often to look.
    pub intervals: Intervals,
    /// Look and publish, and never write.
    pub dry_run: bool,
}

/// What the source says, as far as it could be read.
pub struct Wanted {
    /// The manifests of the last good state.
    pub desired: Desired,
    /// What is wrong with them.
    pub checked: Checked,
    /// The commit that they come from.
    pub commit: Option<CommitInfo>,
    /// Had it to be signed by someone who may?
    pub verified: bool,
    /// The source waits to be told what was applied before; until it has looked again nothing is carried out.
    pub asks: Option<Applied>,
}

/// One pass, for whoever keeps a record.
pub struct Pass<'p> {
    /// How closely was looked.
    pub look: Look,
    /// What was wanted.
    pub wanted: &'p Wanted,
    /// What was seen.
    pub observed: &'p Observed,
    /// What follows.
    pub plan: &'p Plan,
    /// What was seen closer, of rollouts that do not go well.
    pub closer: &'p Closer,
    /// What became of it; absent where nothing was to be done, or nothing may be.
    pub execution: Option<&'p Execution>,
}

/// The loop.
pub struct Daemon<C, R> {
    cloud: C,
    clock: Clock,
    rules: watch::Receiver<Rules>,
    record: R,
    schedule: Schedule,
    wanted: Option<Wanted>,
    eye: Eye,
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Someone asked for it.
    Asked,
    /// Nobody is left who could send an event: a task has ended that should not have.
    Abandoned,
}

/// The target of spans: a pass, its look, and its calls.
pub const TRACE: &str = "passes";

/// No pass takes longer, whatever AWS allows a second: 1,000 services made anew take a third of it.
const LONGEST_PASS: Duration = Duration::from_hours(1);

/// What a pass has to know of the end of the loop, and the loop of the pass.
#[derive(Default)]
struct End {
    how: Cell<Option<Ended>>,
    /// The pass has not come to its calls yet.
    looking: Cell<bool>,
}

/// What the events since the last pass ask for.
#[derive(Default)]
struct Asked {
    full: bool,
    now: bool,
    shutdown: bool,
    secrets: BTreeSet<String>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl<C: Observe + Watch + Inspect + Recall + Apply, R: Chronicle> Daemon<C, R> {
    /// Nothing is known yet: the first pass follows the first good state of the source.
    pub fn new(cloud: C, clock: Clock, rules: watch::Receiver<Rules>, record: R, seed: u64) -> Self {
        let schedule = Schedule::new(clock.now(), rules.borrow().intervals, seed);
        Self { cloud, clock, rules, record, schedule, wanted: None, eye: Eye::default() }
    }

    /// Runs until it is asked to end. Calls under way are finished, no other is begun.
    pub async fn run(mut self, mut events: mpsc::Receiver<Event>) -> Ended {
        let mut asked = Asked::default();
        let mut earliest = self.clock.now();
        while !asked.shutdown {
            let next = if asked.is_urgent() { earliest } else { self.schedule.next().max(earliest) };
            let wait = next.since(self.clock.now());
            self.record.turns((asked.is_urgent() || self.wanted.is_some()).then_some(next));
            tokio::select! {
                biased;
                event = events.recv() => {
                    match event {
                        Some(event) => self.take(event, &mut asked),
                        None => return Ended::Abandoned,
                    }
                    continue;
                },
                () = self.clock.sleep(wait), if asked.is_urgent() || self.wanted.is_some() => {}
            }
            let now = self.clock.now();
            earliest = now + MOMENT;
            let due = if asked.full { Some(Look::Full) } else { self.schedule.due(now) };
            let look = due.or(asked.now.then_some(Look::Sweep));
            let (Some(look), true) = (look, self.wanted.is_some()) else {
                // Whoever waits for a pass waits on: the first state of the source is looked at closely, whatever was asked.
                (asked.full, asked.now) = (false, false);
                continue;
            };
            self.record.turns(Some(now + LONGEST_PASS));
            let this = std::mem::take(&mut asked);
            let mut later = Vec::new();
            let end = End::default();
            {
                let span = self.span(look);
                let pass = self.pass(look, &this.secrets, &end).instrument(span);
                let mut pass = std::pin::pin!(pass);
                // Reads change nothing: the end does not wait for them.
                while !(end.is_near() && end.looking.get()) {
                    tokio::select! {
                        () = &mut pass => break,
                        event = events.recv(), if !end.is_near() => match event {
                            None => end.how.set(Some(Ended::Abandoned)),
                            Some(Event::Shutdown) => end.how.set(Some(Ended::Asked)),
                            Some(event) => later.push(event),
                        },
                    }
                }
            }
            // A pass that was cut short is not the one that was asked for: whoever waits asks again.
            if let Some(how) = end.how.get() {
                return how;
            }
            this.answer();
            for event in later {
                self.take(event, &mut asked);
            }
        }
        Ended::Asked
    }

    fn take(&mut self, event: Event, asked: &mut Asked) {
        match event {
            Event::SourceMoved(Ok(Some(snapshot))) => {
                self.adopt(*snapshot);
                asked.full = true;
            }
            Event::SourceMoved(Ok(None)) => self.record.source(None),
            Event::SourceMoved(Err(error)) => self.record.source(Some(&error)),
            Event::SourceSettled => {
                self.record.source(None);
                if let Some(wanted) = &mut self.wanted {
                    wanted.desired.unsettled = false;
                    // Nothing else has waited for it.
                    asked.full |= wanted.desired.policy.prune.enabled;
                }
            }
            Event::SecretChanged { secrets, done } => {
                asked.now = true;
                asked.secrets.extend(secrets);
                asked.waiting.push(done);
            }
            Event::WakeUp => {
                let rules = self.rules.borrow_and_update().clone();
                self.schedule.set_intervals(rules.intervals);
                if let Some(wanted) = &mut self.wanted {
                    wanted.desired.policy = rules.policy;
                }
                asked.full = true;
            }
            Event::Shutdown => asked.shutdown = true,
        }
    }

    /// Another state of the source.
    fn adopt(&mut self, snapshot: Snapshot) {
        let rules = self.rules.borrow().clone();
        let Snapshot { commit, lineage, files, verified, asks, settled } = snapshot;
        let Loaded { mut desired, checked } = load_files(rules.installation, files);
        desired.policy = rules.policy;
        desired.commit = commit.as_ref().map(|commit| commit.id.clone());
        desired.lineage = lineage;
        desired.unsettled = !settled;
        self.record.source(None);
        let wanted = Wanted { desired, checked, commit, verified, asks };
        self.record.wanted(&wanted);
        if wanted.asks.is_none() {
            self.record.unanswered(None);
        }
        self.wanted = Some(wanted);
    }

    fn span(&self, look: Look) -> Span {
        let commit = self.wanted.as_ref().and_then(|wanted| wanted.commit.as_ref());
        let commit = commit.map(|commit| commit.id.as_str());
        info_span!(target: TRACE, "pass", look = look.as_str(), commit, steps = Empty, held = Empty, result = Empty)
    }

    async fn pass(&mut self, look: Look, secrets: &BTreeSet<String>, end: &End) {
        let Some(wanted) = &self.wanted else { return };
        let desired = &wanted.desired;
        end.looking.set(true);
        let looking = info_span!(target: TRACE, "look");
        let mut observed = match look {
            Look::Full => self.cloud.observe(desired).instrument(looking).await,
            Look::Sweep => self.cloud.sweep(desired, &named(desired, secrets)).instrument(looking).await,
        };
        if let Some(asks) = &wanted.asks {
            let unknown = applied::answer(asks, &self.cloud, desired, &observed, look == Look::Full).await;
            self.record.unanswered(unknown.as_deref());
        }
        observed.back_offs = self.schedule.back_offs();
        let plan = crate::plan::plan(desired, &observed);
        let closer = self.eye.look(&self.cloud, desired, &observed, &plan).await;
        end.looking.set(false);
        let steps = plan.steps().any(|(_, step)| step.deferred.is_none());
        let may = wanted.asks.is_none() && !self.rules.borrow().dry_run;
        let execution = if may && (steps || !plan.repairs().is_empty()) {
            let audit = Audit::new(&self.record, self.clock, wanted);
            Some(execute(&plan, &self.cloud, &audit, || end.is_near()).await)
        } else {
            None
        };
        let execution = execution.as_ref();
        let result = execution.map_or("quiet", Execution::word);
        Span::current()
            .record("steps", plan.steps().count())
            .record("held", plan.held().len())
            .record("result", result);
        self.record.passed(&Pass { look, wanted, observed: &observed, plan: &plan, closer, execution });
        self.schedule.passed(self.clock.now(), look, &plan, execution);
    }
}

impl End {
    fn is_near(&self) -> bool {
        self.how.get().is_some()
    }
}

impl Asked {
    /// Is there something that no schedule has to allow?
    fn is_urgent(&self) -> bool {
        self.full || self.now
    }

    /// Tells those who wait that the pass is over.
    fn answer(self) {
        for waiting in self.waiting {
            // Whoever has gone does not want to know.
            let _gone = waiting.send(());
        }
    }
}

/// The manifests of the secrets that an event names, by name or by ARN.
fn named(desired: &Desired, secrets: &BTreeSet<String>) -> BTreeSet<Name> {
    // AWS puts a hyphen and six characters behind a name.
    let of_arn = |text: &str| Some(text.split(":secret:").nth(1)?.rsplit_once('-')?.0.to_owned());
    let texts: BTreeSet<String> =
        secrets.iter().flat_map(|text| [Some(text.clone()), of_arn(text)]).flatten().collect();
    let is_named = |secret: &Secret| texts.contains(secret.secret_name.as_str());
    desired.secrets.iter().filter(|(_, secret)| is_named(secret)).map(|(name, _)| name.clone()).collect()
}
