//! Rollouts as they go: a line for everything that happens, a table that is drawn again and again, and how it ended.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::asked::asked_for;
use super::counted::counted;
use super::row::{Ink, Row, clean, columns};
use super::sheet::shortened_to;
use super::style::Style;
use super::told::rows;
use super::value::first;
use crate::model::arn::Scope;
use crate::model::cause::Cause;
use crate::model::desired::Desired;
use crate::model::id::Name;
use crate::model::time::Timestamp;
use crate::status::rollout::{Event, KeptBack, Rollout, State};

/// Columns of the bar.
const BAR: usize = 8;

/// Columns of a row that neither a name nor a revision nor counts take: what is between them, the state, the bar, and one
/// that stays free.
const ROOM_OF_THE_REST: usize = 6 + 13 + (BAR + 3) + 1;

/// A name or a revision of fewer columns is none.
const SHORTEST: usize = 6;

/// Tasks that are named, of each service.
const TASKS: usize = 4;

/// A text narrower than this is none.
const NARROWEST: usize = 24;

/// The longest cause that is shown whole.
const LONGEST: usize = 400;

/// The lines for something that happened. No control characters but colours, if there may be any.
pub fn happening(name: &Name, rollout: &Rollout, event: &Event, now: Timestamp, style: Style) -> Vec<String> {
    let (word, ink) = match event {
        Event::Superseded(_) => ("superseded", Ink::Warn),
        Event::TaskStopped(..) => ("task stopped", Ink::Bad),
        Event::Progress | Event::Entered => state(rollout),
    };
    let what = match event {
        Event::Superseded(before) => format!("{before} was superseded by {} before it was over", rollout.to),
        Event::TaskStopped(task, cause) => format!("{} task {}: {cause}", rollout.to, brief(task)),
        Event::Progress | Event::Entered => sentence(rollout, now),
    };
    let begin = format!("{word:<13}");
    let whose = format!("  {:<24} ", format!("Service/{name}"));
    let hang = columns(&begin) + columns(&whose);
    // Where hardly any room is left beside the name, it goes on below it.
    let hang = if style.width.saturating_sub(hang) < NARROWEST { columns(&begin) + 2 } else { hang };
    rows(&Row { hang, ..Row::new(1, None) }.then(&begin, ink).plain(&whose).plain(&what), style)
}

/// How a rollout ended that did not end well, in a few lines: what, why, who asked for what is not there, and what can be done.
pub fn ending(
    name: &Name,
    rollout: &Rollout,
    desired: &Desired,
    scope: &Scope,
    now: Timestamp,
    style: Style,
) -> Vec<String> {
    let mut lines = Vec::new();
    if !rollout.state.is_failure() && !matches!(rollout.state, State::Unreadable(_)) {
        return lines;
    }
    let mut say = |label: &str, ink: Ink, text: &str| {
        lines.extend(rows(&Row { hang: 2, ..Row::new(0, None) }.then(label, ink).plain(&format!(" {text}")), style));
    };
    say("failed:", Ink::Bad, &format!("Service/{name}: {}", sentence(rollout, now)));
    let Some((cause, count)) = rollout.cause() else {
        if let Some(lacks) = &rollout.lacks {
            let words = clean(lacks.trim_end_matches('.'));
            say("cause:", Ink::Bad, &format!("ECS says: {}", shortened_to(&words, LONGEST, scope, style)));
        } else if rollout.state == State::RolledBack {
            match rollout.reason.as_deref().map(|reason| clean(reason.trim_end_matches('.'))) {
                Some(reason) => {
                    let reason = shortened_to(&reason, LONGEST, scope, style);
                    say("cause:", Ink::Bad, &format!("ECS says: {reason}"));
                }
                None => say("cause:", Ink::Warn, "ECS says of no stopped task why"),
            }
        }
        return lines;
    };
    let times = if count > 1 { format!(" ({count} tasks)") } else { String::new() };
    say("cause:", Ink::Bad, &format!("{}{times}", shortened(cause, scope, style)));
    for asked in asked_for(desired, name, cause) {
        say("asked for:", Ink::Bad, &shortened_to(&asked, LONGEST, scope, style));
    }
    for (other, count) in rollout.causes.iter().filter(|(other, _)| *other != cause) {
        let times = if *count > 1 { format!(" ({count} tasks)") } else { String::new() };
        say("also:", Ink::Warn, &format!("{}{times}", shortened(other, scope, style)));
    }
    if let Some(advice) = cause.advice() {
        say("help:", Ink::Calm, advice);
    }
    lines
}

