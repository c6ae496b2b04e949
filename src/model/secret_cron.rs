//! `cron(Minutes Hours Day-of-month Month Day-of-week Year)` as Secrets Manager takes it for a rotation. Knows no date: what a
//! schedule names, not when that is.
//!
//! Source: S96 in `docs/aws-behaviour.md`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::secret_rotation::BadSchedule;

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const HOURS_OF_DAY: u8 = 24;

/// The hours of a day at which windows open.
#[derive(Debug)]
pub(super) struct Cron(BTreeSet<u8>);

impl Cron {
    /// Reads the six fields.
    pub(super) fn parse(fields: &[&str]) -> Result<Self, BadSchedule> {
        let [minutes, hours, of_month, months, of_week, year] = fields else { return Err(BadSchedule::Form) };
        if *minutes != "0" || *year != "*" {
            return Err(BadSchedule::Cron);
        }
        let hours = set(hours, &(0..=HOURS_OF_DAY - 1), &[]).ok_or(BadSchedule::Hours)?;
        let months = set(months, &(1..=12), &MONTHS).ok_or(BadSchedule::Months)?;
        match (*of_month, *of_week) {
            ("?", "?") => return Err(BadSchedule::TwoDays),
            ("?", of_week) => weekdays(of_week).ok_or(BadSchedule::Weekdays)?,
            ("L", "?") => {}
            // As SUNL, the last Sunday of a month.
            (last, "?") if last.ends_with('L') => weekdays(last).ok_or(BadSchedule::DaysOfMonth)?,
            (of_month, "?") => {
                let days = set(of_month, &(1..=31), &[]).ok_or(BadSchedule::DaysOfMonth)?;
                if !days.first().is_some_and(|first| months.iter().any(|month| *first <= longest(*month))) {
                    return Err(BadSchedule::Never);
                }
            }
            _ => return Err(BadSchedule::TwoDays),
        }
        Ok(Self(hours))
    }

    /// Hours from a window to the next one of the same day, where that is nearest; none where a day has one window.
    pub(super) fn nearest(&self) -> Option<u8> {
        self.0.iter().zip(self.0.iter().skip(1)).map(|(one, next)| next - one).min()
    }

    /// The hours that a window may have: it ends with its day, and before the next one opens.
    pub(super) fn longest_window(&self) -> u8 {
        let rest_of_day = HOURS_OF_DAY - self.0.last().copied().unwrap_or_default();
        self.nearest().map_or(rest_of_day, |hours| hours.min(rest_of_day))
    }
}

/// In a leap year.
fn longest(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `MON-FRI`, `SUN#1`, `5L`, `L`.
fn weekdays(field: &str) -> Option<()> {
    let day = |text| number(text, &(1..=7), &WEEKDAYS);
    if let Some((text, nth)) = field.split_once('#') {
        let nth = number(nth, &(1..=5), &[]);
        return day(text).and(nth).map(|_| ());
    }
    match field.strip_suffix('L') {
        Some("") => Some(()),
        Some(text) => day(text).map(|_| ()),
        None => set(field, &(1..=7), &WEEKDAYS).map(|_| ()),
    }
}

/// `*`, `1,15`, `MON-FRI`, `8/8`, `*/6`, `/8`.
fn set(field: &str, range: &RangeInclusive<u8>, names: &[&str]) -> Option<BTreeSet<u8>> {
    let mut found = BTreeSet::new();
    for part in field.split(',') {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, Some(number(step, &(1..=u8::MAX), &[])?)),
            None => (part, None),
        };
        let (from, to) = match span.split_once('-') {
            Some((from, to)) => (number(from, range, names)?, number(to, range, names)?),
            // `/8` is `*/8`.
            None if span == "*" || (span.is_empty() && step.is_some()) => (*range.start(), *range.end()),
            None => {
                let from = number(span, range, names)?;
                (from, if step.is_some() { *range.end() } else { from })
            }
        };
        if from > to {
            return None;
        }
        found.extend((from..=to).step_by(usize::from(step.unwrap_or(1))));
    }
    Some(found)
}

/// A number of the range, or a name, which stands for its place.
fn number(text: &str, range: &RangeInclusive<u8>, names: &[&str]) -> Option<u8> {
    let number = match names.iter().position(|name| *name == text) {
        Some(place) => range.start().checked_add(u8::try_from(place).ok()?)?,
        None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
        None => return None,
    };
    range.contains(&number).then_some(number)
}
