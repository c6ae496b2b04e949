//! A plan as text: what will be done, to what, where that is written, and why. The summary comes last.

use super::block::{self, Block};
use super::layout::lines;
use super::left;
use super::row::{Ink, Row, Sign};
use super::style::Style;
use super::summary::Summary;
use super::words;
use crate::model::arn::Scope;
use crate::plan::step::Plan;

/// With more blocks than this the beginning is out of sight: risks are named again at the end.
const IN_SIGHT: usize = 4;

/// Renders a plan; nothing at all for one that neither changes nor holds anything.
pub fn plan(plan: &Plan, summary: &Summary, scope: &Scope, style: Style) -> String {
    let blocks = block::of(plan, scope, style);
    let mut out = String::new();
    let mut last = None;
    for block in &blocks {
        let chapter = chapter(block.sign);
        if last.is_some_and(|last| last != chapter) {
            out.push_str(&lines(&Row::new(0, None).then(chapter, Ink::Bold), style));
            out.push('\n');
        }
        last = Some(chapter);
        push(&mut out, block, style);
    }
    for note in plan.notes() {
        let text = format!("{}: {}", note.target, note.text);
        out.push_str(&(lines(&Row::new(0, Some(Sign::Note)).plain(&text), style) + "\n"));
    }
    if out.is_empty() {
        return out;
    }
    for line in left::inherited(plan) {
        out.push_str(&(lines(&Row::new(0, Some(Sign::Note)).plain(&line), style) + "\n"));
    }
    if blocks.len() > IN_SIGHT {
        for (risk, targets) in block::risks(plan) {
            let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
            let row = Row::new(0, Some(Sign::Risk)).then(words::risk(risk), Ink::Bold);
            out.push_str(&lines(&row.plain(&format!(": {}", targets.join(", "))), style));
        }
    }
    out + &lines(&Row::new(0, None).then(&summary.to_string(), Ink::Bold), style)
}

/// What was changed by hand, and what is held, stand apart from what the manifests change.
fn chapter(sign: Sign) -> &'static str {
    match sign {
        Sign::Drift => "Changed by hand, not in Git, and set back:",
        Sign::Held => "Left as it is:",
        _ => "",
    }
}

fn push(out: &mut String, block: &Block, style: Style) {
    out.push_str(&lines(&block.heading(), style));
    for row in &block.rows {
        out.push_str(&lines(row, style));
    }
    out.push('\n');
}
