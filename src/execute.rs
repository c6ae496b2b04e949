//! Carries out a plan: independent steps at once, dependent ones in order. Makes no choices.
//!
//! A failed step skips only what needs it. Knows nothing of AWS, of why a step is taken, or of what is shown.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use crate::cloud::fault::Fault;
use crate::cloud::{Apply, Execution, Outcome, Receipt};
use crate::model::arn::Arn;
use crate::plan::action::Action;
use crate::plan::step::{Plan, Ref, Repair, Step, StepId};

/// Steps under way at once: enough to keep AWS's write buckets (5 a second at most) busy, few enough to read along.
const AT_ONCE: usize = 16;

/// Is told of every step as it goes.
pub trait Sink {
    /// A call is about to be made.
    fn started(&self, id: StepId, step: &Step);
    /// A step has its outcome.
    fn finished(&self, id: StepId, step: &Step, outcome: &Outcome);
    /// A stale mark was written again, or could not be: no step, and a call all the same.
    fn repaired(&self, _: &Repair, _: &Result<Receipt, Fault>) {}
}

/// Tells nobody.
pub struct Silent;

impl Sink for Silent {
    fn started(&self, _: StepId, _: &Step) {}
    fn finished(&self, _: StepId, _: &Step, _: &Outcome) {}
}

/// Carries out a plan. Once `stop` says so, no further call is begun; those under way are finished.
pub async fn execute<C: Apply>(plan: &Plan, cloud: &C, sink: &impl Sink, stop: impl Fn() -> bool) -> Execution {
    let mut run = Run::new(plan);
    let mut under_way = FuturesUnordered::new();
    loop {
        while under_way.len() < AT_ONCE
            && !stop()
            && let Some((id, step)) = run.begin()
        {
            match run.next(step) {
                Next::Settled(outcome) => run.settle(id, step, outcome, sink),
                Next::Call(action) => {
                    sink.started(id, step);
                    under_way.push(async move { (id, step, cloud.apply(&action).await) });
                }
            }
        }
        let Some((id, done, answer)) = under_way.next().await else { break };
        let outcome = answer.map_or_else(Outcome::Failed, Outcome::Done);
        run.settle(id, done, outcome, sink);
    }
    for repair in plan.repairs() {
        if stop() {
            break;
        }
        let answer = cloud.apply(&repair.action).await;
        sink.repaired(repair, &answer);
        if let Err(fault) = answer {
            run.execution.unrepaired.push((repair.target.clone(), fault));
        }
    }
    run.finish()
}

struct Run<'p> {
    plan: &'p Plan,
    /// Steps not begun, all of whose needs have their outcome.
    ready: BTreeSet<StepId>,
    /// How many needs have no outcome yet, by the step that has them.
    open: BTreeMap<StepId, usize>,
    /// The steps that need a step.
    needed_by: BTreeMap<StepId, Vec<StepId>>,
    made: BTreeMap<StepId, Arn>,
    execution: Execution,
}

enum Next {
    Call(Box<Action<Arn>>),
    Settled(Outcome),
}

impl<'p> Run<'p> {
    fn new(plan: &'p Plan) -> Self {
        let mut needed_by: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
        for (id, step) in plan.steps() {
            for need in &step.needs {
                needed_by.entry(*need).or_default().push(id);
            }
        }
        let open: BTreeMap<StepId, usize> = plan.steps().map(|(id, step)| (id, step.needs.len())).collect();
        let ready = open.iter().filter(|(_, needs)| **needs == 0).map(|(id, _)| *id).collect();
        Self { plan, ready, open, needed_by, made: BTreeMap::new(), execution: Execution::default() }
    }

    /// Of the steps that are ready, the first of the plan.
    fn begin(&mut self) -> Option<(StepId, &'p Step)> {
        let id = self.ready.pop_first()?;
        Some((id, self.plan.step(id)?))
    }

    fn next(&self, step: &Step) -> Next {
        let outcomes = &self.execution.outcomes;
        let unmet = step.needs.iter().find(|need| !matches!(outcomes.get(need), Some(Outcome::Done(_))));
        if let Some(because) = unmet {
            return Next::Settled(Outcome::Skipped { because: *because });
        }
        if step.deferred.is_some() {
            return Next::Settled(Outcome::Deferred);
        }
        let known = |reference: &Ref<Arn>| match reference {
            Ref::Known(arn) => Ok(arn.clone()),
            Ref::From(step) => self.made.get(step).cloned().ok_or(*step),
        };
        match step.action.try_map(known) {
            Ok(action) => Next::Call(Box::new(action)),
            Err(because) => Next::Settled(Outcome::Skipped { because }),
        }
    }

    fn settle(&mut self, id: StepId, step: &Step, outcome: Outcome, sink: &impl Sink) {
        if let Outcome::Done(Receipt { arn: Some(arn), .. }) = &outcome {
            self.made.insert(id, arn.clone());
        }
        sink.finished(id, step, &outcome);
        self.execution.outcomes.insert(id, outcome);
        for waiting in self.needed_by.remove(&id).unwrap_or_default() {
            if let Some(open) = self.open.get_mut(&waiting) {
                *open -= 1;
                if *open == 0 {
                    self.ready.insert(waiting);
                }
            }
        }
    }

    fn finish(mut self) -> Execution {
        for (id, _) in self.plan.steps() {
            self.execution.outcomes.entry(id).or_insert(Outcome::NotStarted);
        }
        self.execution
    }
}
