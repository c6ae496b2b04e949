//! Whose hand the versions of secrets are from that a service runs with: its mark says with which it was last told to run.

use super::service::Subject;
use super::task_definition::Wanted;
use crate::model::desired::Desired;
use crate::model::service::OnSecretChange;
use crate::model::tags::{self, APPLIED, Mark};
use crate::model::task_definition::ObservedRevision;

/// Was the service set by hand to a revision that is as wanted but for its versions? It runs others than it was told to,
/// and those that it was told are still wanted: no secret has changed. One that ignores changes of secrets keeps what it
/// was told, so whatever else it runs is from someone's hand. A mark of before says nothing of versions.
pub(super) fn set_by_hand(
    desired: &Desired,
    subject: &Subject<'_>,
    wanted: &Wanted<'_>,
    running: &ObservedRevision,
) -> bool {
    let Subject { service, live, digest, .. } = subject;
    let ours = tags::is_ours(&live.tags, &desired.installation);
    let mark = Mark::read(&live.tags, APPLIED).filter(|mark| ours && mark.digest == *digest);
    let Some(told) = mark.and_then(|mark| mark.versions) else { return false };
    let ignores = service.rollout.on_secret_change == OnSecretChange::Ignore;
    running.revision.versions().as_ref() != Some(&told) && (ignores || wanted.revision.versions() == Some(told))
}
