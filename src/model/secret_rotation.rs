//! How Secrets Manager rotates a secret, in canonical form. Knows no function and no date: those are AWS's.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::arn::Arn;
use super::secret_cron::Cron;

/// Rotation as a manifest wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Turned off: `rotation: {}`.
    Off,
    /// Turned on.
    On(RotationSettings),
}

/// What RotateSecret is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationSettings {
    /// The Lambda function that rotates.
    pub lambda_arn: Arn,
    /// When.
    pub schedule: Schedule,
    /// For how long from then; absent: not managed.
    pub window: Option<Window>,
    /// Does a change of these settings rotate at once? No state: it is never compared.
    pub rotate_immediately: bool,
}

/// Rotation as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservedRotation {
    /// The settings of before stay visible where rotation was turned off.
    pub enabled: bool,
    /// The function; absent where another service rotates.
    #[serde(default)]
    pub lambda_arn: Option<Arn>,
    /// When.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// For how long from then.
    #[serde(default)]
    pub window: Option<Window>,
}

/// A schedule in one spelling: `rate(30 days)`, `cron(0 8 1 * ? *)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Schedule(String);

/// Hours between two rotations at least: API reference, RotationRulesType.
const FEWEST_HOURS: u32 = 4;
/// Secrets Manager user guide, schedule expressions.
const MOST_DAYS: u32 = 999;

impl Schedule {
    /// Reads a schedule that people wrote.
    ///
    /// # Errors
    /// What Secrets Manager would have against it, as far as its grammar says.
    pub fn parse(text: &str) -> Result<Self, BadSchedule> {
        let schedule = Self::stated(text);
        match schedule.rate() {
            Some((_, Unit::Hours)) if schedule.hours() < Some(FEWEST_HOURS) => return Err(BadSchedule::TooOften),
            Some((count, Unit::Days)) if count == 0 || count > MOST_DAYS => return Err(BadSchedule::Days),
            Some(_) => return Ok(schedule),
            None => {}
        }
        let nearest = schedule.cron().ok_or(BadSchedule::Form)??.nearest();
        if nearest.is_some_and(|hours| u32::from(hours) < FEWEST_HOURS) {
            return Err(BadSchedule::TooOften);
        }
        Ok(schedule)
    }

    /// Takes what AWS states, whatever it is.
    pub fn stated(text: &str) -> Self {
        let text = text.trim();
        let Some((function, fields)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else {
            return Self(text.to_owned());
        };
        let function = function.trim().to_ascii_lowercase();
        let fields: Vec<String> = fields.split_whitespace().map(str::to_ascii_uppercase).collect();
        match fields.as_slice() {
            [count, unit] if function == "rate" => match (count.parse(), unit.as_str()) {
                (Ok(count), "HOUR" | "HOURS") => Self::every(count, "hour"),
                (Ok(count), "DAY" | "DAYS") => Self::days(count),
                _ => Self(text.to_owned()),
            },
            _ => Self(format!("{function}({})", fields.join(" "))),
        }
    }

    /// What `AutomaticallyAfterDays` says.
    pub fn days(count: u32) -> Self {
        Self::every(count, "day")
    }

    fn every(count: u32, unit: &str) -> Self {
        Self(format!("rate({count} {unit}{})", if count == 1 { "" } else { "s" }))
    }

    /// The one spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Hours between two rotations, where that is said in hours.
    pub fn hours(&self) -> Option<u32> {
        self.rate().filter(|(_, unit)| *unit == Unit::Hours).map(|(count, _)| count)
    }

    fn cron(&self) -> Option<Result<Cron, BadSchedule>> {
        let fields = self.0.strip_prefix("cron(")?.strip_suffix(')')?;
        Some(Cron::parse(&fields.split(' ').collect::<Vec<_>>()))
    }

    fn rate(&self) -> Option<(u32, Unit)> {
        let (count, unit) = self.0.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
        let unit = match unit {
            "hour" | "hours" => Unit::Hours,
            "day" | "days" => Unit::Days,
            _ => return None,
        };
        Some((count.parse().ok()?, unit))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Hours,
    Days,
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::stated(&text))
    }
}

/// What is wrong with a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    /// Neither of the two functions.
    #[error("is `rate(30 days)`, `rate(12 hours)` or `cron(…)` with six fields")]
    Form,
    /// More often than Secrets Manager rotates.
    #[error("rotates every four hours at most")]
    TooOften,
    /// Not so many days.
    #[error("rotates every 1 to 999 days")]
    Days,
    /// Not every hour or not every year.
    #[error("starts on the hour and in every year: a `cron` begins with 0 and ends in *")]
    Cron,
    /// No hours.
    #[error("names hours from 0 to 23, the earlier ones first")]
    Hours,
    /// No months.
    #[error("names months from 1 to 12, or from JAN to DEC, the earlier ones first")]
    Months,
    /// No days of a month.
    #[error("names days of the month from 1 to 31, the earlier ones first, or `L` for the last")]
    DaysOfMonth,
    /// No days of a week.
    #[error("names days of the week from 1, which is Sunday, to 7, or from SUN to SAT, the earlier ones first")]
    Weekdays,
    /// Both fields of days, or neither.
    #[error("has `?` in exactly one of the two fields of days: the third, of the month, and the fifth, of the week")]
    TwoDays,
    /// As on a 31 February.
    #[error("names a day that its months do not have")]
    Never,
}

/// The length of a rotation window, in hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Window(u8);

impl Window {
    /// Reads `3h`; 1 to 24 hours.
    pub fn parse(text: &str) -> Option<Self> {
        let hours = text.strip_suffix('h')?.parse().ok()?;
        (1..=24).contains(&hours).then_some(Self(hours))
    }

    /// Does it end with its day, and before the next one begins?
    pub fn fits(self, schedule: &Schedule) -> bool {
        match schedule.cron() {
            Some(cron) => cron.is_ok_and(|cron| self.0 <= cron.longest_window()),
            None => schedule.hours().is_none_or(|hours| u32::from(self.0) <= hours),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}h", self.0)
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}

impl TryFrom<String> for Window {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text} is no window such as 3h"))
    }
}
