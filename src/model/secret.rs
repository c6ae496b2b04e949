//! A secret of Secrets Manager: its metadata and the ids of its versions. A value is not part of the model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::deletion::DeletionPolicy;
use super::id::{KeyId, Region, SecretName, Stage, VersionId};
use super::secret_policy::ResourcePolicy;
use super::secret_rotation::{ObservedRotation, Rotation};
use super::secret_value::ValueSource;
use super::tags::{GENERATION, Tags};
use super::task_definition::Pinning;
use super::time::Timestamp;

/// A secret as a manifest wants it.
///
/// An absent field is not managed; an empty map or list removes what is there.
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
    /// Where its value comes from; absent: someone else writes it.
    pub value: Option<ValueSource>,
    /// How Secrets Manager rotates it.
    pub rotation: Option<Rotation>,
    /// Copies in other Regions, and their keys where those are managed.
    pub replicas: Option<BTreeMap<Region, Option<KeyId>>>,
    /// Who else may use it; an empty one removes what is there.
    pub resource_policy: Option<ResourcePolicy>,
    /// What pruning does with it.
    pub deletion_policy: DeletionPolicy,
    /// May evenkeel take over a secret without its tags?
    pub adopt: bool,
    /// Failures of before this time are forgotten.
    pub retry_after: Option<Timestamp>,
}

impl Secret {
    /// One that is only referred to.
    pub fn reference(secret_name: SecretName) -> Self {
        Self {
            secret_name,
            description: None,
            kms_key_id: None,
            tags: None,
            value: None,
            rotation: None,
            replicas: None,
            resource_policy: None,
            deletion_policy: DeletionPolicy::Retain,
            adopt: false,
            retry_after: None,
        }
    }

    /// Is it only referred to: never written, never tagged, in no need of adoption?
    pub fn is_reference(&self) -> bool {
        let Self {
            secret_name: _,
            description,
            kms_key_id,
            tags,
            value,
            rotation,
            replicas,
            resource_policy,
            deletion_policy,
            adopt: _,
            retry_after: _,
        } = self;
        description.is_none()
            && value.is_none()
            && kms_key_id.is_none()
            && tags.is_none()
            && rotation.is_none()
            && replicas.is_none()
            && resource_policy.is_none()
            && *deletion_policy == DeletionPolicy::Retain
    }

    /// Which version evenkeel wants to be current, for as long as the manifest stays as it is; `None` where someone else
    /// writes the value, now or later.
    pub fn enforced(&self) -> Option<VersionId> {
        self.value.as_ref().filter(|_| !matches!(self.rotation, Some(Rotation::On(_))))?.enforced(&self.secret_name)
    }

    /// How readers pin it where nothing says so: what evenkeel writes is deployed as it was made, and what others write is
    /// followed, so that new tasks get the newest.
    pub fn pinning(&self) -> Pinning {
        if self.enforced().is_some() { Pinning::VersionId } else { Pinning::Current }
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
    /// The partner outside AWS whose credential it is: those are rotated without a function.
    #[serde(default)]
    pub partner: Option<String>,
    /// How it is rotated; absent where that was never set up.
    #[serde(default)]
    pub rotation: Option<ObservedRotation>,
    /// When it was last rotated: shown, never compared.
    #[serde(default)]
    pub last_rotated: Option<Timestamp>,
    /// When its next rotation is due.
    #[serde(default)]
    pub next_rotation: Option<Timestamp>,
    /// Where it came from, which for a replica is another Region.
    #[serde(default)]
    pub primary_region: Option<Region>,
    /// Its copies in other Regions; a list does not show them.
    #[serde(default)]
    pub replicas: BTreeMap<Region, ObservedReplica>,
    /// Was it read for itself, and not out of a list that may be five minutes old?
    #[serde(default = "yes")]
    pub exact: bool,
}

impl ObservedSecret {
    /// Does this version still carry any label? Without one, Secrets Manager may remove it.
    pub fn is_labelled(&self, version: &VersionId) -> bool {
        self.stages.values().any(|labelled| labelled == version)
    }

    /// Is a version being made that is not the current one? A rotation that failed leaves one behind too.
    pub fn is_rotating(&self) -> bool {
        let [pending, current] = [Stage::pending(), Stage::current()].map(|stage| self.stages.get(&stage));
        pending.is_some() && pending != current
    }

    /// Which generation of its value was made last. A value that was there before anything was recorded is the first.
    pub fn generation(&self) -> u32 {
        let recorded = self.tags.get(GENERATION).and_then(|number| number.parse().ok());
        recorded.unwrap_or_else(|| u32::from(self.stages.contains_key(&Stage::current())))
    }

    /// The Region of which it is a copy.
    pub fn copied_from(&self) -> Option<&Region> {
        self.primary_region.as_ref().filter(|region| region.as_str() != self.arn.region())
    }
}

/// Gives a version a label, as Secrets Manager does: what was current before is the previous one then.
pub fn label(stages: &mut BTreeMap<Stage, VersionId>, stage: &Stage, version: &VersionId) {
    let before = stages.insert(stage.clone(), version.clone());
    if let Some(before) = before.filter(|before| *stage == Stage::current() && before != version) {
        stages.insert(Stage::previous(), before);
    }
}

/// A copy in another Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservedReplica {
    /// Its key, as it was given; the Region's own `alias/aws/secretsmanager` where none was.
    #[serde(default)]
    pub kms_key_id: Option<KeyId>,
    /// How far it is.
    pub status: ReplicaStatus,
}

/// How far a copy is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplicaStatus {
    /// It is there.
    InSync,
    /// It is being made.
    InProgress,
    /// It could not be made, in AWS's words.
    Failed(String),
    /// Something that evenkeel does not know.
    Other(String),
}

fn yes() -> bool {
    true
}
