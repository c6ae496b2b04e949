//! What was done to a resource, newest first, and no more of it than people read.

use serde::{Deserialize, Serialize};

use super::moment::Moment;
use super::reason::Reason;
use crate::cloud::{Execution, Outcome};
use crate::model::id::{Commit, ResourceId};
use crate::model::time::Timestamp;
use crate::plan::step::{Plan, Why};

/// So many changes are kept of a resource.
pub const KEPT: usize = 10;

/// One call to AWS, and how it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// When the pass began that made it; the last one, where it is the same failure again.
    pub at: Moment,
    /// The commit that it was made for; null for folders.
    pub commit: Option<Commit>,
    /// The operation, as `service:Operation`.
    pub step: String,
    /// Why it was made.
    pub why: Reason,
    /// The secrets that had new versions, where that is why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// How it went.
    pub result: Outcomes,
    /// AWS's words, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How many times in a row.
    pub times: u32,
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcomes {
    /// It worked.
    Done,
    /// It did not.
    Failed,
}

/// The calls of this pass for a resource, newest first.
pub(super) fn of(
    plan: &Plan,
    execution: Option<&Execution>,
    id: &ResourceId,
    commit: Option<&Commit>,
    at: Timestamp,
) -> Vec<Change> {
    let Some(execution) = execution else { return Vec::new() };
    let mut changes: Vec<Change> = plan
        .steps()
        .filter(|(_, step)| step.target == *id)
        .filter_map(|(number, step)| {
            let (result, message) = match execution.outcomes.get(&number)? {
                Outcome::Done(_) => (Outcomes::Done, None),
                Outcome::Failed(fault) => (Outcomes::Failed, Some(fault.to_string())),
                Outcome::Skipped { .. } | Outcome::Deferred | Outcome::NotStarted => return None,
            };
            let (service, operation) = step.action.call.operation();
            let secrets = match &step.why {
                Why::SecretRotated(names) => names.iter().map(|name| format!("Secret/{name}")).collect(),
                _ => Vec::new(),
            };
            Some(Change {
                at: at.into(),
                commit: commit.cloned(),
                step: format!("{service}:{operation}"),
                why: Reason::from(&step.why),
                secrets,
                result,
                message,
                times: 1,
            })
        })
        .collect();
    changes.reverse();
    changes
}

/// What is new before what is known. A failure that repeats itself stands there once, with how often: otherwise one that is
/// tried again every ten minutes would be all that is left.
pub(super) fn joined(new: Vec<Change>, known: &[Change]) -> Vec<Change> {
    let mut all = known.to_vec();
    for change in new.into_iter().rev() {
        match all.first_mut() {
            Some(last) if is_repeated(last, &change) => {
                last.times = last.times.saturating_add(1);
                last.at = change.at;
                last.message = change.message;
            }
            _ => all.insert(0, change),
        }
    }
    all.truncate(KEPT);
    all
}

fn is_repeated(last: &Change, change: &Change) -> bool {
    change.result == Outcomes::Failed
        && last.result == Outcomes::Failed
        && (&last.step, &last.commit, last.why) == (&change.step, &change.commit, change.why)
}
