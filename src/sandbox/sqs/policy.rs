//! Does a queue's policy let another service send?
//!
//! As far as policies for EventBridge go: service principals, `ArnEquals`,
//! `ArnLike`, `StringEquals` and `StringLike` on `aws:SourceArn` and
//! `aws:SourceAccount`. Any other condition counts as not met, for a denial as met.
//!
//! Ledger: B4.

use serde_json::Value;

use super::Queue;
use crate::sandbox::iam::covers;
use crate::sandbox::place::Place;

/// May `service` send to this queue on behalf of `source`?
pub(crate) fn lets_in(queue: &Queue, place: &Place, service: &str, source: &str) -> bool {
    let document: Value =
        queue.attributes.get("Policy").and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        single @ Value::Object(_) => std::slice::from_ref(single),
        _ => &[],
    };
    let applies = |statement: &Value, unknown: bool| {
        let principal = &statement["Principal"];
        let everyone = principal == "*" || texts(&principal["AWS"]).contains(&"*");
        (everyone || texts(&principal["Service"]).contains(&service))
            && texts(&statement["Action"]).iter().any(|action| covers(&action.to_ascii_lowercase(), "sqs:sendmessage"))
            && texts(&statement["Resource"]).iter().any(|resource| covers(resource, &queue.arn))
            && conditions_hold(&statement["Condition"], place, source, unknown)
    };
    let denied = statements.iter().any(|statement| statement["Effect"] == "Deny" && applies(statement, true));
    !denied && statements.iter().any(|statement| statement["Effect"] == "Allow" && applies(statement, false))
}

fn conditions_hold(block: &Value, place: &Place, source: &str, unknown: bool) -> bool {
    let operators = block.as_object().into_iter().flatten();
    let mut keys =
        operators.flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |key| (operator, key)));
    keys.all(|(operator, (key, values))| {
        let held = match key.to_ascii_lowercase().as_str() {
            "aws:sourcearn" => source,
            "aws:sourceaccount" => place.account.as_str(),
            _ => return unknown,
        };
        match operator.as_str() {
            "ArnEquals" | "ArnLike" | "StringLike" => texts(values).iter().any(|pattern| covers(pattern, held)),
            "StringEquals" => texts(values).contains(&held),
            _ => unknown,
        }
    })
}

/// One text, or a list of them.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        single => single.as_str().into_iter().collect(),
    }
}
