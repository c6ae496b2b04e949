//! The table of `get`: a line for each resource, as wide as the reader's window, or as long as it takes for a program.

use std::fmt::Write as _;

use super::ago::{age, when};
use super::counted::counted;
use super::layout::lines;
use super::left;
use super::row::{Ink, Row, clean, columns};
use super::sheet::{Mark, is_root, scope, shortened};
use super::style::Style;
use super::told::rows;
use super::value::first;
use crate::model::time::Timestamp;
use crate::status::condition::ConditionType;
use crate::status::detail::Detail;
use crate::status::manifests::Finding;
use crate::status::report::{Report, ResourceStatus};

/// A message narrower than this is no message: it goes on below its line instead.
const NARROWEST: usize = 30;

const HEADINGS: [&str; 6] = ["KIND/NAME", "READY", "STATUS", "AGE", "REVISION", "MESSAGE"];

/// The table.
pub fn table(report: &Report, chosen: &[&ResourceStatus], now: Timestamp, style: Style) -> String {
    let scope = scope(report);
    let cells: Vec<[String; 6]> = chosen
        .iter()
        .map(|status| {
            let detail = status.detail.as_ref();
            let ready = status.ready();
            let text = |text: &str| clean(&shortened(text, &scope, style));
            [
                status.resource.to_string(),
                ready.map(|ready| ready.status.to_string()).unwrap_or_default(),
                word(status),
                detail.and_then(Detail::since).map_or_else(|| "-".to_owned(), |since| age(since, now)),
                detail.and_then(Detail::revision).map_or_else(|| "-".to_owned(), text),
                ready.map(|ready| text(&ready.message)).unwrap_or_default(),
            ]
        })
        .collect();
    let width = |column: usize| cells.iter().map(|row| columns(&row[column])).chain([columns(HEADINGS[column])]).max();
    let widths: Vec<usize> = (0..5).map(|column| width(column).unwrap_or(0)).collect();
    let before: usize = widths.iter().map(|width| width + 2).sum();
    let hang = if style.width.saturating_sub(before) >= NARROWEST { before } else { 4 };
    // The sheet has it whole; three lines are enough to see what it is about.
    let room = style.width.saturating_sub(hang).saturating_mul(3).saturating_sub(NARROWEST);
    let brief = |text: &str| {
        if style.full || columns(text) <= room { text.to_owned() } else { first(text.chars(), room) + "…" }
    };
    let row = |cells: [&str; 6], inks: [Ink; 6]| {
        let mut row = Row { hang, ..Row::new(0, None) };
        for ((cell, ink), width) in cells.iter().zip(inks).zip(&widths) {
            let pad = " ".repeat(width.saturating_sub(columns(cell)) + 2);
            row = row.then(cell, ink).plain(&pad);
        }
        row.then(cells[5], inks[5])
    };
    let mut out = lines(&row(HEADINGS, [Ink::Dim; 6]), style);
    for (status, [name, ready, word, age, revision, message]) in chosen.iter().zip(&cells) {
        let ink = Mark::of(status).ink();
        let inks = [Ink::Bold, ink, ink, Ink::Plain, Ink::Plain, Ink::Plain];
        out.push_str(&lines(&row([name, ready, word, age, revision, &brief(message)], inks), style));
    }
    // A program that splits lines finds no blanks at their ends.
    out.lines().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{}", line.trim_end());
        out
    })
}

/// The reason, and what else is so.
fn word(status: &ResourceStatus) -> String {
    let mut word = status.ready().map(|ready| ready.reason.to_string()).unwrap_or_default();
    for kind in [ConditionType::Drifted, ConditionType::Suspended] {
        if status.condition(kind).is_some() && !word.starts_with(&kind.to_string()[..5]) {
            let _ = write!(word, ",{kind}");
        }
    }
    word
}

/// What to read first: how many are ready, and where the causes lie.
pub fn summary(report: &Report, chosen: &[&ResourceStatus], style: Style) -> Vec<String> {
    let count = |mark: Mark| chosen.iter().filter(|status| Mark::of(status) == mark).count();
    let mut text = format!("{} of {} ready", count(Mark::Ready), chosen.len());
    for mark in Mark::ALL.into_iter().filter(|mark| *mark != Mark::Ready && count(*mark) > 0) {
        let _ = write!(text, ", {} {}", count(mark), mark.words());
    }
    let mut all = vec![style.bold(text)];
    // The cause may lie in a resource that was not asked for.
    let roots = report.resources.iter().filter(|status| is_root(report, status)).filter(|root| {
        chosen.iter().any(|status| status.resource == root.resource || status.root.as_ref() == Some(&root.resource))
    });
    for root in roots {
        let reason = root.ready().map(|ready| ready.reason.to_string()).unwrap_or_default();
        let waiting = report.resources.iter().filter(|other| other.root.as_ref() == Some(&root.resource)).count();
        let waiting = if waiting > 0 { format!(", and {waiting} wait for it") } else { String::new() };
        let name = &root.resource;
        let row = Row::new(0, None).then("root cause:", Ink::Bad);
        all.extend(rows(&row.plain(&format!(" {name}: {reason}{waiting}; `evenkeel explain {name}`")), style));
    }
    // Whoever asks for some resources does not ask for what is none.
    if chosen.len() == report.resources.len() {
        for line in left::of_report(report) {
            all.extend(lines(&Row::new(0, None).plain(&line), style).lines().map(str::to_owned));
        }
    }
    all.extend(source(report, style));
    all
}

/// What is wrong with the manifests, for whoever does not read them.
pub fn refused(report: &Report, style: Style) -> Vec<String> {
    let manifests = &report.manifests;
    if manifests.errors == 0 {
        return Vec::new();
    }
    let mut all = vec![format!("{} {}", style.bad("manifests:"), counted(manifests.errors, "error"))];
    for Finding { at, message, help } in &manifests.findings {
        let help = help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        all.push(format!("  {}", clean(&format!("{at}: {message}{help}"))));
    }
    if manifests.untold() > 0 {
        all.push(format!("  and {} more", manifests.untold()));
    }
    all
}

/// When the look was that a report was made from.
pub fn looked(report: &Report, now: Timestamp) -> String {
    format!("as of {}", when(report.last_pass.at, now))
}

/// What is wrong with where the manifests come from.
pub fn source(report: &Report, style: Style) -> Option<String> {
    let ready = report.source.conditions.iter().find(|condition| condition.kind == ConditionType::Ready)?;
    if ready.message.is_empty() {
        return None;
    }
    let kept = match &report.source.commit {
        Some(commit) => format!("; {} stays in force", commit.id),
        None => String::new(),
    };
    Some(format!("{} {}: {}{kept}", style.bad("source:"), ready.reason, clean(&ready.message)))
}
