//! Rollouts and their failures, judged by ECS's own deployment history.
//!
//! A content that failed is not deployed again. Knows nothing of how often it is asked.

use super::draft::Draft;
use super::held::Because;
use super::question::Question;
use crate::model::id::Name;
use crate::model::observed::seen;
use crate::model::service::{Deployment, ObservedService, Service, ServiceDeployment, triggers_deployment};
use crate::model::task_definition::ObservedRevision;

/// A deployment that is about to be started.
pub(super) struct Attempt<'a> {
    pub(super) name: &'a Name,
    pub(super) service: &'a Service,
    pub(super) live: &'a ObservedService,
    /// Do only versions of secrets differ?
    pub(super) secrets_only: bool,
    /// Did the revision exist before this pass? Only then can it have failed already.
    pub(super) registered: bool,
}

/// Why the deployment must not be started, if so. `same` says whether a revision has the wanted content.
pub(super) fn blocks(
    draft: &mut Draft<'_>,
    attempt: &Attempt<'_>,
    same: impl Fn(&ObservedRevision) -> bool,
) -> Option<Because> {
    let Attempt { name, service, live, secrets_only, registered } = attempt;
    let running = live.primary().filter(|primary| primary.is_in_progress());
    if running.is_none() && !registered {
        return None;
    }
    let observed = draft.observed;
    let history = match draft.ask(Question::History((*name).clone()), &observed.histories) {
        Ok(history) => history.map_or(&[] as &[_], Vec::as_slice),
        Err(because) => return Some(because),
    };
    if let Some(primary) = running
        && let Some(because) = in_progress(service, primary, history.first(), *secrets_only)
    {
        return Some(because);
    }
    let mut failures = 0;
    let mut last = None;
    for deployment in history {
        let target = match seen(&observed.revisions, &deployment.task_definition) {
            Ok(Some(revision)) => same(revision) && same_triggers(service, deployment),
            // A revision that is gone cannot be the wanted one, which was found or is about to be registered.
            Ok(None) => false,
            Err(why) => return Some(Because::Unreadable(format!("{}: {why}", deployment.task_definition))),
        };
        if !target || service.retry_after.is_some_and(|after| deployment.created_at < after) {
            continue;
        }
        if deployment.status == "SUCCESSFUL" {
            break;
        }
        if is_failure(deployment, draft, service) {
            failures += 1;
            last = last.or(Some(deployment));
        }
    }
    let last = last.filter(|_| failures > service.rollout.retry)?;
    let reason = last.reason.as_deref().unwrap_or("ECS gives no reason");
    let message = format!(
        "this content was rolled out and failed ({}): {reason}; change the manifest, or set the annotation \
         evenkeel.dev/retry to a time to try again",
        last.status
    );
    Some(Because::RolloutFailed(message))
}

/// A deployment that failed without a rollback leaves the service where it failed.
pub(super) fn failed_in_place(live: &ObservedService) -> Option<Because> {
    let primary = live.primary().filter(|primary| primary.rollout_state.as_deref() == Some("FAILED"))?;
    let reason = primary.reason.as_deref().unwrap_or("ECS gives no reason");
    Some(Because::RolloutFailed(format!("the deployment in force failed: {reason}")))
}

fn in_progress(
    service: &Service,
    primary: &Deployment,
    newest: Option<&ServiceDeployment>,
    secrets_only: bool,
) -> Option<Because> {
    let status = newest.map_or("IN_PROGRESS", |newest| newest.status.as_str());
    if matches!(status, "ROLLBACK_REQUESTED" | "ROLLBACK_IN_PROGRESS" | "STOP_REQUESTED") {
        // A deployment started now would have nothing completed to fall back to.
        return Some(Because::RolloutInProgress(format!("a rollback is under way ({status})")));
    }
    let strategy = service.fields.written("deploymentConfiguration").and_then(|c| c.get("strategy")?.as_str());
    if let Some(strategy @ ("BLUE_GREEN" | "LINEAR" | "CANARY")) = strategy {
        return Some(Because::RolloutInProgress(format!("a {strategy} deployment is under way")));
    }
    let waits = secrets_only && primary.failed_tasks == 0;
    waits.then(|| Because::RolloutInProgress("a rollout is under way, and only secrets have changed since".to_owned()))
}

fn is_failure(deployment: &ServiceDeployment, draft: &Draft<'_>, service: &Service) -> bool {
    let under_way = matches!(deployment.status.as_str(), "PENDING" | "IN_PROGRESS");
    let overdue = under_way && draft.observed.at.since(deployment.created_at) > service.rollout.timeout;
    deployment.triggered || deployment.status.starts_with("ROLLBACK") || overdue
}

/// Had the deployment the wanted value in every other field that triggers one? A field that ECS does not state of it
/// counts as the same: in doubt a failure is remembered.
fn same_triggers(service: &Service, deployment: &ServiceDeployment) -> bool {
    let (wanted, had) = (service.fields.canonical(), deployment.fields.canonical());
    let managed = service.fields.names().into_iter().filter(|name| triggers_deployment(name));
    let mut stated = managed.filter(|name| wanted.member(name).is_some() && had.member(name).is_some());
    stated.all(|name| wanted.member(name) == had.member(name))
}
