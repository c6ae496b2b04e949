//! `cron(Minutes Hours Day-of-month Month Day-of-week Year)`, as rotation schedules have it, in UTC.
//!
//! Minutes are 0 and the year is `*`: windows open on the hour, and in every year. What a window is, is not known here.
//!
//! Ledger: S96.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::sandbox::clock::Millis;

/// A schedule, as the sets that its fields stand for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cron {
    hours: BTreeSet<u8>,
    months: BTreeSet<u8>,
    days: Days,
}

/// One of the two fields of days is `?`.
#[derive(Debug, PartialEq, Eq)]
enum Days {
    OfMonth(BTreeSet<u8>),
    LastOfMonth,
    /// Sunday is 1.
    OfWeek(BTreeSet<u8>),
    /// A weekday, and the how many-th of the month it is; none is the last.
    Nth(u8, Option<u8>),
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// From one 29 February to the next it can be eight years.
const FARTHEST: i32 = 8 * 366 + 1;

impl Cron {
    /// Reads an expression; `None` where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.strip_prefix("cron(")?.strip_suffix(')')?.split(' ').collect();
        let ["0", hours, of_month, months, of_week, "*"] = fields.as_slice() else { return None };
        let days = match (*of_month, *of_week) {
            ("?", of_week) if of_week != "?" => Days::of_week(of_week)?,
            ("L", "?") => Days::LastOfMonth,
            (last, "?") if last.ends_with('L') => Days::of_week(last)?,
            (of_month, "?") if of_month != "?" => Days::OfMonth(set(of_month, &(1..=31), &[])?),
            _ => return None,
        };
        Some(Self { hours: set(hours, &(0..=23), &[])?, months: set(months, &(1..=12), &MONTHS)?, days })
    }

    /// The next time that it names, later than `after`; `None` where there is none, as on a 31 February.
    pub(super) fn next(&self, after: Millis) -> Option<Millis> {
        let from = jiff::Timestamp::from_millisecond(after.0).ok()?.to_zoned(TimeZone::UTC);
        (0..FARTHEST).filter_map(|ahead| from.date().checked_add(ahead.days()).ok()).find_map(|date| {
            let names = self.months.contains(&u8::try_from(date.month()).ok()?) && self.days.name(date);
            let hours = self.hours.iter().filter(|_| names);
            hours.filter_map(|hour| instant(date, *hour)).find(|at| *at > after)
        })
    }

    /// Does it name more than one hour of a day? Then it is a schedule in hours.
    pub(super) fn is_in_hours(&self) -> bool {
        self.hours.len() > 1
    }

    /// The hours of a day from each window to the next of that day.
    pub(super) fn gaps(&self) -> impl Iterator<Item = u8> {
        self.hours.iter().zip(self.hours.iter().skip(1)).map(|(one, next)| next - one)
    }

    /// The latest hour at which a window opens.
    pub(super) fn last_hour(&self) -> u8 {
        self.hours.last().copied().unwrap_or_default()
    }
}

impl Days {
    fn of_week(field: &str) -> Option<Self> {
        if let Some((day, nth)) = field.split_once('#') {
            let nth: u8 = nth.parse().ok().filter(|nth| (1..=5).contains(nth))?;
            return Some(Self::Nth(number(day, &(1..=7), &WEEKDAYS)?, Some(nth)));
        }
        match field.strip_suffix('L') {
            // The last day of a week is Saturday.
            Some("") => Some(Self::OfWeek(BTreeSet::from([7]))),
            Some(day) => Some(Self::Nth(number(day, &(1..=7), &WEEKDAYS)?, None)),
            None => set(field, &(1..=7), &WEEKDAYS).map(Self::OfWeek),
        }
    }

    fn name(&self, date: Date) -> bool {
        let (day, last) = (date.day(), date.days_in_month());
        let weekday = date.weekday().to_sunday_one_offset();
        let is = |wanted: &u8| i8::try_from(*wanted).is_ok_and(|wanted| wanted == weekday);
        match self {
            Self::OfMonth(days) => days.iter().any(|wanted| i8::try_from(*wanted).is_ok_and(|wanted| wanted == day)),
            Self::LastOfMonth => day == last,
            Self::OfWeek(days) => days.iter().any(is),
            Self::Nth(wanted, None) => is(wanted) && day + 7 > last,
            Self::Nth(wanted, Some(nth)) => is(wanted) && i8::try_from(*nth).is_ok_and(|nth| (day - 1) / 7 + 1 == nth),
        }
    }
}