/// The table, in at most so many lines, none of them wider than the style says.
pub fn frame(rollouts: &BTreeMap<Name, Rollout>, now: Timestamp, style: Style, height: usize) -> Vec<String> {
    let over = rollouts.values().filter(|rollout| rollout.state.is_over() && !rollout.is_kept_back()).count();
    let mut rows: Vec<Vec<(String, Ink)>> = Vec::new();
    let [named, revisions] = widths(rollouts, style.width);
    // Those under way first: they are what is looked at. Then those that failed, and those that wait.
    let mut order: Vec<(&Name, &Rollout)> = rollouts.iter().collect();
    order.sort_by_key(|(_, rollout)| (rollout.state.is_over(), !rollout.state.is_failure(), !rollout.is_kept_back()));
    for (name, rollout) in order {
        let (word, ink) = state(rollout);
        // The counts were those of the last look that found it.
        let is_gone = rollout.state == State::Gone;
        let counts = format!("{} {}", bar(rollout), numbers(rollout, rollout.causes.is_empty()));
        rows.push(vec![
            (format!("  {}  ", filled(name.as_str(), named)), Ink::Bold),
            (format!("{}  ", filled(&rollout.to, revisions)), Ink::Plain),
            (format!("{word:<12} "), ink),
            (if is_gone { String::new() } else { counts }, Ink::Plain),
        ]);
        if !rollout.tasks.is_empty() {
            rows.push(vec![(format!("      {}", tasks(rollout)), Ink::Dim)]);
        }
        if let Some((cause, count)) = rollout.cause() {
            let text = format!("      {} stopped: {}", counted(count, "task"), clean(&cause.to_string()));
            rows.push(vec![(text, Ink::Bad)]);
        } else if let Some(lacks) = rollout.lacks.as_ref().filter(|_| !rollout.state.is_over()) {
            rows.push(vec![(format!("      ECS says: {}", clean(lacks)), Ink::Warn)]);
        }
    }
    // Beside the head, the cursor has a line of its own: were there none left for it, each drawing would scroll.
    let room = height.saturating_sub(2).max(1);
    if rows.len() > room {
        let hidden = rows.len() - (room - 1);
        rows.truncate(room - 1);
        rows.push(vec![(format!("  … {hidden} more lines"), Ink::Dim)]);
    }
    // What was over before anyone looked took none of this time.
    let moved = rollouts.values().filter(|rollout| rollout.state != State::Settled && !rollout.was_unseen());
    let began = moved.filter_map(|rollout| rollout.began).min();
    let taken = began.map(|began| format!(", {}", time(now.since(began)))).unwrap_or_default();
    let head = format!("rollouts: {over} of {} over{taken}", rollouts.len());
    rows.insert(0, vec![(head, Ink::Bold)]);
    rows.into_iter().map(|row| within(row, style)).collect()
}

/// The columns of the names and of the revisions: as many as the longest need, or what the state and the counts leave.
fn widths(rollouts: &BTreeMap<Name, Rollout>, width: usize) -> [usize; 2] {
    let longest = |of: &dyn Fn(&Name, &Rollout) -> usize| rollouts.iter().map(|(name, one)| of(name, one)).max();
    let named = longest(&|name, _| columns(name.as_str())).unwrap_or(0);
    let revisions = longest(&|_, rollout| columns(&rollout.to)).unwrap_or(0);
    let counts = longest(&|_, rollout| columns(&numbers(rollout, rollout.causes.is_empty()))).unwrap_or(0);
    let taken = ROOM_OF_THE_REST + counts;
    let left = width.saturating_sub(taken).max(2 * SHORTEST);
    // Where one needs less than its half, the other has the rest.
    let name = named.min((left / 2).max(left.saturating_sub(revisions)));
    [name, revisions.min(left - name)]
}

/// A text in so many columns; what is too long loses its middle, as its end tells as much as its beginning.
fn filled(text: &str, width: usize) -> String {
    let text = if columns(text) > width {
        let end: String = first(text.chars().rev(), width.saturating_sub(1).div_ceil(2)).chars().rev().collect();
        first(text.chars(), width.saturating_sub(1) - columns(&end)) + "…" + &end
    } else {
        text.to_owned()
    };
    format!("{text:<width$}")
}

