//! `apply`: passes of observing, planning and doing, until there is nothing left to do or only a person can go on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use super::args::{ApplyArgs, Common, Format};
use super::diff::{Pass, show};
use super::exit::Exit;
use super::follow;
use super::out::Out;
use super::{CliError, world};
use crate::aws::Aws;
use crate::cloud::clock::Clock;
use crate::cloud::fault::FaultKind;
use crate::cloud::{Execution, Observe as _, Outcome};
use crate::execute::{Sink, execute};
use crate::manifest::config::ConfigSpec;
use crate::model::desired::Desired;
use crate::model::observed::Observed;
use crate::plan::step::{Plan, Step, StepId};
use crate::render::markdown::{self, Applied};
use crate::render::summary::Summary;
use crate::render::text;

/// How long holds that end by themselves are waited out, all together.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often AWS is asked again where nobody knows when a hold ends.
const PAUSE: Duration = Duration::from_secs(5);

/// Passes in which nothing works before giving up.
const FAILING_PASSES: u32 = 3;

pub(super) async fn apply(args: ApplyArgs, common: Common, config: ConfigSpec, out: Out) -> Result<Exit, CliError> {
    let Some(loaded) = super::load(&args.manifests, &args.shared, &config, common.output, out)? else {
        return Ok(Exit::Usage);
    };
    let stop = Stop::default();
    let work = async {
        let aws = world::connect(&common, &config, &loaded.desired, out).await?;
        let ask = if args.yes { Ask::Never } else { Ask::Once };
        let run = Run::new(&loaded.desired, &aws, common.output, ask, out);
        let limit = args.timeout.map(|crate::manifest::Period(limit)| limit);
        let exit = if args.wait { run.rollouts(limit, &stop).await } else { run.passes(&stop).await };
        run.comment();
        Ok(exit)
    };
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => done,
        () = asked_to_stop() => {
            out.say("stopping: calls under way are finished, no other is begun");
            stop.set();
            work.await
        }
    }
}

/// Ctrl-C, or what a supervisor sends in its place.
async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _asked = tokio::signal::ctrl_c().await;
}

/// May a person be asked before the first change?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Never,
    Once,
}

