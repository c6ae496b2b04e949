//! An execution role: the IAM role with which ECS starts a task.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::id::{Commit, Installation, KeyId, RoleName};
use super::policy::Policy;
use super::tags::{APPLIED, Mark, Tags, is_ours};

/// How much of the role evenkeel owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoleMode {
    /// The whole role.
    #[default]
    ManageRole,
    /// One inline policy of a role that someone else made.
    ManagePolicy,
    /// Nothing: it is only referred to.
    Observe,
}

impl RoleMode {
    /// The tag that says what was applied last: one of the installation's own where others manage the role too.
    pub fn mark(self, installation: &Installation) -> String {
        match self {
            Self::ManagePolicy => format!("{APPLIED}.{installation}"),
            Self::ManageRole | Self::Observe => APPLIED.to_owned(),
        }
    }
}

/// The commits from which the installation last changed an object, by its marks: of a role in either mode.
pub fn applied_from(tags: &Tags, installation: &Installation) -> impl Iterator<Item = Commit> {
    let whole = is_ours(tags, installation).then_some(RoleMode::ManageRole);
    let modes = whole.into_iter().chain([RoleMode::ManagePolicy]);
    modes.filter_map(|mode| Mark::read(tags, &mode.mark(installation))?.commit)
}

/// The name of the one inline policy that an installation owns on a role.
pub fn policy_name(installation: &Installation) -> String {
    format!("evenkeel-{installation}")
}

/// A role as a manifest wants it; what it may do is derived from the task definitions that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionRole {
    /// The name in IAM.
    pub role_name: RoleName,
    /// How much of it is managed.
    pub mode: RoleMode,
    /// The path in IAM; fixed at creation.
    pub path: String,
    /// The boundary; absent: not managed.
    pub permissions_boundary: Option<Arn>,
    /// The attached policies; absent: not managed, empty: none.
    pub managed_policy_arns: Option<BTreeSet<Arn>>,
    /// For adopted roles: may permissions that nothing managed uses be taken away?
    pub narrow: bool,
    /// What it is given beyond what is derived.
    pub grants: Vec<ExtraGrant>,
    /// May evenkeel take over a role without its tags?
    pub adopt: bool,
}

impl ExecutionRole {
    /// A role that is only looked at.
    pub fn observed(role_name: RoleName) -> Self {
        Self {
            role_name,
            mode: RoleMode::Observe,
            path: "/".to_owned(),
            permissions_boundary: None,
            managed_policy_arns: None,
            narrow: false,
            grants: Vec::new(),
            adopt: false,
        }
    }
}

/// A grant that a manifest writes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtraGrant {
    /// An SSM parameter of this account and Region, by name, or any by ARN.
    Parameter(String),
    /// An object in S3.
    EnvFile {
        /// The bucket.
        bucket: String,
        /// The object's key.
        key: String,
    },
    /// Images of a pull-through cache of ECR, by the prefix of its rule: those that the task definitions of the role name.
    PullThrough(String),
    /// A customer's key, of secrets that no manifest declares or of parameters.
    Decrypt {
        /// The key: its id, ARN or alias.
        key: KeyId,
        /// What is decrypted.
        through: Through,
    },
}

/// The service in whose hands a key is used; no other use of it is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Through {
    /// Of secrets.
    SecretsManager,
    /// Of parameters.
    ParameterStore,
}

/// A role as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservedRole {
    /// The ARN.
    pub arn: Arn,
    /// The path in IAM.
    pub path: String,
    /// Who may assume it.
    pub trust: Policy,
    /// The boundary.
    #[serde(default)]
    pub permissions_boundary: Option<Arn>,
    /// The attached policies.
    #[serde(default)]
    pub attached: BTreeSet<Arn>,
    /// The inline policies, by name.
    #[serde(default)]
    pub inline: BTreeMap<String, Inline>,
    /// All tags.
    #[serde(default)]
    pub tags: Tags,
}

impl ObservedRole {
    /// What an inline policy says; one that is not there says nothing.
    pub fn inline_policy(&self, name: &str) -> Policy {
        self.inline.get(name).map(|inline| inline.policy.clone()).unwrap_or_default()
    }
}

/// An inline policy as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inline {
    /// What it says.
    pub policy: Policy,
    /// In so many characters, as IAM counts.
    pub written: usize,
}
