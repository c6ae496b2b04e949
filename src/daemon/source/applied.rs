//! What was applied before this process began: only a look at AWS tells, and a source may have to know it.
//!
//! The manifests may name none of it any more, so what they name is not all that is looked at.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::cloud::Recall;
use crate::model::desired::Desired;
use crate::model::id::Commit;
use crate::model::observed::{Observed, Seen};
use crate::model::role::{RoleMode, applied_from};
use crate::model::tags::Tags;

/// A question of a source, and the place for the answer. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Applied(Arc<Answer>);

#[derive(Debug, Default)]
struct Answer {
    /// Is one commit not enough?
    whole: bool,
    commits: Mutex<Option<BTreeSet<Commit>>>,
    bell: Notify,
}

impl Applied {
    /// A question that all commits together answer: some may be of a history that was given up, and say nothing of this one.
    pub fn of_all() -> Self {
        Self(Arc::new(Answer { whole: true, ..Answer::default() }))
    }

    /// Answers, or adds to the answer: one look may not see the mark that another one does.
    pub fn tell(&self, commits: BTreeSet<Commit>) {
        let mut known = self.known();
        let before = known.as_ref().map(BTreeSet::len);
        let all = known.get_or_insert_default();
        all.extend(commits);
        if before != Some(all.len()) {
            self.0.bell.notify_one();
        }
    }

    /// The answer so far, once there is one.
    pub fn commits(&self) -> Option<BTreeSet<Commit>> {
        self.known().clone()
    }

    /// Waits for an answer, or for more of it.
    pub(super) async fn told(&self) {
        self.0.bell.notified().await;
    }

    fn known(&self) -> MutexGuard<'_, Option<BTreeSet<Commit>>> {
        self.0.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Applied {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Applied {}

/// Answers by the marks of this installation's objects: of those that a look has seen, and of the others. Why there is no
/// answer yet, if so. Where there is one, the others are asked for more only in a look that goes `closely`.
pub(in crate::daemon) async fn answer(
    asks: &Applied,
    cloud: &impl Recall,
    desired: &Desired,
    observed: &Observed,
    closely: bool,
) -> Option<String> {
    let mut commits = seen_in(desired, observed);
    let is_answered = asks.commits().is_some();
    let mut unknown = None;
    if closely || !is_answered {
        match cloud.recall(&desired.installation, asks.0.whole).await {
            Ok(recalled) => {
                commits.extend(recalled.commits);
                unknown = unread_role(desired, observed).filter(|_| recalled.without_roles);
            }
            Err(why) => unknown = Some(why),
        }
    }
    // Any mark says from where on all must be signed: where there is none, or one may not count, nothing may be unknown.
    if (asks.0.whole || commits.is_empty()) && unknown.is_some() {
        return unknown.filter(|_| !is_answered);
    }
    asks.tell(commits);
    None
}

/// The commits from which the objects of manifests were last applied.
fn seen_in(desired: &Desired, observed: &Observed) -> BTreeSet<Commit> {
    let Observed { secrets, roles, services, revisions, .. } = observed;
    let secrets = secrets.values().filter_map(Seen::present).map(|secret| &secret.tags);
    let roles = roles.values().filter_map(Seen::present).map(|role| &role.tags);
    let services = services.values().filter_map(Seen::present).map(|service| &service.tags);
    let revisions = revisions.values().filter_map(Seen::present).map(|revision| &revision.tags);
    let all: Vec<&Tags> = secrets.chain(roles).chain(services).chain(revisions).collect();
    all.into_iter().flat_map(|tags| applied_from(tags, &desired.installation)).collect()
}

/// Why a role is unknown that may have a mark.
fn unread_role(desired: &Desired, observed: &Observed) -> Option<String> {
    let managed = desired.roles.iter().filter(|(_, role)| role.mode != RoleMode::Observe);
    managed.filter_map(|(name, _)| observed.roles.get(name)).find_map(|seen| match seen {
        Seen::Unreadable(why) => Some(why.clone()),
        Seen::Present(_) | Seen::Absent => None,
    })
}