/// What the passes of one `apply` share.
pub(super) struct Run<'a> {
    desired: &'a Desired,
    aws: &'a Aws,
    clock: Clock,
    format: Format,
    out: Out,
    /// Has a person agreed, or need nobody be asked?
    agreed: Cell<bool>,
    /// Need the plan not be shown any more?
    shown: Cell<bool>,
    declined: Cell<bool>,
    /// What was done, for the comment; empty in other formats.
    done: RefCell<Vec<(Plan, Execution)>>,
    steps: Cell<usize>,
    last: RefCell<Option<(Observed, Plan)>>,
    said: RefCell<Vec<String>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(desired: &'a Desired, aws: &'a Aws, format: Format, ask: Ask, out: Out) -> Self {
        Self {
            desired,
            aws,
            clock: aws.clock(),
            format,
            out,
            agreed: Cell::new(ask == Ask::Never),
            shown: Cell::new(false),
            declined: Cell::new(false),
            done: RefCell::default(),
            steps: Cell::new(0),
            last: RefCell::default(),
            said: RefCell::default(),
        }
    }

    /// The same, showing no plan.
    #[cfg(feature = "sandbox")]
    pub(super) fn silently(self) -> Self {
        self.shown.set(true);
        self
    }

    /// Passes, then the rollouts that they started, and again where the end of those lets others begin.
    async fn rollouts(&self, limit: Option<Duration>, stop: &Stop) -> Exit {
        let mut deadline = None;
        loop {
            let before = self.steps.get();
            let exit = self.passes(stop).await;
            if self.declined.get() || matches!(exit, Exit::Failed | Exit::Interrupted | Exit::Usage) {
                return exit;
            }
            let now = self.clock.now();
            let deadline = *deadline.get_or_insert_with(|| limit.map(|limit| now + limit));
            let left = deadline.map(|deadline| deadline.since(now));
            let Some(ended) = follow::to_the_end(self.desired, self.aws, left, stop, self.out).await else {
                return Exit::Interrupted;
            };
            let follow::Ended { exit: end, followed, goes_on, said, observed, plan } = ended;
            self.said.borrow_mut().extend(said);
            *self.last.borrow_mut() = Some((observed, plan));
            let moved = followed || self.steps.get() > before;
            if !goes_on || !moved {
                return if end == Exit::Yes { end } else { end.worse(exit) };
            }
        }
    }

    /// Passes until converged or only held.
    pub(super) async fn passes(&self, stop: &Stop) -> Exit {
        let mut waited = Duration::ZERO;
        let mut failing = 0;
        let mut failed = false;
        let calls_before: u64 = self.aws.calls().values().sum();
        loop {
            let observed = self.aws.observe(self.desired).await;
            let plan = crate::plan::plan(self.desired, &observed);
            if stop.is_set() {
                return Exit::Interrupted;
            }
            let calls = plan.steps().any(|(_, step)| step.deferred.is_none());
            if !calls && plan.repairs().is_empty() {
                match self.rest(&plan, &observed, &mut waited, stop).await {
                    Some(exit) => {
                        let exit = if failed { Exit::Failed } else { exit };
                        self.finish(&plan, &observed, calls_before);
                        *self.last.borrow_mut() = Some((observed, plan));
                        return exit;
                    }
                    None => continue,
                }
            }
            if calls && !self.agreed.get() {
                self.plan(&observed, &plan);
                if !self.out.interactive {
                    self.out.say("nothing was done: without a terminal to ask on, `apply` needs --yes");
                }
                if !self.out.interactive || !Out::ask("apply these changes?") {
                    self.declined.set(true);
                    return Exit::Guarded;
                }
                self.agreed.set(true);
            } else if calls && !self.shown.get() && self.format == Format::Text {
                self.plan(&observed, &plan);
            }
            self.shown.set(true);
            let progress = Progress { run: self };
            let execution = execute(&plan, self.aws, &progress, || stop.is_set()).await;
            if self.format == Format::Json {
                self.object(&observed, &plan, Some(&execution));
            }
            self.steps.set(self.steps.get() + execution.done());
            if self.format == Format::Markdown {
                self.done.borrow_mut().push((plan.clone(), execution.clone()));
                *self.last.borrow_mut() = Some((observed.clone(), plan.clone()));
            }
            if stop.is_set() {
                self.out.say(&format!("stopped: {} of {} steps were done", execution.done(), plan.steps().count()));
                return Exit::Interrupted;
            }
            failed = self.complain(&plan, &execution);
            failing = if failed && execution.done() == 0 { failing + 1 } else { 0 };
            if failed && (failing >= FAILING_PASSES || !worth_another_pass(&execution)) {
                return Exit::Failed;
            }
            if failed {
                self.clock.sleep(PAUSE).await;
            }
        }
    }

    /// Nothing can be done now: waits for what ends by itself, or says how it ended.
    async fn rest(&self, plan: &Plan, observed: &Observed, waited: &mut Duration, stop: &Stop) -> Option<Exit> {
        let soon = plan.held().iter().filter(|held| held.because.ends_by_itself());
        let waits: Vec<Duration> =
            soon.map(|held| held.because.until().map_or(PAUSE, |until| until.since(observed.at))).collect();
        let deferred = plan.steps().any(|(_, step)| step.deferred.is_some());
        let next = waits.into_iter().chain(deferred.then_some(PAUSE)).min();
        let Some(next) = next.map(|next| next.max(Duration::from_secs(1))).filter(|next| *waited + *next <= PATIENCE)
        else {
            let held = !plan.held().is_empty() || deferred;
            return Some(Exit::of_holds(plan).unwrap_or(if held { Exit::No } else { Exit::Yes }));
        };
        if let Some(held) = plan.held().iter().find(|held| held.because.ends_by_itself())
            && self.format != Format::Json
        {
            let line = format!("waiting up to {}s: {} {}", next.as_secs(), held.target, held.because);
            self.out.say(&self.out.aside.dim(line));
        }
        *waited += next;
        tokio::select! {
            () = self.clock.sleep(next) => {}
            () = stop.happens() => {}
        }
        None
    }

    fn finish(&self, plan: &Plan, observed: &Observed, calls_before: u64) {
        match self.format {
            Format::Json => self.object(observed, plan, None),
            Format::Markdown => {}
            Format::Text if !plan.held().is_empty() => self.plan(observed, plan),
            Format::Text => {
                let calls = self.aws.calls().values().sum::<u64>() - calls_before;
                self.out.say(&self.out.aside.good(format!("converged, after {calls} calls")));
            }
        }
    }

    /// The plan, for a person; where stdout is for a program, beside it.
    fn plan(&self, observed: &Observed, plan: &Plan) {
        let summary = Summary::of(self.desired, plan);
        let text = |style| text::plan(plan, &summary, &observed.scope, style);
        match self.format {
            Format::Text => Out::data(&text(self.out.style)),
            Format::Json => self.object(observed, plan, None),
            Format::Markdown => self.out.say(&text(self.out.aside)),
        }
    }

    fn object(&self, observed: &Observed, plan: &Plan, execution: Option<&Execution>) {
        let pass = Pass { desired: self.desired, observed, plan, aws: self.aws, execution };
        show(&pass, Format::Json, self.out);
    }

    /// The comment on all that was done.
    fn comment(&self) {
        if self.format != Format::Markdown {
            return;
        }
        if let Some((observed, plan)) = &*self.last.borrow() {
            let (passes, said) = (self.done.borrow(), self.said.borrow());
            let full = self.out.style.full;
            let applied = Applied { desired: self.desired, observed, plan, passes: &passes, said: &said, full };
            Out::data(&markdown::applied(&applied));
        }
    }

    /// Says what failed and what to do about it. Was there anything?
    fn complain(&self, plan: &Plan, execution: &Execution) -> bool {
        let style = self.out.aside;
        for (id, fault) in execution.failures() {
            let target = plan.step(id).map(|step| step.target.to_string()).unwrap_or_default();
            self.out.say(&format!("{} {target}: {fault}", style.bad("error:")));
            self.out.say(&format!("{} {}", style.calm("help:"), fault.advice()));
        }
        for (target, fault) in &execution.unrepaired {
            self.out.say(&format!("{} {target}: its mark could not be written again: {fault}", style.warn("warning:")));
        }
        execution.failures().next().is_some()
    }
}

