//! What nobody wants any more and what stays all the same, in sentences: it is neither a difference nor a failure, and stands
//! beside the plan.

use crate::model::id::ResourceId;
use crate::plan::step::{Plan, Stays};

/// More names than these are counted.
const NAMED: usize = 5;

/// One sentence for each reason.
pub fn lines(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for because in [Stays::PruneOff, Stays::Retained, Stays::Adopted] {
        let left = plan.left().iter().filter(|left| left.because == because);
        let targets: Vec<&ResourceId> = left.map(|left| &left.target).collect();
        if targets.is_empty() {
            continue;
        }
        let (is, stays) = if targets.len() == 1 { ("is", "stays") } else { ("are", "stay") };
        let why = match because {
            Stays::PruneOff => "prune.enabled is false",
            Stays::Retained => "deletionPolicy was Retain",
            Stays::Adopted => "evenkeel took over what others had made",
        };
        lines.push(format!("{} {is} in no manifest any more, and {stays}: {why}", named(&targets)));
    }
    lines.extend(plan.unlisted().iter().map(|what| format!("not looked for: {what}")));
    lines
}

fn named(targets: &[&ResourceId]) -> String {
    let names: Vec<String> = targets.iter().take(NAMED).map(ToString::to_string).collect();
    match targets.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} objects ({}, and {more} more)", targets.len(), names.join(", ")),
    }
}
