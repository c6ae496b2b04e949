//! Names, one type each, so that a family can never be passed where a role is meant.
//!
//! Names that people write are checked when they are made; what AWS mints (ARNs, version ids) is taken as it comes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::arn::Arn;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

identifiers! {
    /// Name of a secret in Secrets Manager, or its full ARN where someone else owns it.
    SecretName,
    /// Name of an IAM role.
    RoleName,
    /// Family of task definitions.
    Family,
    /// Name of an ECS service.
    ServiceName,
    /// Short name of an ECS cluster.
    ClusterName,
    /// Owner id in tags: everything that one evenkeel installation manages carries it.
    Installation,
    /// A Git commit id.
    Commit,
    /// Id of one immutable version of a secret.
    VersionId,
    /// Staging label of a secret's version.
    Stage,
    /// Id, ARN or alias of a KMS key, as Secrets Manager states it.
    KeyId,
    /// A twelve-digit account number.
    AccountId,
    /// An AWS Region, for example `eu-west-1`.
    Region,
    /// An AWS partition, for example `aws`.
    Partition,
}

impl Stage {
    /// The label of the version that is read where none is named.
    pub const CURRENT: &str = "AWSCURRENT";

    /// The label of the version that a rotation is making.
    pub const PENDING: &str = "AWSPENDING";

    /// `AWSCURRENT`.
    pub fn current() -> Self {
        Self::new(Self::CURRENT)
    }

    /// `AWSPREVIOUS`, which moves to the version that was current.
    pub fn previous() -> Self {
        Self::new("AWSPREVIOUS")
    }

    /// `AWSPENDING`.
    pub fn pending() -> Self {
        Self::new(Self::PENDING)
    }
}

/// `metadata.name` of a manifest: a DNS-1123 label, unique per kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// `None` unless the text is a DNS-1123 label: 1 to 63 of `a-z`, `0-9` and `-`, the ends not `-`.
    pub fn parse(text: &str) -> Option<Self> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = text.as_bytes();
        let ends = [bytes.first(), bytes.last()];
        let fits = bytes.len() <= 63 && ends.into_iter().all(|end| end.copied().is_some_and(letter));
        (fits && bytes.iter().all(|b| letter(*b) || *b == b'-')).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The four kinds of managed resource, in the order of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the variants are the manifest kinds themselves")]
pub enum Kind {
    Secret,
    ExecutionRole,
    TaskDefinition,
    Service,
}

impl Kind {
    /// Every kind, in the order of the chain.
    pub const ALL: [Self; 4] = [Self::Secret, Self::ExecutionRole, Self::TaskDefinition, Self::Service];

    /// The kind as a manifest writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ExecutionRole => "ExecutionRole",
            Self::TaskDefinition => "TaskDefinition",
            Self::Service => "Service",
        }
    }

    /// Reads the kind as a manifest writes it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a step, a hold or a line of a status is about: `Kind/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceId {
    /// The kind.
    pub kind: Kind,
    /// `metadata.name`.
    pub name: Name,
}

impl KeyId {
    /// Is it, by its alias, the key that AWS keeps in the account for a service?
    pub fn is_of_account(&self, service: &str) -> bool {
        let arn = Arn::parse(self.as_str());
        let resource = arn.as_ref().map_or(self.as_str(), Arn::resource);
        resource.strip_prefix("alias/aws/") == Some(service)
    }

    /// Is it a customer's, as the key of a secret? The account's own needs no grant: everyone in the account may use it
    /// through Secrets Manager.
    pub fn is_customers(&self) -> bool {
        !self.is_of_account("secretsmanager")
    }
}

impl ResourceId {
    /// `kind/name`.
    pub fn new(kind: Kind, name: &Name) -> Self {
        Self { kind, name: name.clone() }
    }

    /// Reads `Kind/name`.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once('/')?;
        Some(Self { kind: Kind::parse(kind)?, name: Name::parse(name)? })
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.kind, self.name))
    }
}

impl Serialize for ResourceId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("not a Kind/name: {text}")))
    }
}
