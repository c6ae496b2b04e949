//! What a pass says of one resource: its conditions, less the times. The root cause comes first in every message.

use std::time::Duration;

use super::condition::{ConditionType, Truth};
use super::detail;
use super::detail_service;
use super::reason::Reason;
use super::report::Pass;
use super::rollout::{Rollout, State, revision as revision_of};
use super::words;
use crate::cloud::Outcome;
use crate::model::failure::Failure;
use crate::model::id::{Kind, ResourceId};
use crate::model::service::ServiceDeployment;
use crate::model::time::Timestamp;
use crate::plan::held::{Because, Held};
use crate::plan::patience;
use crate::plan::step::{Step, StepId, Why};

/// A condition, less its times.
pub(super) struct Said {
    pub(super) kind: ConditionType,
    pub(super) status: Truth,
    pub(super) reason: Reason,
    pub(super) message: String,
}

/// What is said of one resource.
pub(super) struct Verdict {
    pub(super) said: Vec<Said>,
    pub(super) root: Option<ResourceId>,
    pub(super) until: Option<Timestamp>,
    pub(super) failure: Option<Failure>,
}

/// How it is, in the one way that matters most.
struct Judged {
    ready: Truth,
    reason: Reason,
    message: String,
    who: Who,
    root: Option<ResourceId>,
    until: Option<Timestamp>,
    /// What of, where its rollout failed.
    failure: Option<Failure>,
}

impl Judged {
    fn new(ready: Truth, reason: Reason, message: String, who: Who) -> Self {
        Self { ready, reason, message, who, root: None, until: None, failure: None }
    }
}

/// Who has to do something next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Nobody, or whoever is behind the root cause.
    Nobody,
    /// evenkeel or AWS: it goes on by itself.
    Machine,
    /// A person.
    Person,
}

pub(super) fn of(pass: Pass<'_>, id: &ResourceId) -> Verdict {
    let Judged { ready, reason, message, who, root, until, failure } = judge(pass, id);
    let failure = failure.map(|failure| match newest(pass, id) {
        Some(newest) if failure.began.is_none() => failure.told_by(newest),
        _ => failure,
    });
    let message = match what_is_wrong(pass, id, reason) {
        Some(cause) => format!("{cause}: {message}"),
        None => message,
    };
    let said = |kind, status, message: &str| Said { kind, status, reason, message: message.to_owned() };
    let mut all = vec![said(ConditionType::Ready, ready, &message)];
    match who {
        Who::Nobody => {}
        Who::Machine => all.push(said(ConditionType::Reconciling, Truth::True, &message)),
        Who::Person => all.push(said(ConditionType::Stalled, Truth::True, &message)),
    }
    all.extend(drift(pass, id));
    all.extend(suspension(pass, id));
    Verdict { said: all, root, until, failure }
}

/// The worst comes first: what failed, what only a person can change, what waits, what is under way.
fn judge(pass: Pass<'_>, id: &ResourceId) -> Judged {
    let holds = || pass.plan.held().iter().filter(|held| held.target == *id);
    let waits = |held: &&Held| held.because.ends_by_itself();
    failed(pass, id)
        .or_else(|| holds().filter(|held| !waits(held)).min_by_key(|held| rank(held)).map(|held| on_hold(pass, held)))
        .or_else(|| skipped(pass, id))
        .or_else(|| holds().find(waits).map(|held| on_hold(pass, held)))
        .or_else(|| steps(pass, id))
        .or_else(|| rollout(pass, id))
        .unwrap_or_else(|| Judged::new(Truth::True, Reason::Succeeded, detail::in_force(pass, id), Who::Nobody))
}

/// What is said first of several holds of one resource: what failed, then what a person has to change, then what the manifest
/// asks for.
fn rank(held: &Held) -> u8 {
    match &held.because {
        Because::RolloutFailed { .. } => 0,
        Because::Suspended | Because::DriftDetected | Because::SecretChangeHeld => 2,
        because if because.ends_by_itself() => 3,
        _ => 1,
    }
}

fn failed(pass: Pass<'_>, id: &ResourceId) -> Option<Judged> {
    let (_, fault) = pass.execution?.failures().find(|(step, _)| is_of(pass, *step, id))?;
    Some(Judged::new(Truth::False, Reason::StepFailed, fault.to_string(), Who::Machine))
}

