//! What the daemon says: an audit line for each call, a log line for each change of state, and what it found last, for
//! whoever asks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::chronicle::{Chronicle, Entry};
use super::source::SourceError;
use super::{Pass, Wanted, findings};
use crate::cloud::clock::Clock;
use crate::model::id::ResourceId;
use crate::render::left;
use crate::status::manifests::{Finding, Manifests};
use crate::status::reason::Reason;

/// Takes a line of JSON.
pub type Lines = Box<dyn Fn(&str)>;

/// Writes, and remembers what was said, so that nothing is said twice.
pub struct Record {
    clock: Clock,
    audit: Lines,
    /// Does the source fail?
    failing: Cell<bool>,
    /// Why it is not told what was applied before.
    unanswered: RefCell<Option<String>>,
    /// What is wrong with the manifests.
    refused: RefCell<Vec<Finding>>,
    /// By resource: why it is held.
    held: RefCell<BTreeMap<ResourceId, (&'static str, String)>>,
    /// What stays although nobody wants it.
    left: RefCell<Vec<String>>,
}

impl Record {
    /// Nothing was said yet.
    pub fn new(clock: Clock, audit: Lines) -> Self {
        let (unanswered, refused, held, left) = Default::default();
        Self { clock, audit, failing: Cell::new(false), unanswered, refused, held, left }
    }
}

impl Chronicle for Record {
    fn source(&self, error: Option<&SourceError>) {
        let was_failing = self.failing.replace(error.is_some());
        if let Some(error) = error {
            tracing::warn!(reason = %error.reason(), error = %error, "source failing");
        } else if was_failing {
            tracing::info!("source good");
        }
    }

    fn unanswered(&self, why: Option<&str>) {
        let before = self.unanswered.replace(why.map(str::to_owned));
        if let Some(why) = why.filter(|why| before.as_deref() != Some(why)) {
            tracing::warn!(reason = %Reason::AppliedUnknown, why, "source waits");
        }
    }

    fn wanted(&self, wanted: &Wanted) {
        let Wanted { desired, checked, commit, verified: _, asks: _ } = wanted;
        let Manifests { errors, findings } = findings::of(checked);
        let resources =
            desired.secrets.len() + desired.roles.len() + desired.task_definitions.len() + desired.services.len();
        let commit = commit.as_ref().map_or("-", |commit| commit.id.as_str());
        tracing::info!(commit, resources, errors, "manifests loaded");
        let before = self.refused.replace(findings.clone());
        for Finding { at, message, help } in findings.iter().filter(|found| !before.contains(found)) {
            tracing::warn!(at, why = message, help, "manifest refused");
        }
    }

    fn called(&self, entry: &Entry<'_>) {
        if let Ok(line) = serde_json::to_string(entry) {
            (self.audit)(&line);
        }
        tracing::info!(resource = entry.resource, operation = entry.operation, result = entry.result, "called");
    }

    fn passed(&self, pass: &Pass<'_>) {
        let mut held = BTreeMap::new();
        for hold in pass.plan.held() {
            held.entry(hold.target.clone()).or_insert_with(|| (hold.because.name(), hold.because.to_string()));
        }
        let before = self.held.replace(held.clone());
        for (target, (reason, why)) in &held {
            if before.get(target).is_none_or(|(known, _)| known != reason) {
                // A field `message` would take the place of the message.
                tracing::info!(resource = %target, reason, why, "held");
            }
        }
        for target in before.keys().filter(|target| !held.contains_key(*target)) {
            tracing::info!(resource = %target, "released");
        }
        // A sweep does not look for what nobody wants.
        if pass.observed.inventory.is_some() {
            let lines = left::lines(pass.plan);
            let before = self.left.replace(lines.clone());
            for what in lines.iter().filter(|line| !before.contains(line)) {
                tracing::info!(what, "unwanted");
            }
        }
        let took = self.clock.now().since(pass.observed.at);
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let steps = pass.plan.steps().count();
        let done = pass.execution.map_or(0, crate::cloud::Execution::done);
        tracing::debug!(steps, done, held = held.len(), milliseconds, "passed");
    }
}
