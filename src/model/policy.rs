//! IAM policy documents in canonical form: a set of permissions, so that order, grouping and spelling do not matter.
//!
//! Knows the policy grammar, not what any action does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A policy as the set of what its statements say, each taken apart as far as its meaning allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Policy(BTreeSet<Permission>);

/// One principal, one action, one resource; or a whole `Not…` list, which cannot be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Permission {
    /// `Allow` or `Deny`.
    pub effect: String,
    /// Empty in policies of an identity.
    pub principal: String,
    /// The action.
    pub action: ActionName,
    /// The resource; empty in trust policies.
    pub resource: String,
    /// The conditions as JSON text with sorted keys; empty where there are none.
    pub condition: String,
}

/// An IAM action, for example `secretsmanager:GetSecretValue`. IAM ignores its case, and so does comparing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionName(String);

impl ActionName {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl PartialEq for ActionName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ActionName {}

impl Ord for ActionName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(&other.folded())
    }
}

impl PartialOrd for ActionName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Policy {
    /// Reads a policy document. What is no statement is left out: IAM has checked the grammar already.
    pub fn read(document: &Value) -> Self {
        Self(many(document.get("Statement")).into_iter().flat_map(permissions).collect())
    }

    /// The policy document.
    pub fn to_json(&self) -> Value {
        let statements: Vec<Value> = self.0.iter().map(Permission::to_statement).collect();
        serde_json::json!({"Version": "2012-10-17", "Statement": statements})
    }

    /// The permissions.
    pub fn permissions(&self) -> &BTreeSet<Permission> {
        &self.0
    }

    /// Is everything that `other` says said here too?
    pub fn covers(&self, other: &Self) -> bool {
        self.0.is_superset(&other.0)
    }

    /// What is said here and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// Does it say nothing?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Permission> for Policy {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

impl Extend<Permission> for Policy {
    fn extend<I: IntoIterator<Item = Permission>>(&mut self, permissions: I) {
        self.0.extend(permissions);
    }
}

impl Permission {
    /// The statement that says just this.
    pub fn to_statement(&self) -> Value {
        let Self { effect, principal, action, resource, condition } = self;
        let mut statement = BTreeMap::from([("Effect".to_owned(), Value::from(effect.as_str()))]);
        for (member, text) in [("Principal", principal), ("Action", &action.0), ("Resource", resource)] {
            if let Some(list) = text.strip_prefix(NOT) {
                statement.insert(format!("Not{member}"), serde_json::from_str(list).unwrap_or_default());
            } else if let Ok(map @ Value::Object(_)) = serde_json::from_str(text) {
                statement.insert(member.to_owned(), map);
            } else if !text.is_empty() {
                statement.insert(member.to_owned(), text.as_str().into());
            }
        }
        if !condition.is_empty() {
            statement.insert("Condition".to_owned(), serde_json::from_str(condition).unwrap_or_default());
        }
        statement.into_iter().collect()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { effect, principal, action, resource, condition } = self;
        write!(f, "{effect} {action}")?;
        if !resource.is_empty() {
            write!(f, " on {resource}")?;
        }
        if !principal.is_empty() {
            write!(f, " for {principal}")?;
        }
        if !condition.is_empty() {
            write!(f, " if {condition}")?;
        }
        Ok(())
    }
}

/// Begins what only means something as a whole list.
pub(crate) const NOT: &str = "not ";

fn permissions(statement: &Value) -> Vec<Permission> {
    let effect = statement.get("Effect").and_then(Value::as_str).unwrap_or("Deny");
    let condition = statement.get("Condition").map(condition).unwrap_or_default();
    let mut out = Vec::new();
    for principal in principals(statement) {
        for action in selector(statement, "Action").into_iter().map(ActionName) {
            for resource in selector(statement, "Resource") {
                out.push(Permission {
                    effect: effect.to_owned(),
                    principal: principal.clone(),
                    action: action.clone(),
                    resource,
                    condition: condition.clone(),
                });
            }
        }
    }
    out
}

/// The values of `Action` or `Resource`, one by one; those of `NotAction` together, as they only mean something together.
fn selector(statement: &Value, member: &str) -> Vec<String> {
    if let Some(not) = statement.get(format!("Not{member}")) {
        let all: BTreeSet<String> = many(Some(not)).into_iter().map(text).collect();
        return vec![format!("{NOT}{}", serde_json::to_string(&all).unwrap_or_default())];
    }
    let found: Vec<String> = many(statement.get(member)).into_iter().map(text).collect();
    if found.is_empty() { vec![String::new()] } else { found }
}

fn principals(statement: &Value) -> Vec<String> {
    if let Some(not) = statement.get("NotPrincipal") {
        let mut kinds: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (kind, name) in named(not) {
            kinds.entry(kind).or_default().insert(name);
        }
        return vec![format!("{NOT}{}", serde_json::to_string(&kinds).unwrap_or_default())];
    }
    let Some(principal) = statement.get("Principal") else { return vec![String::new()] };
    let text = |(kind, name): (&str, String)| {
        if kind == "AWS" && name == "*" { name } else { serde_json::json!({ kind: name }).to_string() }
    };
    named(principal).into_iter().map(text).collect()
}

/// Kinds and names. `*` alone is everyone, as `{AWS: "*"}` is; an account has two spellings.
fn named(principal: &Value) -> Vec<(&str, String)> {
    let Value::Object(kinds) = principal else { return vec![("AWS", text(principal))] };
    let mut out = Vec::new();
    for (kind, names) in kinds {
        out.extend(many(Some(names)).into_iter().map(|name| (kind.as_str(), account(&text(name)))));
    }
    out
}

/// `arn:aws:iam::123456789012:root` is `123456789012`.
fn account(name: &str) -> String {
    let root = name.strip_suffix(":root").and_then(|arn| arn.rsplit_once(":iam::"));
    root.filter(|(arn, _)| arn.starts_with("arn:")).map_or(name, |(_, account)| account).to_owned()
}

/// Operators and keys ignore case in IAM; the values of a key are a set; numbers and booleans are texts.
fn condition(block: &Value) -> String {
    let mut canonical: BTreeMap<&str, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (operator, keys) in block.as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let values = many(Some(values)).into_iter().map(text).collect();
            canonical.entry(operator).or_default().insert(key.to_ascii_lowercase(), values);
        }
    }
    if canonical.is_empty() { String::new() } else { serde_json::to_string(&canonical).unwrap_or_default() }
}

fn many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    }
}

fn text(value: &Value) -> String {
    super::document::scalar(value)
}