fn on_hold(pass: Pass<'_>, held: &Held) -> Judged {
    let Held { target, because, root, at: _, changes: _ } = held;
    let reason = Reason::from(because);
    let (ready, who) = match because {
        Because::Unreadable(_) => (Truth::Unknown, Who::Nobody),
        Because::BackingOff { .. } => (Truth::False, Who::Machine),
        Because::WaitingOn(_) => return waiting(pass, reason, root, target),
        Because::WaitingForWave(_) => {
            return Judged { ready: Truth::Unknown, who: Who::Machine, ..waiting(pass, reason, root, target) };
        }
        because if because.ends_by_itself() => (Truth::Unknown, Who::Machine),
        // The manifest asks for these.
        Because::Suspended | Because::DriftDetected | Because::SecretChangeHeld => (Truth::False, Who::Nobody),
        _ => (Truth::False, Who::Person),
    };
    let failure = match because {
        Because::RolloutFailed { failure, what: _ } => Some(*failure),
        _ => None,
    };
    let root = elsewhere(root, target);
    Judged { root, until: because.until(), failure, ..Judged::new(ready, reason, because.to_string(), who) }
}

/// What waits is as its root is, but for the person: alarms belong where the cause is.
fn waiting(pass: Pass<'_>, reason: Reason, root: &ResourceId, target: &ResourceId) -> Judged {
    let causes = pass.plan.held().iter().filter(|held| held.target == *root && held.root == *root);
    let cause = causes.min_by_key(|held| rank(held));
    let (ready, who, why, until) = match cause.map(|cause| &cause.because) {
        Some(because) if because.ends_by_itself() => {
            (Truth::Unknown, Who::Machine, because.to_string(), because.until())
        }
        Some(because @ Because::Unreadable(_)) => (Truth::Unknown, Who::Nobody, because.to_string(), None),
        Some(because) => (Truth::False, Who::Nobody, because.to_string(), None),
        None => (Truth::Unknown, Who::Machine, "is being changed".to_owned(), None),
    };
    let message = format!("{root}: {why}");
    Judged { root: elsewhere(root, target), until, ..Judged::new(ready, reason, message, who) }
}

/// What was not begun because something before it did not work.
fn skipped(pass: Pass<'_>, id: &ResourceId) -> Option<Judged> {
    let execution = pass.execution?;
    let skipped = |step: &StepId| match execution.outcomes.get(step) {
        Some(Outcome::Skipped { because }) => Some(*because),
        _ => None,
    };
    let first = pass.plan.steps().find_map(|(step, _)| skipped(&step).filter(|_| is_of(pass, step, id)))?;
    let last = std::iter::successors(Some(first), skipped).last()?;
    let root = pass.plan.step(last)?;
    let (ready, why) = match execution.outcomes.get(&last) {
        Some(Outcome::Failed(fault)) => (Truth::False, fault.to_string()),
        _ => (Truth::Unknown, "goes first, in a later pass".to_owned()),
    };
    let message = format!("{}: {why}", root.target);
    let root = elsewhere(&root.target, id);
    Some(Judged { root, ..Judged::new(ready, Reason::WaitingOn, message, Who::Machine) })
}

/// Steps that were taken just now, are left to a later pass, or that nobody took.
fn steps(pass: Pass<'_>, id: &ResourceId) -> Option<Judged> {
    let own: Vec<(StepId, &Step)> = pass.plan.steps().filter(|(_, step)| step.target == *id).collect();
    let (_, first) = own.first()?;
    let outcome = |step: &StepId| pass.execution.and_then(|execution| execution.outcomes.get(step));
    // Where nobody carried a plan out in which something could be done, nothing waits for IAM yet.
    let idle = pass.execution.is_none() && pass.plan.steps().all(|(_, step)| step.deferred.is_some());
    let is_deferred = |step: &StepId| idle || matches!(outcome(step), Some(Outcome::Deferred));
    if let Some(because) = own.iter().filter(|(step, _)| is_deferred(step)).find_map(|(_, step)| step.deferred.as_ref())
    {
        let judged = Judged::new(Truth::Unknown, Reason::from(because), because.to_string(), Who::Machine);
        return Some(Judged { until: because.until(), ..judged });
    }
    let mut calls: Vec<&str> = own.iter().map(|(_, step)| step.action.call.operation().1).collect();
    calls.dedup();
    let calls = calls.join(", ");
    let why = words::why(&first.why);
    let (ready, who, message) = match pass.execution {
        None => (Truth::False, Who::Nobody, format!("{why}; not applied yet: {calls}")),
        Some(_) => (Truth::Unknown, Who::Machine, format!("{why}; applied just now: {calls}")),
    };
    Some(Judged::new(ready, Reason::from(&first.why), message, who))
}

