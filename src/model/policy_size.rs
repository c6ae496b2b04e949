//! How large a policy is for IAM, and how it says the same in fewer characters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::policy::{NOT, Permission, Policy};

/// Of all inline policies of a role together, without white space. Source: IAM-GR.
pub const MOST_INLINE: usize = 10_240;

/// So many characters as IAM counts: all but white space.
pub fn size(document: &Value) -> usize {
    length(&document.to_string())
}

/// The same of a document as it was written, which may say in many words what [`compact`] says in few.
pub fn length(document: &str) -> usize {
    document.chars().filter(|sign| !sign.is_whitespace()).count()
}

/// The policy with everything said once that its statements have in common: actions on the same resources together, no
/// names, no lists of one.
pub fn compact(policy: &Policy) -> Value {
    type Common<'p> = (&'p str, &'p str, &'p str);
    let mut common: BTreeMap<Common<'_>, BTreeMap<&str, (&Permission, BTreeSet<&str>)>> = BTreeMap::new();
    let mut statements = Vec::new();
    for permission in policy.permissions() {
        let Permission { effect, principal, action, resource, condition } = permission;
        // What is said of everything but a list cannot be put together.
        if action.as_str().starts_with(NOT) || resource.starts_with(NOT) || resource.is_empty() {
            statements.push(permission.to_statement());
            continue;
        }
        let actions = common.entry((effect, principal, condition)).or_default();
        actions.entry(action.as_str()).or_insert_with(|| (permission, BTreeSet::new())).1.insert(resource);
    }
    for actions in common.into_values() {
        let mut alike: BTreeMap<BTreeSet<&str>, (&Permission, Vec<&str>)> = BTreeMap::new();
        for (action, (permission, resources)) in actions {
            alike.entry(resources).or_insert_with(|| (permission, Vec::new())).1.push(action);
        }
        for (resources, (permission, actions)) in alike {
            let mut statement = permission.to_statement();
            statement["Action"] = one_or_many(actions);
            statement["Resource"] = one_or_many(resources.into_iter().collect());
            statements.push(statement);
        }
    }
    serde_json::json!({"Version": "2012-10-17", "Statement": statements})
}

fn one_or_many(mut texts: Vec<&str>) -> Value {
    match texts.len() {
        1 => texts.remove(0).into(),
        _ => texts.into(),
    }
}
