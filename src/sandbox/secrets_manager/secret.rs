//! A secret, its versions, and how staging labels move between them.
//!
//! Ledger: S12, S14, S16.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault;
use super::replicas::Replica;
use super::resource_policy::ResourcePolicy;
use super::rotation::Rotation;
use crate::sandbox::clock::Millis;
use crate::sandbox::plaintext::Plaintext;
use crate::sandbox::tags::Tags;
use crate::sandbox::wire::AwsError;

pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";
pub(super) const PENDING: &str = "AWSPENDING";

/// A secret. No `Debug`: it holds values.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// Full ARN, with the six random characters.
    pub arn: String,
    /// Name, unique in the Region.
    pub name: String,
    /// Free text; not a secret.
    pub description: Option<String>,
    /// As it was given; `None` is the account's key `aws/secretsmanager`.
    pub kms_key_id: Option<String>,
    /// Tags.
    pub tags: Tags,
    /// Versions by id, the deprecated ones too.
    pub versions: BTreeMap<String, Version>,
    /// When it was created.
    pub created: Millis,
    /// When anything of it last changed, a tag too.
    pub changed: Millis,
    /// When a value was last read, in whole days.
    pub accessed: Option<Millis>,
    /// Set while the secret waits to be deleted.
    pub deletion: Option<Deletion>,
    /// The AWS service that manages it; then nobody else may write.
    pub owning_service: Option<String>,
    /// How it is rotated; `None` where that was never set up.
    #[serde(default)]
    pub rotation: Option<Rotation>,
    /// Copies in other Regions.
    #[serde(default)]
    pub replicas: BTreeMap<String, Replica>,
    /// The Region of its primary, where it is a copy: then it is only read.
    #[serde(default)]
    pub copy_of: Option<String>,
    /// Who else may use it.
    #[serde(default)]
    pub policy: Option<ResourcePolicy>,
    /// Labels and their versions, as they were last told to EventBridge.
    #[serde(default)]
    pub(super) told_labels: BTreeMap<String, String>,
}

/// One version of a secret. No `Debug`: it holds a value.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// When it was created.
    pub created: Millis,
    /// `None` where a rotation has named a version but not filled it.
    pub value: Option<Plaintext>,
    /// The customer's key that it is under; `None` is the account's own.
    #[serde(default)]
    pub key: Option<String>,
    /// Staging labels; a version without any is deprecated.
    pub stages: BTreeSet<String>,
}

/// A value, and the key that it is under: what makes a version.
pub(super) struct Sealed {
    pub(super) value: Plaintext,
    pub(super) key: Option<String>,
}

/// A planned deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    /// When it was asked for.
    pub asked: Millis,
    /// When the secret will be gone.
    pub due: Millis,
    /// Without a recovery window, so without a way back.
    pub forced: bool,
}

/// Labels on all versions of a secret together (facts 3.1).
const MOST_LABELS: usize = 20;
/// Versions that are kept although nothing points at them (facts 3.1).
const MOST_VERSIONS: usize = 100;
const SURELY_KEPT: Duration = Duration::from_hours(24);

impl Secret {
    /// The version that carries a label.
    pub fn with_label(&self, label: &str) -> Option<(&str, &Version)> {
        self.versions
            .iter()
            .find(|(_, version)| version.stages.contains(label))
            .map(|(id, version)| (id.as_str(), version))
    }

    /// The id of the version with `AWSCURRENT`.
    pub fn current(&self) -> Option<&str> {
        self.with_label(CURRENT).map(|(id, _)| id)
    }

    /// Adds a version and puts `labels` on it, taking them from where they are.
    /// [`Self::check_room_for`] them first.
    pub(super) fn add_version(&mut self, id: &str, sealed: Sealed, labels: &BTreeSet<String>, now: Millis) {
        let version = self.versions.entry(id.to_owned()).or_insert(Version {
            created: now,
            value: None,
            key: None,
            stages: BTreeSet::new(),
        });
        (version.value, version.key) = (Some(sealed.value), sealed.key);
        for label in labels {
            self.attach(label, id);
        }
        self.drop_outdated(now);
    }

    /// Names the version that a rotation is to make, without a value.
    pub(super) fn add_pending(&mut self, id: &str, now: Millis) {
        let version = Version { created: now, value: None, key: None, stages: BTreeSet::new() };
        self.versions.entry(id.to_owned()).or_insert(version);
        self.attach(PENDING, id);
    }

    /// May these labels be on the secret, besides those that it has? `AWSPREVIOUS` comes with a new current version.
    pub(super) fn check_room_for(&self, labels: &BTreeSet<String>) -> Result<(), AwsError> {
        let held = self.versions.values().flat_map(|version| &version.stages);
        let mut all: BTreeSet<&str> = held.chain(labels).map(String::as_str).collect();
        if labels.contains(CURRENT) && self.current().is_some() {
            all.insert(PREVIOUS);
        }
        if all.len() > MOST_LABELS {
            return Err(fault::limit(format!("a secret can have {MOST_LABELS} staging labels")));
        }
        Ok(())
    }

    /// Moves a label to a version. `AWSPREVIOUS` follows `AWSCURRENT`.
    pub(super) fn attach(&mut self, label: &str, to: &str) {
        let from = self.with_label(label).map(|(id, _)| id.to_owned());
        if from.as_deref() == Some(to) {
            return;
        }
        self.put_label(label, to);
        if let Some(from) = from.filter(|_| label == CURRENT) {
            self.put_label(PREVIOUS, &from);
        }
    }

    fn put_label(&mut self, label: &str, to: &str) {
        for (id, version) in &mut self.versions {
            if id == to {
                version.stages.insert(label.to_owned());
            } else {
                version.stages.remove(label);
            }
        }
    }

    /// Version ids to labels, as `DescribeSecret` and `ListSecrets` show them:
    /// deprecated versions are left out.
    pub(super) fn labelled(&self) -> Value {
        self.versions
            .iter()
            .filter(|(_, version)| !version.stages.is_empty())
            .map(|(id, version)| (id.clone(), json!(version.stages)))
            .collect()
    }

    /// The newest 100 versions stay, and whatever has a label or is younger
    /// than a day.
    fn drop_outdated(&mut self, now: Millis) {
        let mut excess = self.versions.len().saturating_sub(MOST_VERSIONS);
        let mut outdated: Vec<(Millis, String)> = self
            .versions
            .iter()
            .filter(|(_, version)| version.stages.is_empty() && now.since(version.created) > SURELY_KEPT)
            .map(|(id, version)| (version.created, id.clone()))
            .collect();
        outdated.sort();
        for (_, id) in outdated {
            if excess == 0 {
                break;
            }
            self.versions.remove(&id);
            excess -= 1;
        }
    }
}