/// A row that is cut where the terminal ends: one that went on in the next line could not be drawn over.
fn within(row: Vec<(String, Ink)>, style: Style) -> String {
    let mut room = style.width.saturating_sub(1);
    let mut out = String::new();
    for (text, ink) in row {
        let text = if columns(&text) > room { first(text.chars(), room.saturating_sub(1)) + "…" } else { text };
        if room == 0 {
            break;
        }
        room = room.saturating_sub(columns(&text));
        let end = text.trim_end().len();
        out.push_str(&style.ink(&text[..end], ink));
        out.push_str(&text[end..]);
    }
    out.trim_end().to_owned()
}

fn state(rollout: &Rollout) -> (&'static str, Ink) {
    match &rollout.state {
        State::Unseen => ("", Ink::Plain),
        State::Settled => match rollout.kept_back {
            Some(KeptBack::Waits) => ("waiting", Ink::Warn),
            Some(KeptBack::Held) => ("held", Ink::Warn),
            // Of a service that was not there nothing is in force.
            None if rollout.to.is_empty() => ("not there", Ink::Warn),
            None => ("in force", Ink::Good),
        },
        State::Rolling => ("rolling out", Ink::Warn),
        State::RollingBack => ("rolling back", Ink::Bad),
        State::Completed => ("completed", Ink::Good),
        State::RolledBack => ("rolled back", Ink::Bad),
        State::Failed(_) => ("failed", Ink::Bad),
        State::Overdue => ("overdue", Ink::Bad),
        State::Gone => ("gone", Ink::Bad),
        State::Unreadable(_) => ("unreadable", Ink::Bad),
    }
}

fn sentence(rollout: &Rollout, now: Timestamp) -> String {
    let Rollout { to, instead, began, ended, .. } = rollout;
    // Of what was over before anyone looked, nobody may know how long it took.
    let until = ended.or_else(|| (!rollout.state.is_over()).then_some(now));
    let taken =
        began.zip(until).map(|(began, until)| format!(" after {}", time(until.since(began)))).unwrap_or_default();
    let instead = instead.as_deref().unwrap_or("the revision before");
    match &rollout.state {
        State::Unseen => String::new(),
        State::Settled | State::Rolling => format!("{to} {}", numbers(rollout, true)),
        State::RollingBack => format!("{to} failed, and ECS goes back to {instead}"),
        State::Completed => format!("{to} {}{taken}", numbers(rollout, true)),
        State::RolledBack => format!("{to} was rolled back to {instead}{taken}"),
        State::Failed(words) => format!("{to} failed{taken}: {words}"),
        State::Overdue if rollout.is_on_its_way_back() => {
            format!("{to} failed, and ECS is still going back to {instead}{taken}")
        }
        State::Overdue => format!("{to} is still going on{taken}: {}", numbers(rollout, true)),
        State::Gone => "the service is not there any more, or is being deleted".to_owned(),
        State::Unreadable(why) => format!("it cannot be followed: {why}"),
    }
}

/// How many tasks are where; those that failed may stand elsewhere.
fn numbers(rollout: &Rollout, with_failed: bool) -> String {
    let Rollout { desired, running, pending, failed, .. } = rollout;
    let mut text = format!("{running}/{desired} running");
    for (count, word, is_shown) in [(pending, "starting", true), (failed, "failed", with_failed)] {
        if *count > 0 && is_shown {
            let _ = write!(text, ", {count} {word}");
        }
    }
    text
}

fn bar(rollout: &Rollout) -> String {
    let part = |count: i64| usize::try_from(count.max(0)).unwrap_or(0) * BAR;
    let all = usize::try_from(rollout.desired.max(1)).unwrap_or(1);
    let done = (part(rollout.running) / all).min(BAR);
    let coming = (part(rollout.pending) / all).min(BAR - done);
    format!("[{}{}{}]", "#".repeat(done), "-".repeat(coming), " ".repeat(BAR - done - coming))
}

fn tasks(rollout: &Rollout) -> String {
    let one = |task: &crate::model::task::Task| {
        let health = task.health.as_deref().filter(|health| *health != "UNKNOWN").map(|health| format!(" {health}"));
        format!("{} {}{}", brief(task.id()), task.status, health.unwrap_or_default())
    };
    let named: Vec<String> = rollout.tasks.iter().take(TASKS).map(one).collect();
    let more = rollout.tasks.len().saturating_sub(TASKS);
    clean(&(named.join("  ") + &if more > 0 { format!("  and {more} more") } else { String::new() }))
}

/// The beginning of a task's id tells it from its neighbours.
fn brief(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

fn shortened(cause: &Cause, scope: &Scope, style: Style) -> String {
    shortened_to(&cause.to_string(), LONGEST, scope, style)
}

/// A time as people say it.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds}s"),
        (hours, minutes, _) => format!("{hours}h {minutes}m"),
    }
}
