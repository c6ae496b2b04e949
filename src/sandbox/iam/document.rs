//! Policy documents: JSON to statements, as strictly as IAM reads them.
//!
//! Knows the grammar (facts 2.3), not what a statement decides.
//!
//! Ledger: I7.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::condition::{self, Condition};
use super::fault::malformed_policy;
use crate::sandbox::wire::AwsError;

/// What a document is for, which decides what must be in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What the holder may do: inline and managed policies.
    Identity,
    /// Who may become the role.
    Trust,
    /// Who may do what with the thing that it hangs on.
    Resource,
}

/// One statement.
pub(super) struct Statement {
    pub(super) allows: bool,
    /// Service principals, of a trust policy; `*` is everyone.
    pub(super) services: Vec<String>,
    /// AWS principals, of a resource policy; `*` is everyone.
    pub(super) principals: Set,
    pub(super) actions: Set,
    pub(super) resources: Set,
    pub(super) conditions: Vec<Condition>,
}

/// Patterns, or everything but what they cover.
pub(super) struct Set {
    pub(super) inverted: bool,
    pub(super) patterns: Vec<String>,
}

/// Reads a document, or says what IAM has against it.
pub(super) fn read(kind: Kind, text: &str) -> Result<Vec<Statement>, AwsError> {
    let Strict(document) =
        serde_json::from_str(text).map_err(|_| malformed_policy("This policy contains invalid Json"))?;
    let mut document = object(document)?;
    match document.remove("Version").as_ref().map(Value::as_str) {
        None | Some(Some("2012-10-17" | "2008-10-17")) => {}
        Some(_) => {
            return Err(malformed_policy("Policy document must be version 2012-10-17 or greater."));
        }
    }
    document.remove("Id");
    let statements = match document.remove("Statement") {
        Some(Value::Array(items)) if !items.is_empty() => items,
        Some(single @ Value::Object(_)) => vec![single],
        _ => return Err(syntax()),
    };
    if !document.is_empty() {
        return Err(syntax());
    }
    check_ids(&statements)?;
    statements.into_iter().map(|item| statement(kind, object(item)?)).collect()
}

/// Characters that count against IAM's quotas: all but white space.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

fn statement(kind: Kind, mut members: Map<String, Value>) -> Result<Statement, AwsError> {
    let allows = match members.remove("Effect").as_ref().and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err(syntax()),
    };
    members.remove("Sid");
    let actions = set(&mut members, "Action", "NotAction")?
        .ok_or_else(|| malformed_policy("Policy statement must contain actions."))?;
    let resources = set(&mut members, "Resource", "NotResource")?;
    let principals = match kind {
        Kind::Resource => principals(&mut members)?,
        Kind::Identity | Kind::Trust => Set { inverted: false, patterns: Vec::new() },
    };
    let principal = members.remove("Principal");
    let conditions = match members.remove("Condition") {
        Some(block) => condition::read(object(block)?)?,
        None => Vec::new(),
    };
    if !members.is_empty() {
        return Err(syntax());
    }
    check_actions(kind, &actions)?;
    let (services, resources) = match (kind, principal, resources) {
        (Kind::Identity, None, Some(resources)) => {
            check_resources(&resources)?;
            (Vec::new(), resources)
        }
        (Kind::Identity, None, None) => {
            return Err(malformed_policy("Policy statement must contain resources."));
        }
        (Kind::Identity, Some(_), _) => {
            return Err(malformed_policy("Policy document should not specify a principal."));
        }
        (Kind::Trust, Some(principal), None) => (services(principal)?, everything()),
        (Kind::Trust, None, _) => {
            return Err(malformed_policy("AssumeRole policy must specify a principal."));
        }
        (Kind::Trust, Some(_), Some(_)) => {
            return Err(malformed_policy("Has prohibited field Resource"));
        }
        (Kind::Resource, _, Some(resources)) => (Vec::new(), resources),
        (Kind::Resource, _, None) => return Err(syntax()),
    };
    Ok(Statement { allows, services, principals, actions, resources, conditions })
}

