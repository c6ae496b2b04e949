//! Rules of the published schemas that look at more than one field, and texts of which a pattern says as much as the
//! grammar: what editors can know of the mistakes that `check` finds. `docs/design/0013` says what is left out, and why.
//!
//! A schema refuses nothing that `check` takes. It may take more: null is no value, and what is not sure passes.

mod policy;
mod secret;
mod service;
mod sizes;
mod task_definition;
mod texts;

use serde_json::{Map, Value, json};

use super::explain::WORDS;
use crate::model::id::Kind;
use crate::model::partition;

pub(super) use texts::texts;

/// Rules between the fields of `spec`.
pub(super) fn rules(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::TaskDefinition => task_definition::rules(),
        Kind::Service => service::rules(),
        Kind::Secret => secret::rules(),
        Kind::ExecutionRole => role(),
    }
}

fn role() -> Vec<Value> {
    let part = json!({"required": ["mode"], "properties": {"mode": {"enum": ["ManagePolicy", "Observe"]}}});
    let of_aws = text("alias/aws/", "is AWS's own");
    vec![
        rule(&part, &without(&["permissionsBoundary", "managedPolicyArns"])),
        rule(&is("mode", "Observe"), &without(&["grants", "narrow"])),
        json!({"properties": {"grants": {"items": {"properties": {"decrypt": {"properties": {"key": {"not": of_aws}}}}}}}}),
    ]
}

/// Of a container, and of Service Connect's own.
fn logs() -> Value {
    let begins = partition::all().flat_map(|(_, so, _)| so).map(|begin| begin.trim_end_matches('-'));
    let region = format!("^({})-.*[0-9]$", begins.collect::<Vec<_>>().join("|"));
    let region = json!({"pattern": region, WORDS: "is a Region such as eu-west-1"});
    let named = json!({"properties": {"options": {"properties": {"awslogs-region": region}}}});
    let needed = option(&["awslogs-group", "awslogs-region"]);
    rule(&is("logDriver", "awslogs"), &json!({"allOf": [needed, named]}))
}

/// Keys and values that are not the user's.
fn tags() -> Value {
    let reserved = |pattern: &str| json!({"not": text(pattern, "is reserved")});
    let key = reserved(r"^([aA][wW][sS]:|evenkeel\.dev/)");
    let value = reserved("^[aA][wW][sS]:");
    json!({"properties": {"tags": {
        "propertyNames": key,
        "additionalProperties": value,
        "items": {"properties": {"key": key, "value": value}},
    }}})
}

/// A text of this form, and nothing else; in words too.
fn text(pattern: &str, words: &str) -> Value {
    json!({"type": "string", "pattern": pattern, WORDS: words})
}

/// Of annotations: those below `evenkeel.dev/` are evenkeel's, and it knows two.
pub(super) fn annotations() -> Value {
    let retry = text(
        r"^([+-][0-9]{2})?[0-9]{4}-?[0-9]{2}-?[0-9]{2}[Tt ][0-9]{2}.*([Zz]|[+-][0-9:]+)(\[.*\])?$",
        "is a time such as 2026-01-31T10:00:00Z",
    );
    json!({
        "propertyNames": {"anyOf": [
            {"not": text(r"^evenkeel\.dev/", "is evenkeel's own")},
            {"enum": ["evenkeel.dev/adopt", "evenkeel.dev/retry"]},
        ]},
        "properties": {
            "evenkeel.dev/adopt": {"enum": ["true", "false", true, false]},
            "evenkeel.dev/retry": retry,
        },
    })
}

/// Of a configuration: whoever believes signatures says whose.
pub(super) fn signers() -> Value {
    let verified = json!({"required": ["mode"], "properties": {"mode": {"enum": ["Head", "EveryCommit"]}}});
    let lists = ["allowedSigners", "allowedSignersEnv"].map(there);
    rule(&verified, &json!({"oneOf": lists}))
}

/// A member that is null is absent.
pub(super) fn there(name: &str) -> Value {
    json!({"required": [name], "properties": {name: {"not": {"type": "null"}}}})
}

fn is(name: &str, word: &str) -> Value {
    json!({"required": [name], "properties": {name: {"const": word}}})
}

fn not_both(one: &str, other: &str) -> Value {
    json!({"not": {"allOf": [there(one), there(other)]}})
}

/// A member with a member of its own.
fn with(outer: &str, inner: &str) -> Value {
    let mut member = there(inner);
    member["type"] = "object".into();
    json!({"required": [outer], "properties": {outer: member}})
}

fn rule(condition: &Value, then: &Value) -> Value {
    json!({"if": condition, "then": then})
}

fn containers(members: &Value) -> Value {
    json!({"properties": {"containerDefinitions": {"items": {"properties": members}}}})
}

fn option(names: &[&str]) -> Value {
    json!({"required": ["options"], "properties": {"options": {"required": names}}})
}

fn without(names: &[&str]) -> Value {
    let members: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), none())).collect();
    json!({"properties": members})
}

fn none() -> Value {
    json!({"type": "null"})
}

fn empty() -> Value {
    json!({"maxItems": 0})
}

/// Neither a list nor a map with anything in it.
fn nothing() -> Value {
    json!({"maxItems": 0, "maxProperties": 0})
}
