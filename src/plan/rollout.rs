//! Rollouts and their failures, judged by ECS's own deployment history.
//!
//! A content that failed is not deployed again. Knows nothing of how often it is asked.

use std::time::Duration;

use super::denied;
use super::draft::Draft;
use super::held::Because;
use super::question::Question;
use crate::model::failure::Failure;
use crate::model::id::Name;
use crate::model::observed::seen;
use crate::model::service::{
    Deployment, ObservedService, Service, ServiceDeployment, ServiceFields, triggers_deployment,
};
use crate::model::task_definition::ObservedRevision;
use crate::model::time::Timestamp;

/// A deployment that is about to be started.
pub(super) struct Attempt<'a> {
    pub(super) name: &'a Name,
    pub(super) service: &'a Service,
    pub(super) live: &'a ObservedService,
    /// When the role of its tasks was last changed, where that is ours.
    pub(super) role_changed: Option<Timestamp>,
    /// Do only versions of secrets differ?
    pub(super) secrets_only: bool,
}

/// What the history says of a deployment that may be started.
pub(super) struct Verdict {
    /// This content failed before, and may be tried again.
    pub(super) again: bool,
    /// What runs was put back by ECS, by nobody's hand.
    pub(super) rolled_back: bool,
}

/// May this content be deployed? `same` says whether a revision has it.
///
/// # Errors
/// Why the deployment must not be started.
pub(super) fn judge(
    draft: &mut Draft<'_>,
    attempt: &Attempt<'_>,
    same: impl Fn(&ObservedRevision) -> bool,
) -> Result<Verdict, Because> {
    let Attempt { name, service, live, role_changed: _, secrets_only } = attempt;
    let running = live.primary().filter(|primary| primary.is_in_progress());
    let observed = draft.observed;
    let history = draft.ask(Question::History((*name).clone()), &observed.histories)?;
    let history = history.map_or(&[] as &[_], Vec::as_slice);
    if let Some(primary) = running
        && let Some(because) = in_progress(live, primary, history.first(), *secrets_only)
    {
        return Err(because);
    }
    // What is ignored is deployed as it is.
    let fields = service.fields.keeping(&service.ignore, live.fields.canonical());
    let mut failed: Vec<&ServiceDeployment> = Vec::new();
    let mut forgotten = false;
    for deployment in history {
        let target = match seen(&observed.revisions, &deployment.task_definition) {
            Ok(Some(revision)) => same(revision) && same_triggers(&fields, deployment),
            // A revision that is gone cannot be the wanted one, which was found or is about to be registered.
            Ok(None) => false,
            Err(why) => return Err(Because::Unreadable(format!("{}: {why}", deployment.task_definition))),
        };
        if !target {
            continue;
        }
        if deployment.status == "SUCCESSFUL" {
            break;
        }
        if is_failure(deployment, draft, attempt) {
            if service.retry_after.is_some_and(|after| deployment.created_at < after) {
                forgotten = true;
                continue;
            }
            failed.push(deployment);
        }
    }
    let beyond = failed.len().saturating_sub(usize::try_from(service.rollout.retry).unwrap_or(usize::MAX));
    let may_go = beyond == 0 || (beyond == 1 && denied::too_soon(draft, attempt, &failed));
    match failed.first().filter(|_| !may_go) {
        None => Ok(Verdict {
            again: !failed.is_empty() || forgotten,
            rolled_back: history.first().is_some_and(ServiceDeployment::is_rolled_back),
        }),
        Some(last) => {
            let what = format!(
                "this content was rolled out and failed ({}): {}; change the manifest, or set the annotation \
                 evenkeel.dev/retry to a time to try again",
                last.status,
                reason(last.reason.as_deref())
            );
            Err(Because::RolloutFailed { failure: Failure::of(last), what })
        }
    }
}

/// A deployment that failed without a rollback, or does not come to its end, leaves the service where it is.
pub(super) fn failed_in_place(draft: &Draft<'_>, service: &Service, live: &ObservedService) -> Option<Because> {
    let primary = live.primary()?;
    if primary.rollout_state.as_deref() == Some("FAILED") {
        let failure = Failure::in_place(primary.reason.as_deref());
        let what = format!("the deployment in force failed: {}", reason(primary.reason.as_deref()));
        return Some(Because::RolloutFailed { failure, what });
    }
    let limit = patience(service, live);
    let overdue = primary.is_in_progress() && draft.observed.at.since(primary.created_at) > limit;
    overdue.then(|| {
        let minutes = limit.as_secs().div_ceil(60);
        let what =
            format!("the deployment in force has been under way for more than the {minutes} minutes that it may take");
        Because::RolloutFailed { failure: Failure::overdue(), what }
    })
}

