//! What is told as it happens, outside plans and tables: sentences, and a line for each step, no wider than the reader's window
//! as far as words allow. Knows no terminal: it is told.

use super::layout::lines;
use super::row::{Ink, Row};
use super::style::Style;
use crate::cloud::Outcome;
use crate::model::arn::Arn;
use crate::plan::step::{Plan, Step};

/// Columns of a resource's name, and of an operation's: those of the chain's own steps fit.
const TARGET: usize = 24;
const OPERATION: usize = 27;

/// A sentence, or several.
pub fn sentences(text: &str, style: Style) -> Vec<String> {
    rows(&Row::new(0, None).flush().plain(text), style)
}

/// The same, of what is only said beside.
pub fn aside(text: &str, style: Style) -> Vec<String> {
    rows(&Row::new(0, None).flush().then(text, Ink::Dim), style)
}

/// How one step went: what it made, or which failed step it needs; nothing of one that was not begun.
pub fn step(plan: &Plan, step: &Step, outcome: &Outcome, style: Style) -> Vec<String> {
    let (word, ink) = match outcome {
        Outcome::Done(_) => ("done", Ink::Good),
        Outcome::Failed(_) => ("failed", Ink::Bad),
        Outcome::Skipped { .. } => ("skipped", Ink::Warn),
        Outcome::Deferred => ("later", Ink::Calm),
        Outcome::NotStarted => return Vec::new(),
    };
    let (service, operation) = step.action.call.operation();
    let end = match outcome {
        Outcome::Done(receipt) => receipt.arn.as_ref().map(name).unwrap_or_default().to_owned(),
        Outcome::Skipped { because } => {
            plan.step(*because).map(|needed| format!("needs {}", needed.target)).unwrap_or_default()
        }
        _ => String::new(),
    };
    let row = Row { hang: "done     ".len(), ..Row::new(1, None) };
    let row = row.then(&format!("{word:<9}"), ink).plain(&format!("{:<TARGET$} ", step.target.to_string()));
    let row = row.plain(&format!("{:<OPERATION$} ", format!("{service}:{operation}"))).then(&end, Ink::Dim);
    rows(&row, style)
}

/// A row's lines, without blanks at their ends.
pub(super) fn rows(row: &Row, style: Style) -> Vec<String> {
    lines(row, style).lines().map(|line| line.trim_end().to_owned()).collect()
}

/// What follows the type: the step names that.
fn name(arn: &Arn) -> &str {
    arn.resource().split_once(['/', ':']).map_or(arn.resource(), |(_, name)| name)
}
