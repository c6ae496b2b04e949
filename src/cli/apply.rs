//! `apply`: passes of observing, planning and doing, until there is nothing left to do or only a person can go on.

use std::cell::Cell;
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
        let run = Run {
            desired: &loaded.desired,
            aws: &aws,
            clock: aws.clock(),
            format: common.output,
            ask,
            show: true,
            out,
        };
        let exit = run.passes(&stop).await;
        if args.wait && matches!(exit, Exit::Yes | Exit::No) {
            return Ok(follow::to_the_end(&loaded.desired, &aws, &stop, out).await);
        }
        Ok(exit)
    };
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => done,
        _ = tokio::signal::ctrl_c() => {
            out.say("stopping: calls under way are finished, no other is begun");
            stop.set();
            work.await
        }
    }
}

/// May a person be asked before the first change?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Never,
    Once,
}

/// What the passes of one `apply` share.
pub(super) struct Run<'a> {
    pub(super) desired: &'a Desired,
    pub(super) aws: &'a Aws,
    pub(super) clock: Clock,
    pub(super) format: Format,
    pub(super) ask: Ask,
    /// Show the first plan, also where nobody is asked?
    pub(super) show: bool,
    pub(super) out: Out,
}

impl Run<'_> {
    /// Passes until converged or only held.
    pub(super) async fn passes(&self, stop: &Stop) -> Exit {
        let mut agreed = self.ask == Ask::Never;
        let mut waited = Duration::ZERO;
        let mut failing = 0;
        let mut failed = false;
        let mut shown = !self.show;
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
                        return self.finish(&plan, &observed, if failed { Exit::Failed } else { exit }, calls_before);
                    }
                    None => continue,
                }
            }
            if calls && !agreed {
                self.show(&observed, &plan, None);
                if !self.out.interactive {
                    self.out.say("nothing was done: without a terminal to ask on, `apply` needs --yes");
                    return Exit::Guarded;
                }
                if !Out::ask("apply these changes?") {
                    return Exit::Guarded;
                }
                agreed = true;
            } else if calls && self.format == Format::Text && !shown {
                self.show(&observed, &plan, None);
            }
            shown = true;
            let progress = Progress { run: self };
            let execution = execute(&plan, self.aws, &progress, || stop.is_set()).await;
            if self.format == Format::Json {
                self.show(&observed, &plan, Some(&execution));
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
            && self.format == Format::Text
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

    fn finish(&self, plan: &Plan, observed: &Observed, exit: Exit, calls_before: u64) -> Exit {
        match self.format {
            Format::Json => self.show(observed, plan, None),
            Format::Text if !plan.held().is_empty() => self.show(observed, plan, None),
            Format::Text => {
                let calls = self.aws.calls().values().sum::<u64>() - calls_before;
                self.out.say(&self.out.aside.good(format!("converged, after {calls} calls")));
            }
        }
        exit
    }

    fn show(&self, observed: &Observed, plan: &Plan, execution: Option<&Execution>) {
        let pass = Pass { desired: self.desired, observed, plan, aws: self.aws, execution };
        match self.format {
            Format::Json => show(&pass, Format::Json, self.out),
            Format::Text => {
                let summary = crate::render::summary::Summary::of(self.desired, plan);
                Out::data(&text::plan(plan, &summary, &observed.scope, self.out.style));
            }
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
