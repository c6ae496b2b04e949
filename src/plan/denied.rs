//! Deployments that came too soon after a widening: IAM takes seconds, now and then minutes, to tell everyone, and a task
//! that starts before that is denied what its role was given.
//!
//! Knows what ECS says of stopped tasks, for as long as it keeps them: an hour.

use std::time::Duration;

use super::draft::Draft;
use super::question::Question;
use super::rollout::Attempt;
use crate::model::cause::{self, Cause};
use crate::model::service::ServiceDeployment;
use crate::model::task::Task;

/// How long after a widening a denial may be IAM's slowness.
const SOON: Duration = Duration::from_mins(5);

/// Did one of these deployments fail only because its role had been widened moments before? It is tried once more: that
/// one then counts like any other. Where the tasks' own words are gone, or cannot be read, the failure stands.
pub(super) fn too_soon(draft: &mut Draft<'_>, attempt: &Attempt<'_>, failed: &[&ServiceDeployment]) -> bool {
    let Some(changed) = attempt.role_changed else { return false };
    let is_soon = |begun| changed <= begun && begun <= changed + SOON;
    let mut early = failed.iter().filter(|deployment| is_soon(deployment.created_at)).peekable();
    if early.peek().is_none() {
        return false;
    }
    let observed = draft.observed;
    let Ok(Some(stopped)) = draft.ask(Question::StoppedTasks(attempt.name.clone()), &observed.stopped_tasks) else {
        return false;
    };
    early.any(|deployment| stopped.iter().any(|task| belongs(task, deployment) && was_denied(task)))
}

/// ECS names the deployment of a task by an id that the history does not have.
fn belongs(task: &Task, deployment: &ServiceDeployment) -> bool {
    let after = task.created_at.is_some_and(|created| created >= deployment.created_at);
    task.task_definition == deployment.task_definition && after
}

fn was_denied(task: &Task) -> bool {
    matches!(cause::of(task), Some(Cause::Denied { .. }))
}
