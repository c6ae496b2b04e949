//! What nobody wants any more and what stays all the same, in sentences: it is neither a difference nor a failure, and stands
//! beside the plan.

use std::collections::BTreeMap;

use super::counted::named;
use crate::model::id::ResourceId;
use crate::plan::step::{Plan, Stays};
use crate::status::report::Report;
use crate::status::unwanted::Unwanted;

/// One sentence for each reason, and for each thing in whose place a manifest names another.
pub fn lines(plan: &Plan) -> Vec<String> {
    [reasons(plan), inherited(plan)].concat()
}

/// What a rendered plan does not say: a quiet one is nothing at all.
pub fn beside(plan: &Plan) -> Vec<String> {
    let is_quiet = plan.is_empty() && plan.held().is_empty() && plan.notes().is_empty();
    if is_quiet { lines(plan) } else { reasons(plan) }
}

/// One sentence for each thing in whose place a manifest names another.
pub(super) fn inherited(plan: &Plan) -> Vec<String> {
    let inherited = plan.left().iter().filter(|left| left.heir.is_some());
    inherited.map(|left| format!("{} {}", left.target, left.message())).collect()
}

/// One sentence for each reason, and for what was not looked for.
fn reasons(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for because in [Stays::PruneOff, Stays::Retained, Stays::Adopted] {
        let left = || plan.left().iter().filter(|left| left.because == because && left.heir.is_none());
        let targets: Vec<&ResourceId> = left().map(|left| &left.target).collect();
        if targets.is_empty() {
            continue;
        }
        let manifest = no_manifest(left().any(|left| left.unsure));
        let (is, stays) = if targets.len() == 1 { ("is", "stays") } else { ("are", "stay") };
        lines.push(format!("{} {is} {manifest}, and {stays}: {because}", named(targets.iter())));
    }
    lines.extend(plan.unlisted().iter().map(|what| format!("not looked for: {what}")));
    lines
}

/// What a report knows of them: a line for each reason, and for each thing in whose place a manifest names another.
pub(super) fn of_report(report: &Report) -> Vec<String> {
    let mut all: BTreeMap<&str, Vec<&ResourceId>> = BTreeMap::new();
    let mut inherited = Vec::new();
    for Unwanted { resource, reason, message, heir } in &report.unwanted {
        match heir {
            None => all.entry(reason).or_default().push(resource),
            Some(_) => inherited.push(format!("{resource} {message}")),
        }
    }
    let manifest = no_manifest(report.manifests.errors > 0);
    let line =
        |(reason, targets): (&&str, &Vec<&ResourceId>)| format!("{manifest}: {} ({reason})", named(targets.iter()));
    all.iter().map(line).chain(inherited).collect()
}

/// One that cannot be read may name it.
fn no_manifest(unsure: bool) -> &'static str {
    if unsure { "in no manifest that could be read" } else { "in no manifest any more" }
}
