//! What evenkeel's own fields of each kind are. ECS's fields stand beside them, under ECS's names.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::{advice, schema};
use crate::model::{role, secret_value, service, task_definition};

/// A secret of AWS Secrets Manager.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SecretSpec {
    /// The name in Secrets Manager, or the full ARN of an external secret; `metadata.name` where absent.
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^[A-Za-z0-9/_+=.@:!-]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::SECRET_NAME))]
    pub(super) secret_name: Option<String>,
    /// What people read about it.
    #[schemars(length(max = 2048))]
    pub(super) description: Option<String>,
    /// A KMS key: id, ARN or alias.
    #[schemars(length(min = 1, max = 2048), regex(pattern = KEY))]
    #[schemars(extend("patternErrorMessage" = "takes the id of a key, its ARN, or alias/NAME"))]
    pub(super) kms_key_id: Option<String>,
    /// Tags of the secret.
    pub(super) tags: Option<BTreeMap<String, String>>,
    /// Where the value comes from; absent: someone else owns it.
    pub(super) value: Option<ValueSpec>,
    /// Of an `encrypted` value: write it whenever another version is current, or only where there is none.
    #[schemars(extend("enum" = ["Enforce", "Seed"]))]
    pub(super) write_policy: Option<ModelText<secret_value::WritePolicy>>,
    /// How Secrets Manager rotates the value; `{}` turns rotation off.
    pub(super) rotation: Option<RotationSpec>,
    /// Copies in other Regions; `[]` removes them all.
    pub(super) replicas: Option<Vec<ReplicaSpec>>,
    /// A JSON policy of the secret, never a public one; `{}` removes it.
    pub(super) resource_policy: Option<BTreeMap<String, serde_json::Value>>,
    /// What pruning does with it.
    #[schemars(extend("enum" = ["Retain", "ScheduleDeletion"]))]
    pub(super) deletion_policy: Option<String>,
    /// How long a scheduled deletion can be undone.
    #[schemars(range(min = 7, max = 30))]
    pub(super) recovery_window_days: Option<u8>,
}

/// Where a value comes from: exactly one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ValueSpec {
    /// evenkeel makes it, once for each generation.
    pub(super) generate: Option<GenerateSpec>,
    /// It stands in Git, encrypted.
    pub(super) encrypted: Option<EncryptedSpec>,
    /// Someone else owns it.
    pub(super) external: Option<Empty>,
}

/// A value that is made of the operating system's randomness, by the rules of Secrets Manager's GetRandomPassword.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GenerateSpec {
    /// How many characters; 32 where absent.
    #[schemars(range(min = 1, max = 4096))]
    pub(super) length: Option<u16>,
    /// Characters that may not stand in it.
    #[schemars(length(max = 4096))]
    pub(super) exclude_characters: Option<String>,
    /// No digits?
    pub(super) exclude_numbers: Option<bool>,
    /// No punctuation: no ASCII character that is printed and is neither letter nor digit?
    pub(super) exclude_punctuation: Option<bool>,
    /// No capital letters?
    pub(super) exclude_uppercase: Option<bool>,
    /// No small letters?
    pub(super) exclude_lowercase: Option<bool>,
    /// Also spaces?
    pub(super) include_space: Option<bool>,
    /// At least one character of each type that is not excluded? True where absent.
    pub(super) require_each_included_type: Option<bool>,
    /// The value is a JSON object that takes the password in; absent: the password alone.
    pub(super) json: Option<JsonSpec>,
    /// From 1, which it is where absent; a higher number than the last one makes the next value.
    #[schemars(range(min = 1))]
    pub(super) generation: Option<u32>,
}

/// A value that stands in Git, encrypted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EncryptedSpec {
    /// The file: a path from the manifest's own folder, and in it.
    #[schemars(length(min = 1, max = 1024))]
    pub(super) file: String,
    /// How it is encrypted.
    #[schemars(extend("enum" = ["age", "kms", "sops"]))]
    pub(super) format: ModelText<secret_value::Format>,
}

