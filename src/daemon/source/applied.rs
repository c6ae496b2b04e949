//! What was applied before this process began: only a look at AWS tells, and a source may have to know it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::id::{Commit, Installation};
use crate::model::observed::{Observed, Seen};
use crate::model::tags::{APPLIED, Mark, Tags, is_ours};

/// A question of a source, and the place for the answer. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Applied(Arc<Answer>);

#[derive(Debug, Default)]
struct Answer {
    commits: Mutex<Option<BTreeSet<Commit>>>,
    bell: Notify,
}

impl Applied {
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

/// The commits from which this installation's objects were last applied, by their marks. `None` where none has one, and
/// something that may have one could not be read.
pub(in crate::daemon) fn commits(observed: &Observed, installation: &Installation) -> Option<BTreeSet<Commit>> {
    let Observed { secrets, roles, services, revisions, .. } = observed;
    let mut marks = Marks { installation, commits: BTreeSet::new(), unread: false };
    marks.look(secrets.values(), |secret| &secret.tags);
    marks.look(roles.values(), |role| &role.tags);
    marks.look(services.values(), |service| &service.tags);
    marks.look(revisions.values(), |revision| &revision.tags);
    let Marks { commits, unread, .. } = marks;
    (!commits.is_empty() || !unread).then_some(commits)
}

struct Marks<'i> {
    installation: &'i Installation,
    commits: BTreeSet<Commit>,
    unread: bool,
}

impl Marks<'_> {
    fn look<'o, T: 'o>(&mut self, all: impl Iterator<Item = &'o Seen<T>>, tags: impl Fn(&T) -> &Tags) {
        for seen in all {
            match seen {
                Seen::Present(thing) if is_ours(tags(thing), self.installation) => {
                    self.commits.extend(Mark::read(tags(thing), APPLIED).and_then(|mark| mark.commit));
                }
                Seen::Present(_) | Seen::Absent => {}
                Seen::Unreadable(_) => self.unread = true,
            }
        }
    }
}
