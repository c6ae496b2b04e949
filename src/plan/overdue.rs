//! A rollout that takes longer than it may. Where its service has no circuit breaker nobody else would end it: it is stopped
//! with a rollback, and ECS records that it failed.

use super::action::Call;
use super::draft::{Draft, NewStep};
use super::held::Because;
use super::question::Question;
use super::rollout;
use super::service::Subject;
use super::step::{Risk, Shown, Why};
use crate::model::arn::Arn;
use crate::model::path::Path;
use crate::model::tags::{self, APPLIED, Mark};

/// Stops the rollout that is in force, or holds the service as failed where it cannot or must not be stopped.
pub(super) fn stop_or_hold(draft: &mut Draft<'_>, subject: &Subject<'_>, because: Because) {
    let Subject { target, live, .. } = subject;
    let Some(back) = back(draft, subject) else { return draft.hold(target, because, Vec::new()) };
    // That it failed is certain, also where the history cannot be read.
    let Ok(Some(deployment)) = under_way(draft, subject) else { return draft.hold(target, because, Vec::new()) };
    let [before, after] = [&live.task_definition, &back].map(|arn| Some(Shown::Value(arn.as_str().into())));
    let changes = vec![draft.change(target, Path::of("taskDefinition"), before, after)];
    let call = Call::StopServiceDeployment { deployment };
    if let Some(step) = draft.push(target, NewStep { call, why: Why::Overdue, changes, needs: Vec::new() }) {
        draft.step_mut(step).risk.insert(Risk::Redeploy);
    }
}

/// The revision to which ECS would go back; `None` where it must not be asked to.
///
/// Without a completed deployment there is nothing to go back to, and a service is left with what little it has.
fn back(draft: &Draft<'_>, subject: &Subject<'_>) -> Option<Arn> {
    let Subject { service, live, .. } = subject;
    let primary = live.primary().filter(|primary| primary.is_in_progress())?;
    let ours = tags::is_ours(&live.tags, &draft.desired.installation);
    let behind = draft.is_behind(Mark::read(&live.tags, APPLIED).as_ref()).is_some();
    let breaker = live.fields.written("deploymentConfiguration");
    let breaker = breaker.and_then(|all| all.pointer("/deploymentCircuitBreaker/enable")?.as_bool()).unwrap_or(false);
    if !ours || behind || breaker || service.suspend || rollout::in_stages(live).is_some() {
        return None;
    }
    let completed = |state: Option<&str>| state == Some("COMPLETED");
    let mut others = live.deployments.iter().filter(|other| other.id != primary.id);
    others.find(|other| completed(other.rollout_state.as_deref())).map(|other| other.task_definition.clone())
}

/// The deployment as ECS's history knows it.
fn under_way(draft: &mut Draft<'_>, subject: &Subject<'_>) -> Result<Option<Arn>, Because> {
    let observed = draft.observed;
    let history = draft.ask(Question::History(subject.name.clone()), &observed.histories)?;
    let newest = history.and_then(|history| history.first());
    let newest = newest.filter(|newest| newest.task_definition == subject.live.task_definition);
    Ok(newest.filter(|newest| newest.status == "IN_PROGRESS").map(|newest| newest.arn.clone()))
}
