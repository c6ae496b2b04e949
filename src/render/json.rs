//! A plan as the JSON object of `diff -o json`: a contract with other programs.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::summary::Summary;
use crate::cloud::{Execution, Outcome};
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::Observed;
use crate::model::tags::Digest;
use crate::plan::held::{Because, Held};
use crate::plan::step::{Change, Left, Plan, Shown, Step, StepId, Why};
use crate::status::rollout::{Rollout, State};

/// The version of the object: raised when a member changes its meaning or goes away.
const FORMAT_VERSION: &str = "1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output<'a> {
    format_version: &'static str,
    complete: bool,
    installation: &'a str,
    account: &'a str,
    region: &'a str,
    commit: Option<&'a str>,
    observed_at: String,
    plan_digest: Digest,
    summary: &'a Summary,
    steps: Vec<StepOutput<'a>>,
    held: Vec<HeldOutput<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left: Vec<LeftOutput<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unlisted: &'a [String],
    calls: CallsOutput<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rollouts: Vec<RolloutOutput<'a>>,
}

/// How a rollout that was followed ended, or where it was when nobody followed it any more.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RolloutOutput<'a> {
    resource: ResourceId,
    state: &'static str,
    revision: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<&'a str>,
    desired: i64,
    running: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepOutput<'a> {
    id: StepId,
    resource: &'a ResourceId,
    action: String,
    needs: &'a [StepId],
    why: Value,
    changes: Vec<ChangeOutput>,
    risk: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deferred: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Value>,
}

#[derive(Serialize)]
struct ChangeOutput {
    path: String,
    before: Value,
    after: Value,
    at: Option<String>,
}

#[derive(Serialize)]
struct HeldOutput<'a> {
    resource: &'a ResourceId,
    because: &'static str,
    message: String,
    root: &'a ResourceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

#[derive(Serialize)]
struct LeftOutput<'a> {
    resource: &'a ResourceId,
    arn: &'a str,
    because: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    heir: Option<&'a ResourceId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallsOutput<'a> {
    total: u64,
    by_operation: &'a BTreeMap<String, u64>,
}

/// Everything that the object states.
pub struct Report<'a> {
    /// What should be.
    pub desired: &'a Desired,
    /// What was seen.
    pub observed: &'a Observed,
    /// What is to be done.
    pub plan: &'a Plan,
    /// The plan in numbers.
    pub summary: &'a Summary,
    /// The calls of this look, by operation.
    pub calls: &'a BTreeMap<String, u64>,
    /// What became of the plan, where it was carried out.
    pub execution: Option<&'a Execution>,
}

/// Renders the object, on one line.
pub fn report(report: &Report<'_>) -> String {
    followed(report, &BTreeMap::new())
}

/// The same, with the rollouts that were followed.
pub fn followed(report: &Report<'_>, rollouts: &BTreeMap<Name, Rollout>) -> String {
    let Report { desired, observed, plan, summary, calls, execution } = report;
    let steps: Vec<StepOutput<'_>> = plan.steps().map(|(id, step)| step_output(id, step, *execution)).collect();
    let held: Vec<HeldOutput<'_>> = plan.held().iter().map(held_output).collect();
    let output = Output {
        format_version: FORMAT_VERSION,
        complete: plan.is_complete(),
        installation: desired.installation.as_str(),
        account: observed.scope.account.as_str(),
        region: observed.scope.region.as_str(),
        commit: desired.commit.as_ref().map(crate::model::id::Commit::as_str),
        observed_at: observed.at.to_string(),
        plan_digest: digest(plan),
        summary,
        steps,
        held,
        left: plan.left().iter().map(left_output).collect(),
        unlisted: plan.unlisted(),
        calls: CallsOutput { total: calls.values().sum(), by_operation: calls },
        rollouts: rollouts.iter().filter_map(rollout_output).collect(),
    };
    serde_json::to_string(&output).unwrap_or_default()
}

