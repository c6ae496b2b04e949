//! What stands in messages: sentences without their subject, as those of holds are.

use crate::model::observed::Seen;
use crate::plan::step::{Change, Why};
use crate::status::rollout::{Rollout, State};

/// Paths that are named; the others are counted.
const PATHS: usize = 4;

/// Why something is done.
pub(super) fn why(why: &Why) -> String {
    match why {
        Why::Missing => "does not exist".to_owned(),
        Why::Changed => "its manifest changed".to_owned(),
        Why::Drifted => "was changed by hand".to_owned(),
        Why::SecretRotated(names) => {
            let all: Vec<String> = names.iter().map(|name| format!("Secret/{name}")).collect();
            format!("{} {} a new version", all.join(", "), if names.len() == 1 { "has" } else { "have" })
        }
        Why::Retried => "failed before, and is tried again".to_owned(),
        Why::Overdue => "has a rollout that takes longer than it may, and no circuit breaker would end it".to_owned(),
        Why::NoLongerDesired => "has something that nothing wants or uses any longer".to_owned(),
        Why::Adopted => "is taken over, as its manifest asks".to_owned(),
    }
}

/// What differs, by name; nothing of any value.
pub(super) fn paths<'c>(changes: impl Iterator<Item = &'c Change>) -> String {
    let mut all: Vec<String> = changes.map(|change| change.path.to_string()).collect();
    all.dedup();
    let more = all.len().saturating_sub(PATHS);
    all.truncate(PATHS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    all.join(", ") + &more
}

/// Where a rollout is.
pub(super) fn rollout(rollout: &Rollout) -> String {
    let Rollout { to, instead, desired, running, pending, failed, .. } = rollout;
    if rollout.state == State::RollingBack {
        let instead = instead.as_deref().unwrap_or("the revision before");
        return format!("{to} failed, and ECS goes back to {instead}");
    }
    let part = |count: i64, word: &str| if count > 0 { format!(", {count} {word}") } else { String::new() };
    format!(
        "{to} is being rolled out: {running} of {desired} tasks run{}{}",
        part(*pending, "starting"),
        part(*failed, "failed")
    )
}

/// What could not be read, for a place where something should stand.
pub(super) fn unreadable<T>(seen: Option<&Seen<T>>) -> Option<String> {
    match seen {
        Some(Seen::Unreadable(why)) => Some(why.clone()),
        _ => None,
    }
}
