//! Values of conditions against each other: texts, numbers, instants, addresses.
//!
//! Ledger: I13, I71, I72.

use std::cmp::Ordering;

use super::glob::{covers, covers_arn};
use crate::sandbox::cidr::Block;

/// How a context value is held against a policy value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Equals,
    EqualsIgnoringCase,
    Like,
    Arn,
    Bool,
    Number(Relation),
    Date(Relation),
    Address,
}

/// How the value of the request stands to that of the policy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Test {
    /// The comparison behind an operator, and whether its outcome is turned round; `None` where the sandbox has none.
    pub(super) fn of(bare: &str) -> Option<(Self, bool)> {
        if let Some((relation, negated)) = bare.strip_prefix("Numeric").and_then(Relation::of) {
            return Some((Self::Number(relation), negated));
        }
        if let Some((relation, negated)) = bare.strip_prefix("Date").and_then(Relation::of) {
            return Some((Self::Date(relation), negated));
        }
        Some(match bare {
            "StringEquals" => (Self::Equals, false),
            "StringNotEquals" => (Self::Equals, true),
            "StringEqualsIgnoreCase" => (Self::EqualsIgnoringCase, false),
            "StringNotEqualsIgnoreCase" => (Self::EqualsIgnoringCase, true),
            "StringLike" => (Self::Like, false),
            "StringNotLike" => (Self::Like, true),
            "ArnEquals" | "ArnLike" => (Self::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Self::Arn, true),
            "Bool" => (Self::Bool, false),
            "IpAddress" => (Self::Address, false),
            "NotIpAddress" => (Self::Address, true),
            _ => return None,
        })
    }

    /// `None` where one of the two is not what the operator compares.
    pub(super) fn passes(self, wanted: &str, value: &str) -> Option<bool> {
        Some(match self {
            Self::Equals => wanted == value,
            Self::EqualsIgnoringCase | Self::Bool => wanted.eq_ignore_ascii_case(value),
            Self::Like => covers(wanted, value),
            Self::Arn => covers_arn(wanted, value),
            Self::Number(relation) => relation.holds(number(value)?.partial_cmp(&number(wanted)?)?),
            Self::Date(relation) => relation.holds(instant(value)?.cmp(&instant(wanted)?)),
            Self::Address => Block::parse(wanted)?.contains(value.parse().ok()?),
        })
    }
}

impl Relation {
    fn of(name: &str) -> Option<(Self, bool)> {
        Some(match name {
            "Equals" => (Self::Equal, false),
            "NotEquals" => (Self::Equal, true),
            "LessThan" => (Self::Less, false),
            "LessThanEquals" => (Self::LessOrEqual, false),
            "GreaterThan" => (Self::Greater, false),
            "GreaterThanEquals" => (Self::GreaterOrEqual, false),
            _ => return None,
        })
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

fn number(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    text.parse().ok().filter(|_| is_number)
}

/// Seconds since the epoch, or a date of ISO 8601 as the W3C profiles it: a year, a month, a day, or a moment.
fn instant(text: &str) -> Option<jiff::Timestamp> {
    if text.len() > 4
        && let Ok(seconds) = text.parse()
    {
        return jiff::Timestamp::from_second(seconds).ok();
    }
    let whole = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Test;

    fn passes(operator: &str, value: &str, wanted: &str) -> Option<bool> {
        let (test, negated) = Test::of(operator)?;
        test.passes(wanted, value).map(|passes| passes != negated)
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        for (operator, value, wanted, holds) in [
            ("NumericEquals", "10", "10.0", true),
            ("NumericEquals", "10", "9", false),
            ("NumericNotEquals", "10", "9", true),
            ("NumericLessThan", "9", "10", true),
            ("NumericLessThan", "10", "10", false),
            ("NumericLessThanEquals", "10", "10", true),
            ("NumericGreaterThan", "-1", "-2", true),
            ("NumericGreaterThan", "10", "9", true),
            ("NumericGreaterThanEquals", "10", "10", true),
            ("NumericGreaterThanEquals", "9.5", "10", false),
        ] {
            assert_eq!(passes(operator, value, wanted), Some(holds), "{value} {operator} {wanted}");
        }
        for text in ["ten", "", "NaN", "inf", "1e3"] {
            assert_eq!(passes("NumericEquals", "1", text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_compared_as_instants_in_either_spelling() {
        for (operator, value, wanted, holds) in [
            ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01", true),
            ("DateEquals", "2026-01-01T00:00:00Z", "2026", true),
            ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", true),
            ("DateEquals", "1767225600", "2026-01-01T01:00:00+01:00", true),
            ("DateNotEquals", "1767225601", "2026-01", true),
            ("DateLessThan", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", true),
            ("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", true),
            ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false),
            ("DateGreaterThanEquals", "2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z", true),
        ] {
            assert_eq!(passes(operator, value, wanted), Some(holds), "{value} {operator} {wanted}");
        }
        assert_eq!(passes("DateEquals", "2026-01-01T00:00:00Z", "today"), None);
    }

    #[test]
    fn addresses_are_in_networks() {
        for (value, network, holds) in [
            ("10.0.1.7", "10.0.0.0/16", true),
            ("10.1.1.7", "10.0.0.0/16", false),
            ("10.0.1.7", "10.0.1.7", true),
            ("10.0.1.7", "10.0.1.6/31", true),
            ("10.0.1.7", "10.0.1.7/32", true),
            ("10.0.1.7", "0.0.0.0/0", true),
            ("10.0.1.7", "::/0", false),
            ("2001:db8::1", "2001:db8::/32", true),
            ("2001:db9::1", "2001:db8::/32", false),
            ("2001:db9::1", "::/0", true),
        ] {
            assert_eq!(passes("IpAddress", value, network), Some(holds), "{value} in {network}");
            assert_eq!(passes("NotIpAddress", value, network), Some(!holds), "{value} not in {network}");
        }
        for network in ["10.0.0.0/33", "10.0.0.0/x", "here"] {
            assert_eq!(passes("IpAddress", "10.0.1.7", network), None, "{network}");
        }
    }
}
