//! The text of a resource policy: what Secrets Manager accepts, and what it
//! makes of it. Knows the grammar (facts 2.3), not what a policy decides.
//!
//! Ledger: S40, S41, S42, S43, S99.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fault;
use super::resource_policy::ResourcePolicy;
use crate::sandbox::iam::is_operator;
use crate::sandbox::place::Arn;
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::AwsError;
use crate::sandbox::world::World;

/// Reads a document as it was sent, and writes it as it is answered: without
/// white space, lists of one as texts, accounts as ARNs, longer lists sorted.
pub(super) fn read(world: &World, text: &str) -> Result<ResourcePolicy, AwsError> {
    let document: Value = serde_json::from_str(text).map_err(|_| syntax())?;
    let Value::Object(mut document) = document else { return Err(syntax()) };
    if document.keys().any(|name| !["Version", "Id", "Statement"].contains(&name.as_str())) {
        return Err(syntax());
    }
    if document.get("Version").is_some_and(|version| version != "2012-10-17" && version != "2008-10-17") {
        return Err(syntax());
    }
    let statements = match document.remove("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements,
        Some(single @ Value::Object(_)) => vec![single],
        _ => return Err(syntax()),
    };
    let mut roles = BTreeMap::new();
    let statements = statements.into_iter().map(|each| statement(world, each, &mut roles));
    document.insert("Statement".to_owned(), Value::Array(statements.collect::<Result<_, _>>()?));
    Ok(ResourcePolicy { document: Value::Object(document), roles })
}

/// Does it let everyone in?
pub(super) fn is_public(document: &Value) -> bool {
    let statements = document["Statement"].as_array().into_iter().flatten();
    statements.into_iter().any(|statement| {
        let everyone = statement["Principal"] == "*" || statement["Principal"]["AWS"] == "*";
        let negated = statement.get("NotPrincipal").is_some();
        statement["Effect"] == "Allow" && (negated || everyone) && !is_bounded(&statement["Condition"])
    })
}

/// Keys of conditions that leave only callers of a known account, network or
/// organisation.
const BOUNDS: [&str; 7] = [
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:principalorgid",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcevpc",
    "aws:sourcevpce",
];

fn is_bounded(condition: &Value) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    let mut keys = operators.flat_map(|(_, keys)| keys.as_object().into_iter().flatten());
    keys.any(|(key, values)| BOUNDS.contains(&key.to_ascii_lowercase().as_str()) && values != "*")
}

fn statement(world: &World, each: Value, roles: &mut BTreeMap<String, String>) -> Result<Value, AwsError> {
    let Value::Object(members) = each else { return Err(syntax()) };
    let one_of = |names: [&str; 2]| names.iter().filter(|name| members.contains_key(**name)).count() == 1;
    let whole = one_of(["Principal", "NotPrincipal"])
        && one_of(["Action", "NotAction"])
        && one_of(["Resource", "NotResource"])
        && members.get("Effect").is_some_and(|effect| effect == "Allow" || effect == "Deny");
    if !whole {
        return Err(syntax());
    }
    let mut out = Map::new();
    for (name, value) in members {
        let value = match name.as_str() {
            "Sid" | "Effect" => value,
            "Action" | "NotAction" => actions(world, value)?,
            "Resource" | "NotResource" => short(list(value)?),
            "Principal" | "NotPrincipal" => principals(world, value, roles)?,
            "Condition" => conditions(value)?,
            _ => return Err(syntax()),
        };
        out.insert(name, value);
    }
    Ok(Value::Object(out))
}

fn actions(world: &World, value: Value) -> Result<Value, AwsError> {
    let actions = list(value)?;
    let any = world.readings.is_other(Reading::ForeignActions);
    let known = |action: &String| action == "*" || action.to_ascii_lowercase().starts_with("secretsmanager:");
    if any || actions.iter().all(known) { Ok(short(actions)) } else { Err(syntax()) }
}

fn principals(world: &World, value: Value, roles: &mut BTreeMap<String, String>) -> Result<Value, AwsError> {
    let kinds = match value {
        Value::String(all) if all == "*" => return Ok(Value::String(all)),
        Value::Object(kinds) if !kinds.is_empty() => kinds,
        _ => return Err(syntax()),
    };
    let mut out = Map::new();
    for (kind, names) in kinds {
        let names = list(names)?;
        let names = match kind.as_str() {
            "AWS" => names.into_iter().map(|name| principal(world, name, roles)).collect::<Result<_, _>>()?,
            "Service" | "Federated" | "CanonicalUser" => names,
            _ => return Err(syntax()),
        };
        out.insert(kind, short(names));
    }
    Ok(Value::Object(out))
}

/// Everyone, an account, or someone of it. Who is of this account must exist.
fn principal(world: &World, name: String, roles: &mut BTreeMap<String, String>) -> Result<String, AwsError> {
    let place = world.place();
    if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(format!("arn:aws:iam::{name}:root"));
    }
    let Some(arn) = Arn::parse(&name) else {
        return if name == "*" { Ok(name) } else { Err(unsupported()) };
    };
    let ours = name.split(':').nth(4) == Some(place.account.as_str());
    if ours && arn.service == "iam" && arn.resource != "root" {
        let role = world.iam.roles().values().find(|role| role.arn == name).ok_or_else(unsupported)?;
        roles.insert(name.clone(), role.id.clone());
    }
    Ok(name)
}

fn conditions(value: Value) -> Result<Value, AwsError> {
    let Value::Object(operators) = value else { return Err(syntax()) };
    let mut out = Map::new();
    for (operator, keys) in operators {
        if !is_operator(&operator) {
            return Err(syntax());
        }
        let Value::Object(keys) = keys else { return Err(syntax()) };
        let keys = keys.into_iter().map(|(key, values)| Ok((key, short(list(values)?))));
        out.insert(operator, Value::Object(keys.collect::<Result<_, AwsError>>()?));
    }
    Ok(Value::Object(out))
}

fn list(value: Value) -> Result<Vec<String>, AwsError> {
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        _ => Err(syntax()),
    };
    match value {
        Value::Array(values) if !values.is_empty() => values.into_iter().map(text).collect(),
        other => Ok(vec![text(other)?]),
    }
}

fn short(mut list: Vec<String>) -> Value {
    list.sort();
    if list.len() == 1 { Value::String(list.remove(0)) } else { Value::from(list) }
}

fn syntax() -> AwsError {
    fault::malformed_policy("The resource policy has syntax errors.")
}

fn unsupported() -> AwsError {
    fault::malformed_policy("This resource policy contains an unsupported principal.")
}
