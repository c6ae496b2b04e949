//! The resource policy of a secret: what it says in canonical form, and whom it lets in.
//!
//! Knows the policy grammar, not who may be let in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::arn::Scope;
use super::document::scalar;
use super::policy::{NOT, Permission, Policy};

/// A resource policy. Equal to another that says the same, however it is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
pub struct ResourcePolicy {
    /// As it was written, with every scalar as text: IAM's grammar has no others.
    document: Value,
    /// It decides whether `${…}` is a variable.
    version: String,
    permissions: Policy,
}

/// What IAM assumes where none is written.
const OLDEST: &str = "2008-10-17";

impl ResourcePolicy {
    /// Reads a document.
    pub fn read(document: &Value) -> Self {
        let version = document.get("Version").map_or_else(|| OLDEST.to_owned(), scalar);
        Self { document: texts(document), version, permissions: Policy::read(document) }
    }

    /// The empty document, which stands for no policy at all.
    pub fn is_empty(&self) -> bool {
        self.document.as_object().is_none_or(Map::is_empty)
    }

    /// `2008-10-17` or `2012-10-17`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What it says.
    pub fn permissions(&self) -> &Policy {
        &self.permissions
    }

    /// The text that PutResourcePolicy takes.
    pub fn to_json(&self) -> String {
        self.document.to_string()
    }

    /// Everyone whom it allows something.
    pub fn grantees(&self) -> BTreeSet<Grantee> {
        let allows = self.permissions.permissions().iter().filter(|permission| permission.effect == "Allow");
        allows.map(Grantee::of).collect()
    }
}

impl PartialEq for ResourcePolicy {
    fn eq(&self, other: &Self) -> bool {
        let Self { document: _, version, permissions } = self;
        match (self.is_empty(), other.is_empty()) {
            (false, false) => *version == other.version && *permissions == other.permissions,
            (one, another) => one == another,
        }
    }
}

impl Eq for ResourcePolicy {}

impl From<Value> for ResourcePolicy {
    fn from(document: Value) -> Self {
        Self::read(&document)
    }
}

impl From<ResourcePolicy> for Value {
    fn from(policy: ResourcePolicy) -> Self {
        policy.document
    }
}

/// Someone whom a policy lets in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// `*`.
    Everyone,
    /// Everyone but some.
    Others,
    /// An account, a user, a role or a session: account number, ARN, or the id of someone who was deleted.
    Aws(String),
    /// An AWS service, an identity provider, a canonical user.
    Of(String, String),
}

impl Grantee {
    fn of(permission: &Permission) -> Self {
        let principal = permission.principal.as_str();
        if principal.starts_with(NOT) {
            return Self::Others;
        }
        let Ok(Value::Object(kinds)) = serde_json::from_str(principal) else { return Self::Everyone };
        match kinds.into_iter().next().map(|(kind, name)| (kind, scalar(&name))) {
            Some((kind, name)) if kind == "AWS" => Self::Aws(name),
            Some((kind, name)) => Self::Of(kind, name),
            None => Self::Others,
        }
    }

    /// The names by which an operator may have listed it.
    pub fn names(&self, scope: &Scope) -> Vec<String> {
        match self {
            Self::Everyone => vec!["*".to_owned()],
            Self::Others => Vec::new(),
            Self::Aws(account) if is_account(account) => {
                vec![account.clone(), format!("arn:{}:iam::{account}:root", scope.partition)]
            }
            Self::Aws(name) | Self::Of(_, name) => vec![name.clone()],
        }
    }

    /// Is it this account, or someone of it?
    pub fn is_of(&self, scope: &Scope) -> bool {
        match self {
            Self::Aws(account) if is_account(account) => account == scope.account.as_str(),
            Self::Aws(name) => super::arn::Arn::parse(name).is_some_and(|arn| {
                arn.partition() == scope.partition.as_str() && arn.account() == scope.account.as_str()
            }),
            Self::Everyone | Self::Others | Self::Of(_, _) => false,
        }
    }
}

impl std::fmt::Display for Grantee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Others => f.write_str("everyone but some"),
            Self::Aws(account) if is_account(account) => write!(f, "the account {account}"),
            Self::Aws(name) | Self::Of(_, name) => f.write_str(name),
        }
    }
}

/// Twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn texts(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), texts(v))).collect()
        }
        Value::Array(elements) => elements.iter().map(texts).collect(),
        leaf => Value::String(scalar(leaf)),
    }
}
