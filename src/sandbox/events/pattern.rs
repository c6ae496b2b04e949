//! Event patterns: which events a rule wants.
//!
//! Every operator that the documentation names (DOC eb-create-pattern-operators.html):
//! values, `prefix`, `suffix`, `equals-ignore-case`, `wildcard`,
//! `anything-but`, `numeric`, `cidr`, `exists`, `$or`.
//!
//! Ledger: B6.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::fault::invalid_pattern;
use crate::sandbox::iam::covers;
use crate::sandbox::wire::AwsError;

/// Reads a pattern, or says what is wrong with it.
pub(super) fn check(text: &str) -> Result<Value, AwsError> {
    let pattern: Value = serde_json::from_str(text).map_err(|_| invalid_pattern("Filter is not an object"))?;
    match pattern.as_object() {
        Some(members) if !members.is_empty() => check_members(members)?,
        Some(_) => return Err(invalid_pattern("Empty patterns are not allowed")),
        None => return Err(invalid_pattern("Filter is not an object")),
    }
    Ok(pattern)
}

fn check_members(members: &Map<String, Value>) -> Result<(), AwsError> {
    for (name, member) in members {
        match member {
            Value::Array(choices) if name == "$or" => {
                if choices.len() < 2 {
                    return Err(invalid_pattern("$or needs at least two choices"));
                }
                for choice in choices {
                    check_members(choice.as_object().ok_or_else(|| invalid_pattern("$or takes objects"))?)?;
                }
            }
            Value::Array(tests) if !tests.is_empty() => tests.iter().try_for_each(check_test)?,
            Value::Array(_) => return Err(invalid_pattern("Empty arrays are not allowed")),
            Value::Object(members) if !members.is_empty() => check_members(members)?,
            Value::Object(_) => return Err(invalid_pattern("Empty objects are not allowed")),
            _ => {
                let reason = format!("\"{name}\" must be an object or an array");
                return Err(invalid_pattern(&reason));
            }
        }
    }
    Ok(())
}

fn check_test(test: &Value) -> Result<(), AwsError> {
    let Value::Object(members) = test else {
        return if test.is_array() { Err(invalid_pattern("A value must not be an array")) } else { Ok(()) };
    };
    let (Some((name, operand)), 1) = (members.iter().next(), members.len()) else {
        return Err(invalid_pattern("Only one key allowed in match expression"));
    };
    let good = match name.as_str() {
        "prefix" | "suffix" => operand.is_string() || operand["equals-ignore-case"].is_string(),
        "equals-ignore-case" | "wildcard" => operand.is_string(),
        "exists" => operand.is_boolean(),
        "cidr" => operand.as_str().is_some_and(|block| block_of(block).is_some()),
        "numeric" => comparisons(operand).is_some_and(|list| !list.is_empty()),
        "anything-but" => match operand {
            Value::Object(members) => {
                members.len() == 1
                    && members.iter().all(|(name, of)| {
                        ["prefix", "suffix", "wildcard", "equals-ignore-case"].contains(&name.as_str())
                            && (of.is_string() || of.as_array().is_some_and(|list| list.iter().all(Value::is_string)))
                    })
            }
            Value::Array(list) => !list.is_empty() && list.iter().all(|item| item.is_string() || item.is_number()),
            single => single.is_string() || single.is_number(),
        },
        _ => return Err(invalid_pattern(&format!("Unrecognized match type {name}"))),
    };
    if good { Ok(()) } else { Err(invalid_pattern(&format!("Value of {name} is not of the right form"))) }
}

/// Does an event have everything that the pattern asks for?
pub(super) fn matches(pattern: &Value, event: &Value) -> bool {
    pattern.as_object().is_some_and(|members| members_match(members, event))
}

