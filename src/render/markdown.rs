//! A plan as Markdown, for a comment on a pull request: a marker that a bot finds again, the summary, a table, and each
//! resource folded up. Equal plans give equal comments.
//!
//! Whatever comes from a manifest or from AWS stands in a fence that it cannot close, or in `<code>`, where nobody is
//! mentioned and nothing is linked.

use std::fmt::Write as _;

use super::block::{self, Block};
use super::row::{Row, clean};
use super::style::Style;
use super::summary::{Summary, quiet};
use super::value::cut;
use super::words;
use super::{json, left};
use crate::cloud::{Execution, Outcome};
use crate::model::desired::Desired;
use crate::model::observed::Observed;
use crate::plan::step::{Note, Plan, Step};

/// GitHub refuses comments of more than 65,536 characters. Some room is left for what a bot adds.
const LONGEST: usize = 60_000;

/// The part of it that the table may take.
const TABLE: usize = 20_000;

/// The longest fold of one resource.
const FOLD: usize = 12_000;

/// Remarks that are shown, the room that they have, and the part of one that is shown: markup may take nine times that.
const REMARKS: usize = 20;
const ROOM_OF_REMARKS: usize = 9_000;
const REMARK: usize = 900;

/// Lines about rollouts, and the room that they have.
const SAID: usize = 40;
const ROOM_OF_SAID: usize = 20_000;

/// What one look has found.
pub struct Comment<'a> {
    /// What should be.
    pub desired: &'a Desired,
    /// What was seen.
    pub observed: &'a Observed,
    /// What is to be done.
    pub plan: &'a Plan,
    /// The plan in numbers.
    pub summary: &'a Summary,
    /// Show every field, whole?
    pub full: bool,
}

/// Renders the comment of `diff`. Never longer than 60,000 characters: what does not fit is counted.
pub fn diff(comment: &Comment<'_>) -> String {
    let Comment { desired, observed, plan, summary, full } = comment;
    let style = Style { color: false, width: 110, full: *full };
    let blocks = block::of(plan, &observed.scope, style);
    let mut head = heading("diff", desired);
    if blocks.is_empty() {
        let _ = writeln!(head, "**No differences**: {}.", quiet(desired));
    } else {
        let _ = writeln!(head, "**{summary}**\n");
        for (risk, targets) in block::risks(plan) {
            let targets: Vec<String> = targets.iter().take(20).map(|target| code(&target.to_string())).collect();
            let _ = writeln!(head, "- ⚠ {}: {}", words::risk(risk), targets.join(", "));
        }
        head.push('\n');
        head.push_str(&table(&blocks));
    }
    let note = |note: &Note| format!("\n{}: {}\n", code(&note.target.to_string()), code(&cut(&note.text, REMARK)));
    head.push_str(&remarks(plan.notes().iter().map(note).collect()));
    let left = |line: String| format!("\n{}\n", code(&cut(&line, REMARK)));
    head.push_str(&remarks(left::lines(plan).into_iter().map(left).collect()));
    let foot = footer(desired, observed, plan);
    let room = LONGEST.saturating_sub(length(&head) + length(&foot));
    head + &folds(&blocks, room) + &foot
}

/// What `apply` has done.
pub struct Applied<'a> {
    /// What should be.
    pub desired: &'a Desired,
    /// What was seen last.
    pub observed: &'a Observed,
    /// What is left to be done, or is held.
    pub plan: &'a Plan,
    /// What was done before, pass by pass.
    pub passes: &'a [(Plan, Execution)],
    /// What there is to say of rollouts.
    pub said: &'a [String],
    /// Show every field, whole?
    pub full: bool,
}

/// Renders the comment of `apply`, as long as that of [`diff`] at most.
pub fn applied(applied: &Applied<'_>) -> String {
    let Applied { desired, observed, plan, passes, said, full } = applied;
    let style = Style { color: false, width: 110, full: *full };
    let mut head = heading("apply", desired);
    let steps = passes
        .iter()
        .flat_map(|(plan, execution)| plan.steps().filter_map(|(id, step)| Some((step, execution.outcomes.get(&id)?))));
    let steps: Vec<(&Step, &Outcome)> = steps.filter(|(_, outcome)| **outcome != Outcome::Deferred).collect();
    let count = |word: &str| steps.iter().filter(|(_, outcome)| words::outcome(outcome) == word).count();
    let (done, failed, skipped) = (count("done"), count("failed"), count("skipped") + count("not begun"));
    let left = plan.held().len();
    let _ = writeln!(head, "**{done} done, {failed} failed, {skipped} not done, {left} held**");
    if !said.is_empty() {
        let all = said.iter().map(|line| cut(&clean(line), ROOM_OF_SAID / 4) + "\n").collect();
        let (mut lines, more) = within(all, SAID, ROOM_OF_SAID);
        if more > 0 {
            let _ = writeln!(lines, "… {more} more lines");
        }
        let _ = write!(head, "\n{}", fenced(&lines, ""));
    }
    let mut table = String::new();
    for (index, (step, outcome)) in steps.iter().enumerate() {
        let (service, operation) = step.action.call.operation();
        let error = match outcome {
            Outcome::Failed(fault) => code(&fault.in_full()),
            _ => String::new(),
        };
        let (target, call) = (code(&step.target.to_string()), code(&format!("{service}:{operation}")));
        let row =
            format!("| {} | {target} | {call} | {} | {error} |\n", words::outcome(outcome), words::why(&step.why));
        if length(&table) + length(&row) > TABLE {
            let _ = writeln!(table, "| | and {} more | | | |", steps.len() - index);
            break;
        }
        table.push_str(&row);
    }
    if !table.is_empty() {
        head.push_str("\n| | resource | call | why | error |\n| --- | --- | --- | --- | --- |\n");
        head.push_str(&table);
    }
    let foot = footer(desired, observed, plan);
    let room = LONGEST.saturating_sub(length(&head) + length(&foot));
    head + &folds(&block::of(plan, &observed.scope, style), room) + &foot
}

