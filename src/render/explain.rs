//! One resource, explained: how it is, why, what to do, and what is in force. What holds it comes first.

use super::ago::when;
use super::counted::counted;
use super::of_kind;
use super::row::{Ink, Row};
use super::sheet::{Mark, Sheet};
use super::style::Style;
use crate::model::id::Commit;
use crate::model::time::Timestamp;
use crate::status::condition::ConditionType;
use crate::status::detail::{Applied, Detail};
use crate::status::detail_service::StoppedTasks;
use crate::status::history::Outcomes;
use crate::status::reason::Reason;
use crate::status::report::{Report, ResourceStatus};

/// The sheet on one resource.
pub fn explain(report: &Report, status: &ResourceStatus, now: Timestamp, style: Style) -> String {
    let mut sheet = Sheet::new(report, style);
    heading(&mut sheet, status);
    verdict(&mut sheet, status, now);
    sheet.gap();
    manifest(&mut sheet, status);
    match &status.detail {
        Some(Detail::Service(service)) => of_kind::service(&mut sheet, service, now),
        Some(Detail::Secret(secret)) => of_kind::secret(&mut sheet, secret, now),
        Some(Detail::ExecutionRole(role)) => of_kind::role(&mut sheet, role, now),
        Some(Detail::TaskDefinition(definition)) => of_kind::task_definition(&mut sheet, definition, now),
        None => sheet.say("in AWS", "nothing is known of it"),
    }
    needs(&mut sheet, status);
    history(&mut sheet, status, now);
    sheet.out
}

fn heading(sheet: &mut Sheet<'_>, status: &ResourceStatus) {
    let mark = Mark::of(status);
    let ink = mark.ink();
    let reason = status.ready().filter(|_| !status.is_ready()).map(|ready| format!(": {}", ready.reason));
    let row = Row::new(0, None).then(mark.sign(), ink).plain(" ").then(&status.resource.to_string(), Ink::Bold);
    let row = row.plain("  ").then(&format!("{}{}", mark.words(), reason.unwrap_or_default()), ink);
    sheet.row(&row);
}

/// Why it is so, where the cause lies, what to do about it, and until when it waits.
fn verdict(sheet: &mut Sheet<'_>, status: &ResourceStatus, now: Timestamp) {
    let Some(ready) = status.ready() else { return };
    let sentence = |text: &str, ink| Row::new(1, None).flush().then(text, ink);
    let root = status.root.as_ref().and_then(|root| sheet.report.find(root));
    let message = sheet.short(&ready.message);
    sheet.row(&sentence(&message, Ink::Plain));
    if !status.is_ready() {
        let own = status.root.is_none().then_some(status);
        let cause = root.or(own).and_then(ResourceStatus::ready);
        if let Some(root) = root {
            let reason = root.ready().map(|ready| ready.reason.as_str()).unwrap_or_default();
            sheet.say_in("root cause", &format!("{}, {reason}", root.resource), Ink::Bad);
        }
        let stopped = cause.filter(|cause| cause.reason == Reason::RolloutFailed).and_then(|_| stopped(status));
        if let Some(StoppedTasks { revision, cause, tasks, advice: _ }) = stopped {
            sheet.say_in("cause", &format!("{cause} ({} of {revision})", counted(*tasks, "task")), Ink::Bad);
        }
        let advice = stopped.and_then(|stopped| stopped.advice.as_deref()).or(cause.map(|cause| cause.reason.advice()));
        if let Some(advice) = advice.filter(|advice| !advice.is_empty()) {
            sheet.say_in("what to do", advice, Ink::Calm);
        }
        if let Some(until) = status.until {
            sheet.say("goes on", &when(until, now));
        }
    }
    for kind in [ConditionType::Drifted, ConditionType::Suspended] {
        if let Some(condition) = status.condition(kind).filter(|condition| condition.message != ready.message) {
            sheet.say(&kind.to_string().to_lowercase(), &condition.message);
        }
    }
    let waiting: Vec<String> = sheet
        .report
        .resources
        .iter()
        .filter(|other| other.root.as_ref() == Some(&status.resource))
        .map(|other| other.resource.to_string())
        .collect();
    if !waiting.is_empty() {
        sheet.say("wait for it", &waiting.join(", "));
    }
}

/// Of what most tasks of a service stopped that are not of the revision in force.
fn stopped(status: &ResourceStatus) -> Option<&StoppedTasks> {
    let Some(Detail::Service(service)) = &status.detail else { return None };
    service.stopped.iter().find(|stopped| stopped.revision != service.revision)
}

fn manifest(sheet: &mut Sheet<'_>, status: &ResourceStatus) {
    if let Some(at) = &status.at {
        sheet.say("manifest", at);
    }
    if let Some(commit) = &status.observed_revision {
        let about = sheet.report.source.commit.as_ref().filter(|about| about.id == *commit);
        let about = about.map(|about| format!(" by {}: {}", about.author, about.subject)).unwrap_or_default();
        sheet.say("commit", &format!("{}{about}", brief(commit)));
    }
}

/// Everything that it needs, directly or not, and how that is.
fn needs(sheet: &mut Sheet<'_>, status: &ResourceStatus) {
    let all = sheet.report.with_needs(&status.needs);
    let words: Vec<String> = all
        .into_iter()
        .rev()
        .map(|id| match sheet.report.find(id) {
            Some(status) => format!("{} {id}", Mark::of(status).sign()),
            None => format!("✗ {id} (there is no manifest of it)"),
        })
        .collect();
    if !words.is_empty() {
        sheet.say("needs", &words.join(", "));
    }
}

/// What was done to it, newest first.
fn history(sheet: &mut Sheet<'_>, status: &ResourceStatus, now: Timestamp) {
    for change in &status.history {
        let times = if change.times > 1 { format!(", {} times", change.times) } else { String::new() };
        let secrets =
            if change.secrets.is_empty() { String::new() } else { format!(" of {}", change.secrets.join(", ")) };
        let commit = change.commit.as_ref().map(|commit| format!(", commit {}", brief(commit))).unwrap_or_default();
        let (word, ink) = match change.result {
            Outcomes::Done => ("done", Ink::Plain),
            Outcomes::Failed => ("failed", Ink::Bad),
        };
        let message = change.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        let (at, step, why) = (when(change.at, now), &change.step, change.why);
        sheet.say_in("history", &format!("{at}  {step} {word}{times}, {why}{secrets}{commit}{message}"), ink);
    }
}

/// evenkeel's last change of it.
pub(super) fn applied(sheet: &mut Sheet<'_>, applied: Option<&Applied>, now: Timestamp) {
    if let Some(applied) = applied {
        sheet.say("applied", &done_at(applied, now));
    }
}

/// When it was, and what from.
pub(super) fn done_at(applied: &Applied, now: Timestamp) -> String {
    let Applied { at, commit } = applied;
    let commit = commit.as_ref().map(|commit| format!(", from commit {}", brief(commit))).unwrap_or_default();
    format!("{}{commit}", when(*at, now))
}

/// Seven characters tell commits apart.
fn brief(commit: &Commit) -> &str {
    let text = commit.as_str();
    if text.len() >= 40 { text.get(..7).unwrap_or(text) } else { text }
}
