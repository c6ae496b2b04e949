//! Condition operators.
//!
//! The sandbox decides all but those on bytes, which it accepts in a document,
//! and says that it cannot tell when it comes to deciding.
//!
//! Ledger: I13, I14, I15.

use serde_json::{Map, Value};

use super::compare::Test;
use super::document::{strings, syntax};
use super::evaluate::Context;
use super::fault::malformed_policy;
use crate::sandbox::wire::AwsError;

/// One key of one operator.
pub(super) struct Condition {
    pub(super) operator: String,
    key: String,
    values: Vec<String>,
}

/// Whether a condition holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    /// The sandbox does not know the operator.
    Unknown,
}

/// How the values of a key with many values count together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Single,
    Any,
    All,
}

/// An operator of IAM's that the sandbox does not have.
const UNDECIDED: &str = "BinaryEquals";

/// A key that AWS has of every request: the sandbox knows no address of a task.
const OF_EVERY_REQUEST: &str = "aws:sourceip";

/// Reads a `Condition` block; an operator that IAM does not have is refused.
pub(super) fn read(block: Map<String, Value>) -> Result<Vec<Condition>, AwsError> {
    let mut conditions = Vec::new();
    for (operator, keys) in block {
        if !is_operator(&operator) {
            return Err(malformed_policy(format!("Invalid Condition type : {operator}")));
        }
        let Value::Object(keys) = keys else {
            return Err(syntax());
        };
        for (key, values) in keys {
            let values = strings(booleans_as_text(values))?;
            conditions.push(Condition { operator: operator.clone(), key: key.to_ascii_lowercase(), values });
        }
    }
    Ok(conditions)
}

/// Does IAM have this operator?
pub(crate) fn is_operator(operator: &str) -> bool {
    let (_, bare, if_exists) = split(operator);
    (bare == "Null" && !if_exists) || bare == UNDECIDED || Test::of(bare).is_some()
}

impl Condition {
    pub(super) fn holds(&self, context: &Context) -> Holds {
        let (quantifier, bare, if_exists) = split(&self.operator);
        let present = context.get(&self.key).filter(|values| !values.is_empty());
        if bare == "Null" {
            let wants_absence = self.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
            return Holds::from(wants_absence == present.is_none());
        }
        let has_variable = self.values.iter().any(|value| has_variable(value));
        let Some((test, negated)) = Test::of(bare).filter(|_| !has_variable) else {
            return Holds::Unknown;
        };
        if present.is_none() && self.key == OF_EVERY_REQUEST {
            return Holds::Unknown;
        }
        let Some(present) = present else {
            return Holds::from(match quantifier {
                Quantifier::Any => false,
                Quantifier::All => true,
                Quantifier::Single => if_exists || negated,
            });
        };
        // What is no number, date or address compares with none.
        let outcomes: Option<Vec<bool>> = present
            .iter()
            .map(|value| {
                let passes: Option<Vec<bool>> = self.values.iter().map(|wanted| test.passes(wanted, value)).collect();
                Some(passes?.contains(&true) != negated)
            })
            .collect();
        outcomes.map_or(Holds::Unknown, |outcomes| {
            Holds::from(match quantifier {
                Quantifier::Any => outcomes.contains(&true),
                Quantifier::All | Quantifier::Single => !outcomes.contains(&false),
            })
        })
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// `${aws:PrincipalTag/team}` and the like. `${*}`, `${?}`, `${$}` only escape.
pub(super) fn has_variable(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| !["*}", "?}", "$}"].iter().any(|escape| rest.starts_with(escape)))
}

/// `ForAnyValue:StringLikeIfExists` in its three parts.
fn split(operator: &str) -> (Quantifier, &str, bool) {
    let (quantifier, rest) = match operator.split_once(':') {
        Some(("ForAnyValue", rest)) => (Quantifier::Any, rest),
        Some(("ForAllValues", rest)) => (Quantifier::All, rest),
        _ => (Quantifier::Single, operator),
    };
    match rest.strip_suffix("IfExists") {
        Some(bare) => (quantifier, bare, true),
        None => (quantifier, rest, false),
    }
}

fn booleans_as_text(value: Value) -> Value {
    match value {
        Value::Bool(flag) => Value::from(flag.to_string()),
        Value::Number(number) => Value::from(number.to_string()),
        Value::Array(items) => items.into_iter().map(booleans_as_text).collect(),
        other @ (Value::Null | Value::String(_) | Value::Object(_)) => other,
    }
}
