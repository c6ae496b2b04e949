//! Whom a trust policy names: those of the account must be there, and show by their ids once they are gone.
//!
//! Nobody in the sandbox becomes a role but services: what others may is written down and not judged.
//!
//! Ledger: I26.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::{self, Kind};
use super::fault::malformed_policy;
use super::role::Role;
use super::{Iam, fault};
use crate::sandbox::place::{Arn, Place};
use crate::sandbox::wire::AwsError;
use crate::sandbox::world::World;

/// Facts 2.2, the default quota.
const MOST_TRUST: usize = 2_048;

/// Checks a trust policy. Gives the ids of the roles that it names, by ARN.
pub(super) fn check(world: &World, text: &str) -> Result<BTreeMap<String, String>, AwsError> {
    document::read(Kind::Trust, text)?;
    if document::size(text) > MOST_TRUST {
        return Err(fault::limit_exceeded(format!("Cannot exceed quota for ACLSizePerRole: {MOST_TRUST}")));
    }
    let mut document = serde_json::from_str(text).map_err(|_| document::syntax())?;
    let mut trusted = BTreeMap::new();
    for kinds in principals(&mut document) {
        for (kind, names) in kinds {
            for name in document::strings(names.take())? {
                let known = match kind.as_str() {
                    "AWS" => find(world, &name).map(|roles| trusted.extend(roles)),
                    // Of the form NAME.amazonaws.com, usually.
                    "Service" => name.contains('.').then_some(()),
                    _ => Some(()),
                };
                let kind = if kind == "Service" { "SERVICE" } else { kind };
                known.ok_or_else(|| malformed_policy(format!("Invalid principal in policy: \"{kind}\":\"{name}\"")))?;
            }
        }
    }
    Ok(trusted)
}

/// The trust policy as it is shown: as it came, but for who is gone.
pub(super) fn shown(iam: &Iam, role: &Role) -> String {
    let is_gone = |arn: &str, id: &str| !iam.roles().values().any(|other| other.arn == arn && other.id == id);
    let gone = role.trusted.iter().filter(|(arn, id)| is_gone(arn, id));
    let gone: BTreeMap<&String, &String> = gone.collect();
    let document = if gone.is_empty() { None } else { serde_json::from_str::<Value>(&role.trust).ok() };
    let Some(mut document) = document else { return role.trust.clone() };
    for kinds in principals(&mut document) {
        for names in kinds.values_mut() {
            let names = match names {
                Value::Array(names) => names.iter_mut().collect(),
                one => vec![one],
            };
            for name in names {
                if let Some(id) = name.as_str().and_then(|arn| gone.get(&arn.to_owned())) {
                    *name = Value::String((*id).clone());
                }
            }
        }
    }
    document.to_string()
}

/// The principals of each statement, by kind; where it is everyone there are none.
fn principals(document: &mut Value) -> Vec<&mut Map<String, Value>> {
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.iter_mut().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    statements.into_iter().filter_map(|statement| statement.get_mut("Principal")?.as_object_mut()).collect()
}

/// Is this someone? With ARN and id, where it is a role of the account.
fn find(world: &World, name: &str) -> Option<BTreeMap<String, String>> {
    if name == "*" || is_account(name) {
        return Some(BTreeMap::new());
    }
    let arn = Arn::parse(name).filter(|arn| ["iam", "sts"].contains(&arn.service))?;
    // Who there is elsewhere nobody knows here; of users the account has none.
    if arn.service == "sts" || arn.resource == "root" || !is_of(world.place(), name) {
        return Some(BTreeMap::new());
    }
    let role = world.iam.roles().values().find(|role| role.arn == name)?;
    Some(BTreeMap::from([(name.to_owned(), role.id.clone())]))
}

fn is_account(name: &str) -> bool {
    name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_of(place: &Place, arn: &str) -> bool {
    arn.split(':').nth(4) == Some(place.account.as_str())
}