/// `*`, `1,15`, `MON-FRI`, `8/8`, `*/6`, `/8`.
fn set(field: &str, range: &RangeInclusive<u8>, names: &[&str]) -> Option<BTreeSet<u8>> {
    let mut found = BTreeSet::new();
    for part in field.split(',') {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, Some(step.parse::<u8>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match span.split_once('-') {
            Some((from, to)) => (number(from, range, names)?, number(to, range, names)?),
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
    let place = names.iter().position(|name| name.eq_ignore_ascii_case(text));
    let number = match place {
        Some(place) => *range.start() + u8::try_from(place).ok()?,
        None => text.parse().ok()?,
    };
    range.contains(&number).then_some(number)
}

fn instant(date: Date, hour: u8) -> Option<Millis> {
    let at = date.at(i8::try_from(hour).ok()?, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?;
    Some(Millis(at.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01 is a Thursday.
    fn at(text: &str) -> Millis {
        Millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn the_next_time_is_the_first_that_the_fields_name() {
        for (fields, after, next) in [
            ("0 8 * * ? *", "2026-01-01T07:59:59Z", "2026-01-01T08:00:00Z"),
            ("0 8 * * ? *", "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z"),
            ("0 8/8 * * ? *", "2026-01-01T08:00:00Z", "2026-01-01T16:00:00Z"),
            ("0 8/8 * * ? *", "2026-01-01T16:00:00Z", "2026-01-02T08:00:00Z"),
            ("0 */6 * * ? *", "2026-01-01T18:00:00Z", "2026-01-02T00:00:00Z"),
            ("0 8 1 * ? *", "2026-01-01T08:00:00Z", "2026-02-01T08:00:00Z"),
            ("0 8 1/7 * ? *", "2026-01-02T00:00:00Z", "2026-01-08T08:00:00Z"),
            ("0 0 1 */3 ? *", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
            ("0 0 15 JAN,JUL ? *", "2026-02-01T00:00:00Z", "2026-07-15T00:00:00Z"),
            ("0 16 L * ? *", "2026-02-01T00:00:00Z", "2026-02-28T16:00:00Z"),
            ("0 0 ? * SUN#1 *", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
            ("0 0 ? * 1#1 *", "2026-01-04T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("0 0 ? * 5L *", "2026-01-01T00:00:00Z", "2026-01-29T00:00:00Z"),
            ("0 0 SUNL * ? *", "2026-01-01T00:00:00Z", "2026-01-25T00:00:00Z"),
            ("0 /8 * * ? *", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00Z"),
            ("0 0 /10 * ? *", "2026-01-02T00:00:00Z", "2026-01-11T00:00:00Z"),
            ("0 0 1 /3 ? *", "2026-01-02T00:00:00Z", "2026-04-01T00:00:00Z"),
            ("0 0 ? * L *", "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"),
            ("0 9 ? * MON-FRI *", "2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z"),
            ("0 0 29 2 ? *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ] {
            let cron = Cron::parse(&format!("cron({fields})")).unwrap_or_else(|| panic!("{fields}"));
            assert_eq!(cron.next(at(after)), Some(at(next)), "{fields} after {after}");
        }
        assert_eq!(Cron::parse("cron(0 0 31 2 ? *)").unwrap().next(at("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn what_is_no_schedule_is_not_read() {
        for fields in [
            "30 8 * * ? *",
            "0 8 * * ? 2027",
            "0 24 * * ? *",
            "0 8 * * * *",
            "0 8 ? * ? *",
            "0 8 32 * ? *",
            "0 8 0 * ? *",
            "0 8 * 13 ? *",
            "0 8 * MAI ? *",
            "0 8 ? * 8 *",
            "0 8 ? * SUN#6 *",
            "0 8 5-1 * ? *",
            "0 8/0 * * ? *",
            "0 8, * * ? *",
            "0  8 * * ? *",
            "0 8 15W * ? *",
            "0 8 * * ?",
            "",
        ] {
            assert_eq!(Cron::parse(&format!("cron({fields})")), None, "{fields}");
        }
        assert_eq!(Cron::parse("rate(1 day)"), None);
    }
}