/// How long a rollout may take: its timeout, and the time for which ECS lets a healthy deployment bake, shifts its traffic
/// in steps, and waits for its hooks.
pub fn patience(service: &Service, live: &ObservedService) -> Duration {
    let number = |pointer: &str, default: u64| {
        let configuration = live.fields.written("deploymentConfiguration");
        configuration.and_then(|c| c.pointer(pointer)?.as_f64()).map_or(default, whole)
    };
    let steps = match live.fields.written("deploymentConfiguration").and_then(|c| c.get("strategy")?.as_str()) {
        Some("LINEAR") => {
            let step = number("/linearConfiguration/stepPercent", 10).max(1);
            100_u64.div_ceil(step) * number("/linearConfiguration/stepBakeTimeInMinutes", 6)
        }
        Some("CANARY") => number("/canaryConfiguration/canaryBakeTimeInMinutes", 10),
        _ => 0,
    };
    let hook = |hook: &serde_json::Value| {
        let stages = hook.get("lifecycleStages").and_then(|stages| stages.as_array()).map_or(1, Vec::len).max(1);
        let each = hook.pointer("/timeoutConfiguration/timeoutInMinutes").and_then(serde_json::Value::as_u64);
        each.unwrap_or(HOOK_MINUTES).saturating_mul(stages as u64)
    };
    let hooks: u64 = live.hooks().iter().map(hook).sum();
    service.rollout.timeout + Duration::from_mins(number("/bakeTimeInMinutes", 0) + steps + hooks)
}

/// How long ECS waits for a hook, unless it is told otherwise.
const HOOK_MINUTES: u64 = 1440;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "percentages and minutes")]
fn whole(number: f64) -> u64 {
    number as u64
}

/// A deployment that shifts traffic in stages is left alone until its end, and so is what steers it.
pub(super) fn in_stages(live: &ObservedService) -> Option<Because> {
    let strategy = live.fields.written("deploymentConfiguration")?.get("strategy")?.as_str()?;
    let stages = live.is_rolling() && matches!(strategy, "BLUE_GREEN" | "LINEAR" | "CANARY");
    stages.then(|| Because::RolloutInProgress(format!("a {strategy} deployment is under way")))
}

/// ECS's own words, as the middle of a sentence.
fn reason(reason: Option<&str>) -> &str {
    reason.map_or("ECS gives no reason", |reason| reason.trim_end_matches('.'))
}

fn in_progress(
    live: &ObservedService,
    primary: &Deployment,
    newest: Option<&ServiceDeployment>,
    secrets_only: bool,
) -> Option<Because> {
    let status = newest.map_or("IN_PROGRESS", |newest| newest.status.as_str());
    if matches!(status, "ROLLBACK_REQUESTED" | "ROLLBACK_IN_PROGRESS" | "STOP_REQUESTED") {
        // A deployment started now would have nothing completed to fall back to.
        return Some(Because::RolloutInProgress(format!("a rollback is under way ({status})")));
    }
    if let Some(stage) = newest.and_then(|newest| newest.paused.as_deref()) {
        return Some(Because::RolloutInProgress(format!("a deployment waits at {stage} for someone to continue it")));
    }
    if let Some(because) = in_stages(live) {
        return Some(because);
    }
    let waits = secrets_only && primary.failed_tasks == 0;
    waits.then(|| Because::RolloutInProgress("a rollout is under way, and only secrets have changed since".to_owned()))
}

fn is_failure(deployment: &ServiceDeployment, draft: &Draft<'_>, attempt: &Attempt<'_>) -> bool {
    let under_way = matches!(deployment.status.as_str(), "PENDING" | "IN_PROGRESS");
    let limit = patience(attempt.service, attempt.live);
    let overdue = under_way && draft.observed.at.since(deployment.created_at) > limit;
    deployment.has_failed() || overdue
}

/// Had the deployment the wanted value in every other field that triggers one? A field that ECS does not state of it
/// counts as the same: in doubt a failure is remembered.
fn same_triggers(fields: &ServiceFields, deployment: &ServiceDeployment) -> bool {
    let (wanted, had) = (fields.canonical(), deployment.fields.canonical());
    let managed = fields.names().into_iter().filter(|name| triggers_deployment(name));
    let mut stated = managed.filter(|name| wanted.member(name).is_some() && had.member(name).is_some());
    stated.all(|name| wanted.member(name) == had.member(name))
}
