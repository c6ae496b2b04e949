//! `ExecutionRole` as its manifest writes it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::advice;
use super::kinds::{ModelText, RoleMode};
use crate::model::role::Through;

/// The role with which ECS starts tasks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExecutionRoleSpec {
    /// The name in IAM; `metadata.name` where absent.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_+=,.@-]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::ROLE_NAME))]
    pub(super) role_name: Option<String>,
    /// How much of the role evenkeel owns.
    #[schemars(extend("enum" = ["ManageRole", "ManagePolicy", "Observe"]))]
    pub(super) mode: Option<RoleMode>,
    /// The path in IAM.
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^/([!-~]+/)?$"))]
    #[schemars(extend("patternErrorMessage" = "begins and ends with /, as in /evenkeel/"))]
    pub(super) path: Option<String>,
    /// The ARN of the boundary.
    #[schemars(length(min = 20, max = 2048))]
    pub(super) permissions_boundary: Option<String>,
    /// ARNs of attached policies; IAM takes 20 at most.
    #[schemars(length(max = 20))]
    pub(super) managed_policy_arns: Option<BTreeSet<String>>,
    /// For adopted roles: may permissions that nothing managed uses be taken away?
    pub(super) narrow: Option<bool>,
    /// What it is given beyond what is derived.
    pub(super) grants: Option<Vec<GrantSpec>>,
}

/// One grant: exactly one member.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GrantSpec {
    /// Name or ARN of an SSM parameter.
    #[schemars(length(min = 1, max = 2048), regex(pattern = "^[A-Za-z0-9_.:/-]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::ONE_PARAMETER))]
    pub(super) parameter: Option<String>,
    /// An environment file in S3.
    pub(super) env_file: Option<EnvFileSpec>,
    /// The prefix of a pull-through cache of ECR: the images below it that the role's task definitions name may be imported.
    #[schemars(length(min = 2, max = 30), regex(pattern = PREFIX))]
    #[schemars(extend("patternErrorMessage" = advice::CACHE))]
    pub(super) pull_through: Option<String>,
    /// A customer's key of SSM parameters, or of secrets that no manifest declares.
    pub(super) decrypt: Option<DecryptSpec>,
}

/// A key, and what may be decrypted with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DecryptSpec {
    /// Id, ARN or alias of the key.
    #[schemars(length(min = 1, max = 2048), regex(pattern = super::kinds::KEY))]
    #[schemars(extend("patternErrorMessage" = "takes the id of a key, its ARN, or alias/NAME"))]
    pub(super) key: String,
    /// The service that uses it for the role.
    #[schemars(extend("enum" = ["SecretsManager", "ParameterStore"]))]
    pub(super) through: ModelText<Through>,
}

/// ECR's API reference, `CreatePullThroughCacheRule`.
const PREFIX: &str = r"^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*/?|ROOT)$";

/// An object in S3.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EnvFileSpec {
    /// The bucket.
    #[schemars(length(min = 3, max = 63), regex(pattern = r"^[a-z0-9][a-z0-9.-]*[a-z0-9]$"))]
    #[schemars(extend("patternErrorMessage" = advice::BUCKET))]
    pub(super) bucket: String,
    /// The object's key.
    #[schemars(length(min = 1, max = 1024), regex(pattern = "^[^*?$]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::ONE_OBJECT))]
    pub(super) key: String,
}
