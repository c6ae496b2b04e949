//! When a secret is rotated: a number of days, `rate(…)` or `cron(…)`, and the window.
//!
//! Ledger: S35, S96, S97.

use std::time::Duration;

use super::cron::Cron;
use super::fault;
use super::rotation::Rules;
use crate::sandbox::clock::Millis;
use crate::sandbox::wire::AwsError;

/// When a rotation can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) opens: Millis,
    /// What `NextRotationDate` states: the latest moment.
    pub(super) closes: Millis,
}

/// Rules, read.
enum Schedule {
    Rate(u32, Unit),
    Cron(Cron),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Hours,
    Days,
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// From a day's begin to its last second, in which AWS lets a window end that has no length of its own.
const UNTIL_LAST_SECOND: Duration = Duration::from_secs(24 * 60 * 60 - 1);
/// Secrets Manager user guide, schedule expressions.
const FEWEST_HOURS: u32 = 4;
const MOST_DAYS: u32 = 999;

/// What Secrets Manager has against rules.
pub(super) fn check(rules: &Rules) -> Result<(), AwsError> {
    let wrong = |why: &str| Err(fault::invalid_parameter(why));
    if rules.automatically_after_days.is_some() && rules.schedule_expression.is_some() {
        return wrong("You can't specify both AutomaticallyAfterDays and ScheduleExpression.");
    }
    if rules.schedule_expression.is_some() && schedule(rules).is_none() {
        return wrong("Invalid ScheduleExpression.");
    }
    // How long a window may be at the most, so that it ends with its day and before the next one opens.
    let longest = match schedule(rules) {
        Some(Schedule::Rate(count, Unit::Hours)) if count < FEWEST_HOURS => {
            return wrong("The rotation rate must be at least 4 hours.");
        }
        Some(Schedule::Rate(count, Unit::Hours)) => count.min(24),
        Some(Schedule::Rate(count, Unit::Days))
            if rules.schedule_expression.is_some() && !(1..=MOST_DAYS).contains(&count) =>
        {
            return wrong("Invalid ScheduleExpression.");
        }
        Some(Schedule::Rate(_, Unit::Days)) | None => 24,
        Some(Schedule::Cron(cron)) => {
            if cron.gaps().any(|gap| u32::from(gap) < FEWEST_HOURS) {
                return wrong("The rotation rate must be at least 4 hours.");
            }
            if cron.next(Millis(0)).is_none() {
                return wrong("Invalid ScheduleExpression.");
            }
            u32::from(cron.gaps().chain([24 - cron.last_hour()]).min().unwrap_or(24))
        }
    };
    if hours_of(rules).is_some_and(|hours| hours == 0 || hours > longest) {
        return wrong("The rotation window must not extend into the next one.");
    }
    Ok(())
}

/// The next window after a rotation at `now`.
///
/// A rate counts from then to the minute, and has no window here ([S45]); AWS opens one at midnight.
pub(super) fn next_window(rules: &Rules, now: Millis) -> Option<Window> {
    match schedule(rules)? {
        Schedule::Rate(..) => every(rules).map(|period| Window { opens: now + period, closes: now + period }),
        Schedule::Cron(cron) => {
            let opens = cron.next(now)?;
            let closes = match hours_of(rules) {
                Some(hours) => opens + HOUR * hours,
                None if cron.is_in_hours() => opens + HOUR,
                None => opens.start_of_day() + UNTIL_LAST_SECOND,
            };
            Some(Window { opens, closes })
        }
    }
}

/// `AutomaticallyAfterDays` beside an expression, which states it though nobody has set it.
pub(super) fn days(rules: &Rules) -> Option<u32> {
    let hours = every(rules)?.as_secs() / HOUR.as_secs();
    u32::try_from(hours.div_ceil(24)).ok()
}

/// How long from one rotation to the next, where that is always the same.
fn every(rules: &Rules) -> Option<Duration> {
    match schedule(rules)? {
        Schedule::Rate(count, Unit::Hours) => Some(HOUR * count),
        Schedule::Rate(count, Unit::Days) => Some(DAY * count),
        Schedule::Cron(_) => None,
    }
}

fn schedule(rules: &Rules) -> Option<Schedule> {
    match (&rules.schedule_expression, rules.automatically_after_days) {
        (Some(text), _) => rate(text).or_else(|| Cron::parse(text).map(Schedule::Cron)),
        (None, days) => Some(Schedule::Rate(days?, Unit::Days)),
    }
}

fn rate(text: &str) -> Option<Schedule> {
    let (count, unit) = text.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let unit = match unit {
        "hour" | "hours" => Unit::Hours,
        "day" | "days" => Unit::Days,
        _ => return None,
    };
    Some(Schedule::Rate(count.parse().ok()?, unit))
}

/// The window's own length.
fn hours_of(rules: &Rules) -> Option<u32> {
    rules.duration.as_ref().and_then(|text| text.strip_suffix('h')?.parse().ok())
}
