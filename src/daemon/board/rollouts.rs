//! Which rollouts came to their end between two statuses, and how. Pure: it is told the time.
//!
//! Judged as conditions are, so that a failure that lasts counts once, and a rollback is no rollout that worked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::id::{Kind, Name};
use crate::model::time::Timestamp;
use crate::status::detail::Detail;
use crate::status::detail_service::ServiceDetail;
use crate::status::moment::Moment;
use crate::status::reason::Reason;
use crate::status::report::Report;

/// What is remembered of services.
#[derive(Default)]
pub(super) struct Rollouts(BTreeMap<Name, Known>);

#[derive(Default)]
struct Known {
    /// The deployment that was last seen in force and well.
    completed: Option<String>,
    /// When the rollout began that was last seen to have failed.
    failed: Option<Moment>,
    overdue: bool,
}

/// How a rollout ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Well, after so long.
    Completed(Duration),
    /// Not well; why, out of a closed list.
    Failed(&'static str),
}

impl Rollouts {
    /// What has ended since the last time. What was over at the first look is nobody's.
    pub(super) fn saw(&mut self, now: Timestamp, report: &Report) -> Vec<(Name, End)> {
        let services = report.resources.iter().filter(|status| status.resource.kind == Kind::Service);
        let there: BTreeSet<&Name> = services.clone().map(|status| &status.resource.name).collect();
        let mut ended = Vec::new();
        for status in services {
            let (Some(Detail::Service(detail)), Some(ready)) = (&status.detail, status.ready()) else { continue };
            let is_new = !self.0.contains_key(&status.resource.name);
            let known = self.0.entry(status.resource.name.clone()).or_default();
            let end = match ready.reason {
                Reason::RolloutFailed => known.failed(detail, &ready.message),
                // It may be read again in a moment.
                Reason::Unreadable => continue,
                reason => {
                    known.overdue |= reason == Reason::Overdue;
                    known.completed(now, detail, status.is_ready())
                }
            };
            let end = end.filter(|_| !is_new);
            ended.extend(end.map(|end| (status.resource.name.clone(), end)));
        }
        self.0.retain(|name, _| there.contains(name));
        ended
    }
}

impl Known {
    /// A failure lasts, and is told apart by when its rollout began.
    fn failed(&mut self, detail: &ServiceDetail, message: &str) -> Option<End> {
        let primary = detail.deployments.first();
        let past = detail.past.as_ref()?.iter().find(|past| past.status != "SUCCESSFUL");
        let began = past.map(|past| past.began).or(primary.map(|primary| primary.began));
        let overdue = std::mem::take(&mut self.overdue);
        if std::mem::replace(&mut self.failed, began) == began {
            return None;
        }
        let words = past.and_then(|past| past.reason.as_deref()).unwrap_or(message);
        let says = |text: &str| words.contains(text) || message.contains(text);
        Some(End::Failed(if overdue || says("for longer than it may take") || says("that it may take") {
            "Overdue"
        } else if says("circuit breaker") {
            "CircuitBreaker"
        } else if says("alarm") {
            "Alarm"
        } else if past.is_some_and(|past| past.status.starts_with("ROLLBACK")) {
            "RolledBack"
        } else {
            "Failed"
        }))
    }

    /// It may be over and well, and its service already wanted otherwise.
    fn completed(&mut self, now: Timestamp, detail: &ServiceDetail, ready: bool) -> Option<End> {
        let primary = detail.deployments.first()?;
        if !ready && primary.rollout_state.as_deref() != Some("COMPLETED") {
            return None;
        }
        self.overdue = false;
        let known = self.completed.replace(primary.id.clone());
        (known.as_ref() != Some(&primary.id)).then(|| End::Completed(now.since(primary.began.0)))
    }
}
