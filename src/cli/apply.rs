//! `apply`: passes of observing, planning and doing, until there is nothing left to do or only a person can go on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::oneshot;

use super::args::{ApplyArgs, Common, Format};
use super::diff::{Pass, show};
use super::exit::Exit;
use super::out::Out;
use super::stop::{Stop, asked_to_stop};
use super::waiting::Wait;
use super::{CliError, world};
use crate::aws::Aws;
use crate::cloud::clock::Clock;
use crate::cloud::fault::{Fault, FaultKind};
use crate::cloud::{Execution, Observe as _, Outcome};
use crate::execute::{Sink, execute};
use crate::manifest::config::ConfigSpec;
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::Observed;
use crate::plan::step::{Plan, Step, StepId};
use crate::render::markdown::{self, Applied};
use crate::render::summary::Summary;
use crate::render::{left, text, told};

/// How often AWS is asked again where nobody knows when a hold ends.
pub(super) const PAUSE: Duration = Duration::from_secs(5);

/// Passes in which nothing works before giving up.
const FAILING_PASSES: u32 = 3;

/// Passes of one `apply`: far more than any chain needs.
const PASSES: u32 = 200;

pub(super) async fn apply(args: ApplyArgs, common: Common, config: ConfigSpec, out: Out) -> Result<Exit, CliError> {
    let Some(loaded) = super::load(&args.manifests, &args.shared, &config, common.output, out)? else {
        return Ok(Exit::Usage);
    };
    let stop = Stop::default();
    let work = async {
        let aws = world::connect(&common, &config, &loaded.desired, out).await?;
        let ask = if args.yes { Ask::Never } else { Ask::Once };
        let mut run = Run::new(&loaded.desired, &aws, common.output, ask, out);
        let exit = if args.wait {
            run.wait = Some(Wait::new(args.timeout.map(|crate::manifest::Period(limit)| limit)));
            run.rollouts(&stop).await
        } else {
            run.passes(&stop).await
        };
        run.comment();
        Ok(exit)
    };
    let asked = asked_to_stop()?;
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => done,
        () = asked => {
            out.tell("stopping: calls under way are finished, no other is begun; once more ends it at once");
            stop.set();
            let again = asked_to_stop()?;
            tokio::select! {
                done = &mut work => done,
                () = again => Ok(Exit::Interrupted),
            }
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
    pub(super) out: Out,
    /// Has a person agreed, or need nobody be asked?
    agreed: Cell<bool>,
    /// Need the plan not be shown any more?
    shown: Cell<bool>,
    pub(super) declined: Cell<bool>,
    /// What was done, for the comment; empty in other formats.
    done: RefCell<Vec<(Plan, Execution)>>,
    pub(super) steps: Cell<usize>,
    /// Did AWS not answer any more, when the time was over?
    pub(super) silent: Cell<bool>,
    pub(super) last: RefCell<Option<(Observed, Plan)>>,
    pub(super) said: RefCell<Vec<String>>,
    /// Failures that a person has read already.
    pub(super) read: RefCell<BTreeSet<String>>,
    /// Marks that were written again, or could not be: once is enough.
    repaired: RefCell<BTreeSet<ResourceId>>,
    /// Services that were written.
    pub(super) begun: RefCell<BTreeSet<Name>>,
    /// Are rollouts followed, and for how long?
    pub(super) wait: Option<Wait>,
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
            silent: Cell::new(false),
            last: RefCell::default(),
            said: RefCell::default(),
            read: RefCell::default(),
            repaired: RefCell::default(),
            begun: RefCell::default(),
            wait: None,
        }
    }

    /// Passes until converged or only held. What fails is left behind: everything else goes on.
    pub(super) async fn passes(&self, stop: &Stop) -> Exit {
        let mut waited = Duration::ZERO;
        let mut failing = 0;
        let calls_before: u64 = self.aws.calls().values().sum();
        for _ in 0..PASSES {
            let Some(observed) = self.answered(self.aws.observe(self.desired)).await else {
                self.out.tell("the time that --timeout sets is over, and AWS does not answer: nothing more is begun");
                self.silent.set(true);
                return Exit::Failed;
            };
            let plan = crate::plan::plan(self.desired, &observed);
            if stop.is_set() {
                return self.stopped();
            }
            let calls = plan.steps().any(|(_, step)| step.deferred.is_none());
            let repairs = plan.repairs().iter().any(|repair| !self.repaired.borrow().contains(&repair.target));
            if !calls && !repairs {
                let later = plan.steps().next().is_some();
                if self.wait(&plan, &observed, later, &mut waited, stop).await {
                    continue;
                }
                let held = later || !plan.held().is_empty();
                if !self.is_left_to_rollouts(&plan) {
                    self.finish(&plan, &observed, calls_before);
                }
                let exit = Exit::of_holds(&plan).unwrap_or(if held { Exit::No } else { Exit::Yes });
                *self.last.borrow_mut() = Some((observed, plan));
                return exit;
            }
            if self.is_time_over() {
                *self.last.borrow_mut() = Some((observed, plan));
                return Exit::No;
            }
            if calls && !self.agreed.get() {
                match self.ask(&observed, &plan, stop).await {
                    Some(true) => self.agreed.set(true),
                    Some(false) => {
                        self.declined.set(true);
                        return Exit::Guarded;
                    }
                    None => return Exit::Interrupted,
                }
            } else if calls && !self.shown.get() && matches!(self.format, Format::Text | Format::Github) {
                self.plan(&observed, &plan);
            }
            if calls {
                self.shown.set(true);
            }
            let execution = self.carry_out(&observed, &plan, stop).await;
            if stop.is_set() {
                self.out.say(&format!("stopped: {} of {} steps were done", execution.done(), plan.steps().count()));
                return Exit::Interrupted;
            }
            if execution.failures().next().is_none() || execution.done() > 0 {
                failing = 0;
                continue;
            }
            failing += 1;
            let again = worth_another_pass(&execution) && failing < FAILING_PASSES && self.has_time_for(PAUSE);
            if again {
                tokio::select! {
                    () = self.clock.sleep(PAUSE) => {}
                    () = stop.happens() => {}
                }
            } else if !self.wait(&plan, &observed, execution.has_deferred(), &mut waited, stop).await {
                return Exit::Failed;
            }
        }
        self.out.say(&format!("gave up after {PASSES} passes: something changes as fast as it is put right"));
        Exit::Failed
    }

    /// Someone asked to stop between two passes, or while rollouts were followed.
    pub(super) fn stopped(&self) -> Exit {
        self.out.say(&format!("stopped: {} steps were done, and no other is begun", self.steps.get()));
        Exit::Interrupted
    }

    /// Shows the plan and asks; `None` where someone wants to stop instead.
    async fn ask(&self, observed: &Observed, plan: &Plan, stop: &Stop) -> Option<bool> {
        self.plan(observed, plan);
        if !self.out.interactive {
            self.out.say("nothing was done: without a terminal to ask on, `apply` needs --yes");
            return Some(false);
        }
        // A thread of its own, so that Ctrl-C is heard meanwhile. It ends with its answer, or with the process.
        let (tell, answer) = oneshot::channel();
        std::thread::spawn(move || tell.send(Out::ask("apply these changes?")));
        tokio::select! {
            answer = answer => Some(answer.unwrap_or(false)),
            () = stop.happens() => None,
        }
    }

    async fn carry_out(&self, observed: &Observed, plan: &Plan, stop: &Stop) -> Execution {
        self.begin();
        let progress = Progress { run: self, plan };
        let execution = execute(plan, self.aws, &progress, || stop.is_set() || self.is_time_over()).await;
        if self.format == Format::Json {
            self.object(observed, plan, Some(&execution));
        }
        self.steps.set(self.steps.get() + execution.done());
        let done = execution.outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
        let written = done.filter_map(|(id, _)| plan.step(*id)).filter(|step| step.target.kind == Kind::Service);
        self.begun.borrow_mut().extend(written.map(|step| step.target.name.clone()));
        if self.format == Format::Markdown {
            self.done.borrow_mut().push((plan.clone(), execution.clone()));
            *self.last.borrow_mut() = Some((observed.clone(), plan.clone()));
        }
        self.complain(plan, &execution);
        self.repaired.borrow_mut().extend(plan.repairs().iter().map(|repair| repair.target.clone()));
        execution
    }

    pub(super) fn finish(&self, plan: &Plan, observed: &Observed, calls_before: u64) {
        if self.format != Format::Json {
            // The plan says what its manifests named before.
            let shown = matches!(self.format, Format::Text | Format::Github) && !plan.held().is_empty();
            for line in if shown { left::beside(plan) } else { left::lines(plan) } {
                // Each round of rollouts ends here.
                if self.read.borrow_mut().insert(line.clone()) {
                    self.out.tell(&line);
                }
            }
        }
        match self.format {
            Format::Json => self.object(observed, plan, None),
            Format::Markdown => {}
            Format::Text | Format::Github if !plan.held().is_empty() => self.plan(observed, plan),
            // Where rollouts are followed, they come first.
            Format::Text | Format::Github if self.wait.is_some() => {}
            Format::Text | Format::Github => self.converged(calls_before),
        }
    }

    pub(super) fn converged(&self, calls_before: u64) {
        if matches!(self.format, Format::Text | Format::Github) {
            let calls = self.aws.calls().values().sum::<u64>() - calls_before;
            self.out.say(&self.out.aside.good(format!("converged, after {calls} calls")));
        }
    }

    /// The plan, for a person; where stdout is for a program, beside it.
    pub(super) fn plan(&self, observed: &Observed, plan: &Plan) {
        let summary = Summary::of(self.desired, plan);
        let text = |style| text::plan(plan, &summary, &observed.scope, style);
        match self.format {
            Format::Text | Format::Github => Out::data(&text(self.out.style)),
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

    /// Says what failed and what to do about it, once.
    fn complain(&self, plan: &Plan, execution: &Execution) {
        let style = self.out.aside;
        let first = |line: &str| self.read.borrow_mut().insert(line.to_owned());
        say_failures(plan, execution, self.out, first);
        for (target, fault) in &execution.unrepaired {
            let warning = style.warn("warning:");
            if first(&format!("mark of {target}: {}", unnumbered(fault))) {
                self.out.say(&format!("{warning} {target}: its mark could not be written again: {fault}"));
            }
        }
    }
}

/// Says of each step that failed why, and what to do about it, where that is news.
pub(super) fn say_failures(plan: &Plan, execution: &Execution, out: Out, is_news: impl Fn(&str) -> bool) {
    for (id, fault) in execution.failures() {
        let target = plan.step(id).map(|step| step.target.to_string()).unwrap_or_default();
        if is_news(&format!("{target}: {}", unnumbered(fault))) {
            out.say(&format!("{} {target}: {fault}", out.aside.bad("error:")));
            out.say(&format!("{} {}", out.aside.calm("help:"), fault.advice()));
        }
    }
}

/// The same of each try, which has a request of its own.
fn unnumbered(fault: &Fault) -> Fault {
    Fault { request_id: None, ..fault.clone() }
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
    plan: &'r Plan,
}

impl Sink for Progress<'_, '_> {
    fn started(&self, _: StepId, _: &Step) {}

    fn finished(&self, _: StepId, step: &Step, outcome: &Outcome) {
        if self.run.format == Format::Json {
            return;
        }
        for line in told::step(self.plan, step, outcome, self.run.out.aside) {
            self.run.out.say(&line);
        }
    }
}