fn check_actions(kind: Kind, actions: &Set) -> Result<(), AwsError> {
    for action in &actions.patterns {
        let vendor = action.split_once(':').map(|(vendor, _)| vendor.to_ascii_lowercase());
        match vendor.as_deref() {
            _ if action == "*" && kind != Kind::Trust => {}
            None | Some("") => {
                return Err(malformed_policy(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                ));
            }
            Some(vendor) if kind == Kind::Trust && vendor != "sts" => {
                return Err(malformed_policy("AssumeRole policy may only specify STS AssumeRole actions."));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn check_resources(resources: &Set) -> Result<(), AwsError> {
    let is_arn = |text: &str| text.starts_with("arn:") && text.splitn(6, ':').count() == 6;
    match resources.patterns.iter().find(|text| *text != "*" && !is_arn(text)) {
        Some(text) => Err(malformed_policy(format!("Resource {text} must be in ARN format or \"*\"."))),
        None => Ok(()),
    }
}

/// The service principals; accounts and roles decide nothing, nobody in the
/// sandbox assumes a role as one of those ([I26]).
fn services(principal: Value) -> Result<Vec<String>, AwsError> {
    match principal {
        Value::String(all) if all == "*" => Ok(vec![all]),
        Value::Object(mut kinds) => {
            let services = kinds.remove("Service").map(strings).transpose()?.unwrap_or_default();
            for (kind, names) in kinds {
                if !["AWS", "Federated", "CanonicalUser"].contains(&kind.as_str()) {
                    return Err(malformed_policy(format!("Invalid principal in policy: {kind}")));
                }
                strings(names)?;
            }
            Ok(services)
        }
        _ => Err(malformed_policy("Invalid principal in policy.")),
    }
}

/// Accounts and those in them; whatever else may be named is nobody here.
fn principals(members: &mut Map<String, Value>) -> Result<Set, AwsError> {
    let (inverted, named) = match (members.remove("Principal"), members.remove("NotPrincipal")) {
        (Some(named), None) => (false, named),
        (None, Some(named)) => (true, named),
        (None, None) | (Some(_), Some(_)) => return Err(syntax()),
    };
    let patterns = match named {
        Value::String(all) => vec![all],
        Value::Object(mut kinds) => kinds.remove("AWS").map(strings).transpose()?.unwrap_or_default(),
        _ => return Err(syntax()),
    };
    Ok(Set { inverted, patterns })
}

fn set(members: &mut Map<String, Value>, plain: &str, inverted: &str) -> Result<Option<Set>, AwsError> {
    let (inverted, value) = match (members.remove(plain), members.remove(inverted)) {
        (Some(value), None) => (false, value),
        (None, Some(value)) => (true, value),
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(syntax()),
    };
    let patterns = strings(value)?;
    if patterns.is_empty() { Err(syntax()) } else { Ok(Some(Set { inverted, patterns })) }
}

fn everything() -> Set {
    Set { inverted: false, patterns: vec!["*".to_owned()] }
}

/// A string alone is a list of one.
pub(super) fn strings(value: Value) -> Result<Vec<String>, AwsError> {
    match value {
        Value::String(text) => Ok(vec![text]),
        Value::Array(items) => items
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Ok(text),
                _ => Err(syntax()),
            })
            .collect(),
        _ => Err(syntax()),
    }
}

fn check_ids(statements: &[Value]) -> Result<(), AwsError> {
    let ids: Vec<&str> = statements.iter().filter_map(|item| item.get("Sid")?.as_str()).collect();
    if ids.iter().any(|id| !id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return Err(malformed_policy(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        ));
    }
    let repeated = ids.iter().enumerate().any(|(index, id)| !id.is_empty() && ids[..index].contains(id));
    if repeated { Err(malformed_policy("Statement IDs (SID) in a single policy must be unique.")) } else { Ok(()) }
}

fn object(value: Value) -> Result<Map<String, Value>, AwsError> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(syntax()),
    }
}

pub(super) fn syntax() -> AwsError {
    malformed_policy("Syntax errors in policy.")
}

/// JSON in which no object has a key twice (facts 2.3).
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated keys")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Strict(member))) = members.next_entry::<String, Strict>()? {
            if map.insert(name, member).is_some() {
                return Err(A::Error::custom("repeated key"));
            }
        }
        Ok(Value::Object(map))
    }
}