/// A JSON object with a password in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct JsonSpec {
    /// The other members, as they are.
    pub(super) template: Option<BTreeMap<String, serde_json::Value>>,
    /// The member that holds the password.
    #[schemars(length(min = 1, max = 512), regex(pattern = "^[^:]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::NO_COLON))]
    pub(super) key: String,
}

/// `{}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Empty {}

/// How Secrets Manager rotates a value; `{}` turns rotation off.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RotationSpec {
    /// The Lambda function, of this account and Region.
    #[schemars(
        length(min = 1, max = 2048),
        regex(pattern = r"^arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[^:]+(:[^:]+)?$"),
        extend("patternErrorMessage" = "takes the ARN of a Lambda function, such as arn:aws:lambda:eu-west-1:123456789012:function:NAME")
    )]
    pub(super) lambda_arn: Option<String>,
    /// `rate(30 days)`, `rate(12 hours)`, or a `cron(…)` of six fields, in UTC.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[0-9A-Za-z()#?*/, -]+$"))]
    #[schemars(extend("patternErrorMessage" = "takes rate(…) or cron(…), such as rate(30 days)"))]
    pub(super) schedule: Option<String>,
    /// How long from then it may begin: 1h to 24h.
    #[schemars(regex(pattern = r"^[0-9]{1,2}h$"))]
    #[schemars(extend("patternErrorMessage" = "takes hours, such as 3h"))]
    pub(super) window: Option<String>,
    /// Rotate at once when these settings change?
    pub(super) rotate_immediately: Option<bool>,
}

/// A key of KMS: its id, its alias, or the ARN of either (API reference of KMS, `KeyId`).
pub(super) const KEY: &str = "^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/[A-Za-z0-9/_-]+|[A-Za-z0-9/_.-]+)$";

/// A Region, as far as a pattern says it: `eu-west-1`, `eusc-de-east-1`, `us-gov-west-1`.
pub(super) const REGION: &str = "^([a-z]+-){2,}[0-9]+$";

/// A copy in another Region.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReplicaSpec {
    /// The Region.
    #[schemars(length(max = 128), regex(pattern = REGION))]
    #[schemars(extend("patternErrorMessage" = "takes a Region, such as eu-central-1"))]
    pub(super) region: String,
    /// A KMS key of that Region; absent: its key aws/secretsmanager when the copy is made, and not managed.
    #[schemars(length(min = 1, max = 2048), regex(pattern = KEY))]
    #[schemars(extend("patternErrorMessage" = "takes the id of a key, its ARN, or alias/NAME"))]
    pub(super) kms_key_id: Option<String>,
}

/// evenkeel's own fields of a task definition.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskDefinitionSpec {
    /// The family; `metadata.name` where absent.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::NAME))]
    pub(super) family: Option<String>,
    /// The manifest of the execution role.
    pub(super) execution_role_ref: Option<NameRef>,
    /// The ARN of an execution role that evenkeel does not manage, or its name.
    #[schemars(length(min = 1, max = 2048))]
    pub(super) execution_role_arn: Option<String>,
    /// How secrets are pinned where a reference does not say it.
    #[schemars(extend("enum" = ["VersionId", "Current", "Unwatched"]))]
    pub(super) secret_pinning: Option<Pinning>,
    /// How many old revisions stay; absent: all.
    #[schemars(range(min = 1))]
    pub(super) keep_revisions: Option<u32>,
    /// Tags of the revisions that evenkeel registers, all of them; a change is made on the one that runs. A revision that someone else registered keeps its own, unless `evenkeel.dev/adopt` is set.
    pub(super) tags: Option<Vec<TagSpec>>,
    /// What is kept as the service's revision has it.
    pub(super) ignore_differences: Option<Vec<IgnoreSpec>>,
}

