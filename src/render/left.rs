//! What nobody wants any more and what stays all the same, in sentences: it is neither a difference nor a failure, and stands
//! beside the plan.

use super::counted::named;
use crate::model::id::ResourceId;
use crate::plan::step::{Plan, Stays};

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
        lines.push(format!("{} {is} in no manifest any more, and {stays}: {why}", named(targets.iter())));
    }
    lines.extend(plan.unlisted().iter().map(|what| format!("not looked for: {what}")));
    lines
}
