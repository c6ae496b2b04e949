//! The operators of conditions in policies. Source: IAM user guide, "IAM JSON policy elements: Condition operators", and
//! "Multivalued context keys" for what stands before them.

use super::diagnostic::closest;

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    NULL,
];

/// The only one without `IfExists`, which it is itself.
const NULL: &str = "Null";

const BEFORE: [&str; 2] = ["ForAllValues:", "ForAnyValue:"];

/// Is it an operator, as IAM writes it?
pub(super) fn is_one(operator: &str) -> bool {
    let (_, bare, if_exists) = split(operator);
    OPERATORS.contains(&bare) && !(if_exists && bare == NULL)
}

/// The operator that is meant.
pub(super) fn nearest(operator: &str) -> Option<String> {
    let (before, bare, if_exists) = split(operator);
    let near =
        OPERATORS.into_iter().find(|known| known.eq_ignore_ascii_case(bare)).or_else(|| closest(bare, OPERATORS))?;
    let after = if if_exists && near != NULL { "IfExists" } else { "" };
    Some(format!("{before}{near}{after}"))
}

fn split(operator: &str) -> (&'static str, &str, bool) {
    let before = BEFORE.into_iter().find(|before| operator.starts_with(before)).unwrap_or_default();
    let rest = operator.strip_prefix(before).unwrap_or(operator);
    let bare = rest.strip_suffix("IfExists");
    (before, bare.unwrap_or(rest), bare.is_some())
}