/// The marker, which no other comment has, and a title.
fn heading(verb: &str, desired: &Desired) -> String {
    let installation = desired.installation.as_str();
    format!("<!-- evenkeel:{verb}:{} -->\n### evenkeel {verb}: {}\n\n", marker(installation), code(installation))
}

/// As many remarks as there is room for; the others are counted.
fn remarks(all: Vec<String>) -> String {
    let (mut shown, more) = within(all, REMARKS, ROOM_OF_REMARKS);
    if more > 0 {
        let _ = writeln!(shown, "\n… and {more} more");
    }
    shown
}

/// The first of these texts that fit, and how many do not.
fn within(all: Vec<String>, most: usize, room: usize) -> (String, usize) {
    let count = all.len();
    let mut used = 0;
    let fits = |text: &String| {
        used += length(text);
        used <= room
    };
    let shown: Vec<String> = all.into_iter().take(most).take_while(fits).collect();
    (shown.concat(), count - shown.len())
}

/// Where the plan holds.
fn footer(desired: &Desired, observed: &Observed, plan: &Plan) -> String {
    let scope = &observed.scope;
    let commit =
        desired.commit.as_ref().map(|commit| format!(", commit {}", code(commit.as_str()))).unwrap_or_default();
    let (account, region) = (code(scope.account.as_str()), code(scope.region.as_str()));
    format!("\n<sub>account {account} in {region}{commit}, plan {}</sub>\n", code(json::digest(plan).as_str()))
}

fn table(blocks: &[Block]) -> String {
    let mut out = "| | resource | what | why | risk |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for (index, block) in blocks.iter().enumerate() {
        let risks: Vec<&str> = block.risks.iter().map(|risk| words::brief(*risk)).collect();
        let row = format!(
            "| {} | {} | {} | {} | {} |\n",
            code(&block.sign.symbol().to_string()),
            code(&block.target.to_string()),
            code(&block.what),
            block.whys.join("; "),
            risks.join(", ")
        );
        if length(&out) + length(&row) > TABLE {
            let _ = writeln!(out, "| | and {} more | | | |", blocks.len() - index);
            break;
        }
        out.push_str(&row);
    }
    out
}

/// As many folds as there is room for, those with risks first; in the order of the plan.
fn folds(blocks: &[Block], room: usize) -> String {
    let folds: Vec<String> = blocks.iter().map(fold).collect();
    let apology = |left_out: usize| {
        format!("\n**{left_out} of {} resources are left out here**: the text output shows all.\n", blocks.len())
    };
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|at| (blocks[*at].risks.is_empty(), *at));
    let all: usize = folds.iter().map(|fold| length(fold)).sum();
    let mut left = if all <= room { room } else { room.saturating_sub(length(&apology(blocks.len()))) };
    let mut kept = vec![false; blocks.len()];
    for at in order {
        let size = length(&folds[at]);
        if size <= left {
            left -= size;
            kept[at] = true;
        }
    }
    let mut out: String = folds.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(fold, _)| fold.as_str()).collect();
    let left_out = kept.iter().filter(|kept| !**kept).count();
    if left_out > 0 {
        out.push_str(&apology(left_out));
    }
    out
}

fn fold(block: &Block) -> String {
    let mut body = line(&block.heading());
    for (index, row) in block.rows.iter().enumerate() {
        let next = line(row);
        if length(&body) + length(&next) > FOLD {
            let _ = writeln!(body, "  … {} more lines", block.rows.len() - index);
            break;
        }
        body.push_str(&next);
    }
    let title = format!("{} {}", code(&block.target.to_string()), code(&block.what));
    format!("\n<details><summary>{title}</summary>\n\n{}\n</details>\n", fenced(&body, "diff"))
}

/// A row, with its sign where `diff` fences have it.
fn line(row: &Row) -> String {
    let sign = row.sign.map_or(' ', super::row::Sign::symbol);
    let place = if row.place.is_empty() { String::new() } else { format!("  ({})", row.place.trim_start_matches(':')) };
    format!("{sign} {}{}{place}\n", " ".repeat(2 * row.depth), row.text())
}

/// A fence that is longer than any run of backticks in it.
fn fenced(body: &str, language: &str) -> String {
    let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{body}{fence}\n")
}

/// A text in which nothing is markup, outside fences: in HTML, and with every character that Markdown or a forge knows
/// written as its number.
fn code(text: &str) -> String {
    let mut out = "<code>".to_owned();
    for c in clean(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '/' | '.' | ',' | '-' | '=' | '+') {
            out.push(c);
        } else {
            let _ = write!(out, "&#{};", u32::from(c));
        }
    }
    out + "</code>"
}

/// A name that can neither end a comment nor break its line.
fn marker(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    name.chars().map(|c| if fits(c) { c.to_string() } else { format!("%{:X}", u32::from(c)) }).collect()
}

fn length(text: &str) -> usize {
    text.chars().count()
}
