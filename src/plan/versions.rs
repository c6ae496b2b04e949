//! Whose hand the versions of secrets are from that a service runs with: its mark says with which it was last told to run.

use super::draft::Draft;
use super::held::Because;
use super::question::Question;
use super::service::Subject;
use super::task_definition::Wanted;
use crate::model::deployment::ServiceDeployment;
use crate::model::service::OnSecretChange;
use crate::model::tags::{self, APPLIED, Mark};
use crate::model::task_definition::ObservedRevision;

/// Was the service set by hand to a revision that is as wanted but for its versions? It runs others than it was told to,
/// and those that it was told are still wanted: no secret has changed. One that ignores changes of secrets keeps what it
/// was told, so whatever else it runs is from someone's hand. A mark of before says nothing of versions.
///
/// A rotation that ECS rolled back is one still where nobody is asked: it waits for its debounce, and is told as one.
///
/// # Errors
/// Where the history must be read first, or cannot be.
pub(super) fn set_by_hand(
    draft: &mut Draft<'_>,
    subject: &Subject<'_>,
    wanted: &Wanted<'_>,
    running: &ObservedRevision,
) -> Result<bool, Because> {
    let Subject { name, service, live, digest, .. } = subject;
    let ours = tags::is_ours(&live.tags, &draft.desired.installation);
    let mark = Mark::read(&live.tags, APPLIED).filter(|mark| ours && mark.digest == *digest);
    let Some(told) = mark.and_then(|mark| mark.versions) else { return Ok(false) };
    let ignores = service.rollout.on_secret_change == OnSecretChange::Ignore;
    if running.revision.versions().as_ref() == Some(&told) || !(ignores || wanted.revision.versions() == Some(told)) {
        return Ok(false);
    }
    if service.rollout.on_secret_change != OnSecretChange::Redeploy {
        return Ok(true);
    }
    let observed = draft.observed;
    let history = draft.ask(Question::History((*name).clone()), &observed.histories)?;
    Ok(!history.and_then(|history| history.first()).is_some_and(ServiceDeployment::is_rolled_back))
}
