//! Which rollouts came to their end between two statuses, and how. Pure: it is told the time.
//!
//! Judged as conditions are, so that a failure that lasts counts once, and a rollback is no rollout that worked.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::failure::{Failure, How};
use crate::model::id::{Kind, Name};
use crate::model::time::Timestamp;
use crate::status::detail::Detail;
use crate::status::detail_service::{DeploymentDetail, ServiceDetail};
use crate::status::reason::Reason;
use crate::status::report::Report;

/// What is remembered of services.
#[derive(Default)]
pub(super) struct Rollouts(BTreeMap<Name, Known>);

#[derive(Default)]
struct Known {
    /// The deployment that was last seen in force and well.
    completed: Option<String>,
    /// Failures of rollouts that began until then have been counted, or are nobody's.
    failed: Option<Timestamp>,
    overdue: bool,
}

/// How a rollout ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Well, after so long.
    Completed(Duration),
    /// Not well, and how.
    Failed(How),
}

impl Rollouts {
    /// What has ended since the last time. What was over at the first look is nobody's.
    pub(super) fn saw(&mut self, now: Timestamp, report: &Report) -> Vec<(Name, End)> {
        let services = report.resources.iter().filter(|status| status.resource.kind == Kind::Service);
        let there: BTreeSet<&Name> = services.clone().map(|status| &status.resource.name).collect();
        let mut ended = Vec::new();
        for status in services {
            let (Some(Detail::Service(detail)), Some(ready)) = (&status.detail, status.ready()) else { continue };
            // It may be read again in a moment; until then nothing is known of it.
            if ready.reason == Reason::Unreadable {
                continue;
            }
            let is_ready = status.is_ready();
            let known = match self.0.entry(status.resource.name.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let completed = completed(detail, is_ready).map(|primary| primary.id.clone());
                    let failed = status.failure.is_some().then_some(now);
                    place.insert(Known { completed, failed, overdue: false })
                }
            };
            known.overdue |= ready.reason == Reason::Overdue;
            let end = match status.failure {
                Some(failure) => known.failed(detail, failure),
                None => known.completed(now, detail, is_ready),
            };
            ended.extend(end.map(|end| (status.resource.name.clone(), end)));
        }
        self.0.retain(|name, _| there.contains(name));
        ended
    }
}

impl Known {
    /// A failure lasts, and is told apart by when its rollout began: until the history says that, nothing is.
    fn failed(&mut self, detail: &ServiceDetail, Failure { how, began }: Failure) -> Option<End> {
        // What ECS went back to has not just worked.
        if let Some(primary) = completed(detail, false) {
            self.completed = Some(primary.id.clone());
        }
        let began = began?;
        let how = if std::mem::take(&mut self.overdue) { How::Overdue } else { how };
        if self.failed.is_some_and(|failed| began <= failed) {
            return None;
        }
        self.failed = Some(began);
        Some(End::Failed(how))
    }

    fn completed(&mut self, now: Timestamp, detail: &ServiceDetail, ready: bool) -> Option<End> {
        let primary = completed(detail, ready)?;
        self.overdue = false;
        let known = self.completed.replace(primary.id.clone());
        (known.as_ref() != Some(&primary.id)).then(|| End::Completed(now.since(primary.began.0)))
    }
}

/// The deployment in force, where it came to its end. It may be well, and its service already wanted otherwise.
fn completed(detail: &ServiceDetail, ready: bool) -> Option<&DeploymentDetail> {
    detail.deployments.first().filter(|primary| ready || primary.rollout_state.as_deref() == Some("COMPLETED"))
}