fn members_match(pattern: &Map<String, Value>, event: &Value) -> bool {
    pattern.iter().all(|(name, member)| match member {
        Value::Array(choices) if name == "$or" => choices.iter().any(|choice| matches(choice, event)),
        Value::Array(tests) => {
            // An array in the event matches where one of its items does.
            let held = match event.get(name) {
                Some(Value::Array(items)) => items.iter().filter(|item| !item.is_object()).collect(),
                Some(Value::Object(_)) | None => Vec::new(),
                Some(single) => vec![single],
            };
            tests.iter().any(|test| passes(test, &held))
        }
        // An array of objects matches where one of them does.
        nested => match event.get(name) {
            Some(Value::Array(items)) => items.iter().any(|item| matches(nested, item)),
            Some(item) => matches(nested, item),
            // All that is asked for may be absence.
            None => matches(nested, &Value::Object(Map::new())),
        },
    })
}

fn passes(test: &Value, held: &[&Value]) -> bool {
    let Some((name, operand)) = test.as_object().and_then(|members| members.iter().next()) else {
        return held.iter().any(|value| same(test, value));
    };
    match name.as_str() {
        "exists" => operand == &Value::Bool(!held.is_empty()),
        "anything-but" => !held.is_empty() && held.iter().all(|value| !is_one_of(operand, value)),
        name => held.iter().any(|value| fits(name, operand, value)),
    }
}

/// What `anything-but` excludes.
fn is_one_of(operand: &Value, value: &Value) -> bool {
    match operand {
        Value::Object(members) => members.iter().any(|(name, of)| match of {
            Value::Array(list) => list.iter().any(|of| fits(name, of, value)),
            single => fits(name, single, value),
        }),
        Value::Array(list) => list.iter().any(|item| same(item, value)),
        single => same(single, value),
    }
}

fn fits(name: &str, operand: &Value, value: &Value) -> bool {
    if name == "numeric" {
        return value.as_f64().is_some_and(|value| {
            comparisons(operand).is_some_and(|list| list.iter().all(|(sign, bound)| compares(sign, value, *bound)))
        });
    }
    let Some(text) = value.as_str() else { return false };
    let ignoring_case = operand["equals-ignore-case"].as_str().map(str::to_lowercase);
    match (name, operand.as_str(), ignoring_case) {
        ("prefix", Some(prefix), _) => text.starts_with(prefix),
        ("prefix", None, Some(prefix)) => text.to_lowercase().starts_with(&prefix),
        ("suffix", Some(suffix), _) => text.ends_with(suffix),
        ("suffix", None, Some(suffix)) => text.to_lowercase().ends_with(&suffix),
        ("equals-ignore-case", Some(other), _) => text.to_lowercase() == other.to_lowercase(),
        ("wildcard", Some(pattern), _) => wildcard(pattern, text),
        ("cidr", Some(block), _) => block_of(block).zip(text.parse().ok()).is_some_and(|(block, ip)| within(block, ip)),
        _ => false,
    }
}

/// Numbers are compared as numbers: 300 is 3.0e2.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        #[expect(clippy::float_cmp, reason = "equal numbers are meant")]
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// Only `*` is special, and `?` is not.
fn wildcard(pattern: &str, text: &str) -> bool {
    covers(&pattern.replace('?', "\u{1}"), &text.replace('?', "\u{1}"))
}

/// `["<", 5]`, `[">=", 1, "<", 9]`.
fn comparisons(operand: &Value) -> Option<Vec<(&str, f64)>> {
    let items = operand.as_array()?;
    let pairs = items.chunks(2).map(|pair| match pair {
        [sign, bound] => {
            let sign = sign.as_str().filter(|sign| ["<", "<=", "=", ">", ">="].contains(sign))?;
            Some((sign, bound.as_f64()?))
        }
        _ => None,
    });
    pairs.collect()
}

fn compares(sign: &str, value: f64, bound: f64) -> bool {
    match sign {
        "<" => value < bound,
        "<=" => value <= bound,
        ">" => value > bound,
        ">=" => value >= bound,
        _ => (value - bound).abs() <= f64::EPSILON * value.abs().max(1.0),
    }
}

fn block_of(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let length: u32 = length.parse().ok()?;
    (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
}

fn within((block, length): (IpAddr, u32), address: IpAddr) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 4),
        IpAddr::V6(address) => (u128::from(address), 6),
    };
    let ((block, family), (address, other)) = (bits(block), bits(address));
    family == other && (block ^ address).leading_zeros() >= length
}