/// evenkeel's own fields of a service.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceSpec {
    /// The name in ECS; `metadata.name` where absent.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::NAME))]
    pub(super) service_name: Option<String>,
    /// The name of the cluster, or its ARN, which must be of this account and Region.
    #[schemars(length(min = 1, max = 2048))]
    #[schemars(regex(
        pattern = r"^([A-Za-z0-9_-]{1,255}|arn:[a-z-]+:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]{1,255})$"
    ))]
    #[schemars(extend("patternErrorMessage" = "takes the name of a cluster: letters, digits, - and _; or its ARN"))]
    pub(super) cluster: Option<String>,
    /// The manifest of the task definition.
    pub(super) task_definition_ref: NameRef,
    /// How changes are rolled out.
    pub(super) rollout: Option<RolloutSpec>,
    /// What happens to changes made by hand.
    #[schemars(extend("enum" = ["Correct", "Detect"]))]
    pub(super) drift_policy: Option<DriftPolicy>,
    /// Leave the service alone?
    pub(super) suspend: Option<bool>,
    /// Tags of the service.
    pub(super) tags: Option<Vec<TagSpec>>,
    /// What is left as it is.
    pub(super) ignore_differences: Option<Vec<IgnoreSpec>>,
}

/// How changes are rolled out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RolloutSpec {
    /// What a new version of a secret does.
    #[schemars(extend("enum" = ["Redeploy", "Hold", "Ignore"]))]
    pub(super) on_secret_change: Option<OnSecretChange>,
    /// How old the newest version of a secret must be.
    pub(super) debounce: Option<Period>,
    /// When a rollout counts as failed.
    pub(super) timeout: Option<Period>,
    /// Lower waves go first.
    pub(super) wave: Option<u32>,
    /// How many times a failed rollout is tried again.
    pub(super) retry: Option<u32>,
}

/// The name of another manifest.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NameRef {
    /// Its `metadata.name`.
    #[schemars(regex(pattern = schema::NAME_PATTERN), extend("patternErrorMessage" = advice::LABEL))]
    pub(super) name: String,
}

/// A tag, in ECS's form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TagSpec {
    /// The key.
    #[schemars(length(min = 1, max = 128))]
    pub(super) key: String,
    /// The value.
    #[schemars(length(max = 256))]
    pub(super) value: Option<String>,
}

/// A field that is left as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IgnoreSpec {
    /// Its path, with elements by their key: `containerDefinitions[web].image`.
    #[schemars(length(min = 1, max = 512))]
    pub(super) path: String,
}

/// A secret, by its manifest.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretRef {
    /// Its `metadata.name`.
    #[schemars(regex(pattern = schema::NAME_PATTERN), extend("patternErrorMessage" = advice::LABEL))]
    pub(super) name: String,
    /// A key of its JSON object.
    #[schemars(length(min = 1, max = 512), regex(pattern = "^[^:]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::NO_COLON))]
    pub(super) key: Option<String>,
    /// A staging label other than `AWSCURRENT`.
    #[schemars(length(min = 1, max = 256), regex(pattern = "^[^:]+$"))]
    #[schemars(extend("patternErrorMessage" = advice::NO_COLON))]
    pub(super) stage: Option<String>,
    /// Overrides the task definition's pinning.
    #[schemars(extend("enum" = ["VersionId", "Current", "Unwatched"]))]
    pub(super) pin: Option<Pinning>,
}

pub(super) type RoleMode = ModelText<role::RoleMode>;
pub(super) type Pinning = ModelText<task_definition::Pinning>;
pub(super) type DriftPolicy = ModelText<service::DriftPolicy>;
pub(super) type OnSecretChange = ModelText<service::OnSecretChange>;

/// A word of the model: text to a schema, the model's own type to the code.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct ModelText<T>(pub(super) T);

impl<T> JsonSchema for ModelText<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

/// A duration such as `30s`, `15m` or `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period(pub Duration);

impl Period {
    /// How one is written: with a unit.
    pub(super) const PATTERN: &str = "^([0-9]{1,6}(ms|s|m|h))+$";

    /// Reads a duration.
    pub fn parse(text: &str) -> Option<Self> {
        let parsed: jiff::SignedDuration = text.parse().ok()?;
        Duration::try_from(parsed).ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a duration"))
    }
}

impl JsonSchema for Period {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Period".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "patternErrorMessage": "is a duration such as 30s, 15m or 1h30m",
        })
    }
}