/// Nothing of one that there was not.
fn rollout_output<'a>((name, rollout): (&Name, &'a Rollout)) -> Option<RolloutOutput<'a>> {
    let state = match rollout.state {
        State::Unseen | State::Settled => return None,
        State::Rolling => "Rolling",
        State::RollingBack => "RollingBack",
        State::Completed => "Completed",
        State::RolledBack => "RolledBack",
        State::Failed(_) => "Failed",
        State::Overdue => "Overdue",
        State::Gone => "Gone",
        State::Unreadable(_) => "Unreadable",
    };
    let words = match &rollout.state {
        State::Failed(words) | State::Unreadable(words) => Some(words),
        _ => rollout.lacks.as_ref().or(rollout.reason.as_ref()),
    };
    Some(RolloutOutput {
        resource: ResourceId::new(Kind::Service, name),
        state,
        revision: &rollout.to,
        instead: rollout.instead.as_deref(),
        desired: rollout.desired,
        running: rollout.running,
        cause: rollout.cause().map(|(cause, _)| cause.to_string()).or_else(|| words.cloned()),
    })
}

fn left_output(left: &Left) -> LeftOutput<'_> {
    let Left { target, arn, because, heir, unsure: _ } = left;
    LeftOutput {
        resource: target,
        arn: arn.as_str(),
        because: because.name(),
        message: left.message(),
        heir: heir.as_ref(),
    }
}

/// Names a plan: equal plans have equal digests, whenever and however they were come by, and wherever in their files the
/// manifests stand.
pub fn digest(plan: &Plan) -> Digest {
    let step = |(id, step)| {
        let mut output = step_output(id, step, None);
        output.changes.iter_mut().for_each(|change| change.at = None);
        json!(output)
    };
    let steps: Vec<Value> = plan.steps().map(step).collect();
    let held = plan.held().iter().map(|held| HeldOutput { at: None, ..held_output(held) });
    Digest::of(&(json!(steps), json!(held.collect::<Vec<_>>())))
}

fn step_output<'a>(id: StepId, step: &'a Step, execution: Option<&Execution>) -> StepOutput<'a> {
    let Step { target, needs, action, why, changes, risk, deferred } = step;
    StepOutput {
        id,
        resource: target,
        action: action.call.name(),
        needs,
        why: match why {
            Why::SecretRotated(secrets) => json!({"reason": why.reason(), "secrets": secrets}),
            other => json!({"reason": other.reason()}),
        },
        changes: changes.iter().map(change_output).collect(),
        risk: risk.iter().map(|risk| risk.name()).collect(),
        deferred: deferred.as_ref().map(Because::name),
        outcome: execution.and_then(|execution| execution.outcomes.get(&id)).map(outcome),
    }
}

fn change_output(change: &Change) -> ChangeOutput {
    let Change { path, before, after, at } = change;
    let side = |shown: &Option<Shown>| match shown {
        None => Value::Null,
        Some(Shown::Value(value)) => value.clone(),
        Some(Shown::After(step)) => json!({"knownAfter": step}),
    };
    ChangeOutput {
        path: path.to_string(),
        before: side(before),
        after: side(after),
        at: at.as_ref().map(ToString::to_string),
    }
}

fn held_output(held: &Held) -> HeldOutput<'_> {
    let Held { target, because, root, at, changes: _ } = held;
    let at = at.as_ref().map(ToString::to_string);
    HeldOutput { resource: target, because: because.name(), message: because.to_string(), root, at }
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Done(receipt) => json!({"result": "done", "arn": receipt.arn}),
        Outcome::Failed(fault) => json!({"result": "failed", "error": fault.to_string(), "help": fault.advice()}),
        Outcome::Skipped { because } => json!({"result": "skipped", "because": because}),
        Outcome::Deferred => json!({"result": "deferred"}),
        Outcome::NotStarted => json!({"result": "notStarted"}),
    }
}