/// Looking again helps where the world had moved, or nobody knows what happened.
fn worth_another_pass(execution: &Execution) -> bool {
    execution
        .failures()
        .all(|(_, fault)| matches!(fault.kind, FaultKind::Conflict | FaultKind::Ambiguous | FaultKind::Throttled))
}

/// One line a step.
struct Progress<'r, 'a> {
    run: &'r Run<'a>,
}

impl Sink for Progress<'_, '_> {
    fn started(&self, _: StepId, _: &Step) {}

    fn finished(&self, _: StepId, step: &Step, outcome: &Outcome) {
        if self.run.format == Format::Json {
            return;
        }
        let style = self.run.out.aside;
        let word = match outcome {
            Outcome::Done(_) => style.good("done   "),
            Outcome::Failed(_) => style.bad("failed "),
            Outcome::Skipped { .. } => style.warn("skipped"),
            Outcome::Deferred => style.calm("later  "),
            Outcome::NotStarted => return,
        };
        let (service, operation) = step.action.call.operation();
        let made = match outcome {
            Outcome::Done(receipt) => receipt.arn.as_ref().map(|arn| arn.resource().to_owned()).unwrap_or_default(),
            _ => String::new(),
        };
        self.run.out.say(
            format!(
                "  {word}  {:<28} {:<32} {}",
                step.target.to_string(),
                format!("{service}:{operation}"),
                style.dim(made)
            )
            .trim_end(),
        );
    }
}

/// Someone asked to stop.
#[derive(Clone, Default)]
pub(super) struct Stop {
    asked: Rc<Cell<bool>>,
    bell: Rc<Notify>,
}

impl Stop {
    pub(super) fn is_set(&self) -> bool {
        self.asked.get()
    }

    pub(super) async fn happens(&self) {
        self.bell.notified().await;
    }

    fn set(&self) {
        self.asked.set(true);
        self.bell.notify_one();
    }
}
