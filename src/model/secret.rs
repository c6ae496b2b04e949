//! A secret of Secrets Manager: its metadata and the ids of its versions. A value is not part of the model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::id::{KeyId, SecretName, Stage, VersionId};
use super::tags::Tags;
use super::time::Timestamp;

/// A secret as a manifest wants it. Its value belongs to someone else.
///
/// An absent field is not managed; an empty map of tags removes them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The name, or the full ARN of a secret of another account or Region.
    pub secret_name: SecretName,
    /// What people read about it.
    pub description: Option<String>,
    /// The KMS key.
    pub kms_key_id: Option<KeyId>,
    /// The user's tags.
    pub tags: Option<Tags>,
    /// May evenkeel take over a secret without its tags?
    pub adopt: bool,
}

impl Secret {
    /// Is it only referred to: never written, never tagged, in no need of adoption?
    pub fn is_reference(&self) -> bool {
        let Self { secret_name: _, description, kms_key_id, tags, adopt: _ } = self;
        description.is_none() && kms_key_id.is_none() && tags.is_none()
    }

    /// The ARN, where the manifest gives it.
    pub fn arn(&self) -> Option<Arn> {
        Arn::parse(self.secret_name.as_str())
    }
}

/// A secret as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservedSecret {
    /// The full ARN, with its six random characters.
    pub arn: Arn,
    /// What people read about it.
    #[serde(default)]
    pub description: Option<String>,
    /// The customer's key; absent for the account's own key `aws/secretsmanager`.
    #[serde(default)]
    pub kms_key_id: Option<KeyId>,
    /// All tags.
    #[serde(default)]
    pub tags: Tags,
    /// Which version carries which label.
    #[serde(default)]
    pub stages: BTreeMap<Stage, VersionId>,
    /// When it was scheduled for deletion.
    #[serde(default)]
    pub deleted: Option<Timestamp>,
    /// The AWS service that manages it, for example `rds`.
    #[serde(default)]
    pub owning_service: Option<String>,
    /// Was it read for itself, and not out of a list that may be five minutes old?
    #[serde(default = "yes")]
    pub exact: bool,
}

impl ObservedSecret {
    /// Does this version still carry any label? Without one, Secrets Manager may remove it.
    pub fn is_labelled(&self, version: &VersionId) -> bool {
        self.stages.values().any(|labelled| labelled == version)
    }
}

fn yes() -> bool {
    true
}