/// What ECS does with a service that is as its manifest says.
fn rollout(pass: Pass<'_>, id: &ResourceId) -> Option<Judged> {
    if id.kind != Kind::Service {
        return None;
    }
    let (seen, service) = (pass.observed.services.get(&id.name)?, pass.desired.services.get(&id.name)?);
    let limit = seen.present().map_or(Duration::MAX, |live| patience(service, live));
    let mut rollout = Rollout::default();
    rollout.see(pass.observed.at, seen, limit);
    let judged = |ready, reason, message, who| Some(Judged::new(ready, reason, message, who));
    let failed = |failure, message| {
        let judged = Judged::new(Truth::False, Reason::RolloutFailed, message, Who::Person);
        Some(Judged { failure: Some(failure), ..judged })
    };
    match &rollout.state {
        State::Rolling | State::RollingBack => {
            judged(Truth::Unknown, Reason::RolloutInProgress, words::rollout(&rollout), Who::Machine)
        }
        State::Failed(why) => failed(Failure::in_place(Some(why)), why.clone()),
        State::Overdue => {
            failed(Failure::overdue(), format!("{}, for longer than it may take", words::rollout(&rollout)))
        }
        State::Unseen | State::Settled | State::Completed | State::RolledBack | State::Gone | State::Unreadable(_) => {
            let primary = seen.present().and_then(|live| live.primary())?;
            let idle = primary.desired > 0 && primary.running == 0;
            let message = format!("none of the {} tasks that it should run does", primary.desired);
            judged(Truth::False, Reason::NoTasksRunning, message, Who::Machine).filter(|_| idle)
        }
    }
}

/// What is behind a rollout that fails, or does not get on: of what its tasks stopped, what ECS lacks, who is waited for.
fn what_is_wrong(pass: Pass<'_>, id: &ResourceId, reason: Reason) -> Option<String> {
    if id.kind != Kind::Service
        || !matches!(reason, Reason::RolloutFailed | Reason::RolloutInProgress | Reason::NoTasksRunning)
    {
        return None;
    }
    let live = pass.observed.services.get(&id.name)?.present()?;
    let newest = newest(pass, id);
    let gone = newest.filter(|newest| newest.has_failed()).filter(|_| reason == Reason::RolloutFailed);
    let revision = gone.map_or(&live.task_definition, |gone| &gone.task_definition);
    detail_service::cause(pass, &id.name, &revision_of(revision))
        .or_else(|| live.lacks.as_ref().map(|lacks| format!("ECS says: {}", lacks.trim_end_matches('.'))))
        .or_else(|| {
            let stage = newest?.paused.as_ref().filter(|_| reason == Reason::RolloutInProgress)?;
            Some(match detail_service::unreadable(pass, &id.name) {
                None => format!("waits at {stage} for someone to continue it"),
                Some(why) => {
                    format!("waited at {stage} for someone to continue it, and cannot be looked at now: {why}")
                }
            })
        })
}

/// The newest deployment of a service, where someone looked.
fn newest<'p>(pass: Pass<'p>, id: &ResourceId) -> Option<&'p ServiceDeployment> {
    if id.kind == Kind::Service { detail_service::history(pass, &id.name)?.first().copied() } else { None }
}

fn drift(pass: Pass<'_>, id: &ResourceId) -> Option<Said> {
    let said = |reason, paths: String| {
        let paths = if paths.is_empty() { paths } else { format!(": {paths}") };
        Some(Said {
            kind: ConditionType::Drifted,
            status: Truth::True,
            reason,
            message: format!("was changed by hand{paths}"),
        })
    };
    let is_detected = |held: &&Held| held.target == *id && held.because == Because::DriftDetected;
    if let Some(held) = pass.plan.held().iter().find(is_detected) {
        return said(Reason::DriftDetected, words::paths(held.changes.iter()));
    }
    let is_done = |step: &StepId| {
        pass.execution.is_some_and(|execution| matches!(execution.outcomes.get(step), Some(Outcome::Done(_))))
    };
    let drifted: Vec<&Step> = pass
        .plan
        .steps()
        .filter(|(number, step)| step.target == *id && step.why == Why::Drifted && !is_done(number))
        .map(|(_, step)| step)
        .collect();
    drifted.first()?;
    said(Reason::Drifted, words::paths(drifted.iter().flat_map(|step| &step.changes)))
}

fn suspension(pass: Pass<'_>, id: &ResourceId) -> Option<Said> {
    let service = pass.desired.services.get(&id.name).filter(|_| id.kind == Kind::Service)?;
    service.suspend.then(|| Said {
        kind: ConditionType::Suspended,
        status: Truth::True,
        reason: Reason::Suspended,
        message: Because::Suspended.to_string(),
    })
}

fn is_of(pass: Pass<'_>, step: StepId, id: &ResourceId) -> bool {
    pass.plan.step(step).is_some_and(|step| step.target == *id)
}

fn elsewhere(root: &ResourceId, target: &ResourceId) -> Option<ResourceId> {
    (root != target).then(|| root.clone())
}
