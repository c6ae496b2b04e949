//! A task definition as a manifest wants it: one family, whose revisions are immutable.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::document::Document;
use super::id::{Family, Name, Stage};
use super::path::Path;
use super::revision::Revision;
use super::secret_source::{Place, Slot};
use super::tags::Tags;

/// How a revision names the version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pinning {
    /// By its id, in `valueFrom`: a rollback brings the old value back.
    VersionId,
    /// By its stage, with the id in a label: a new task always gets the newest value.
    Current,
    /// By its stage, as ECS itself does, and nothing is recorded: a new task gets the newest value, and a new version
    /// redeploys nothing.
    Unwatched,
}

/// A task definition as a manifest wants it. Authoritative as a whole: an absent field is ECS's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskDefinition {
    /// The family.
    pub family: Family,
    /// The role with which ECS starts the tasks.
    pub execution_role: Option<RoleUse>,
    /// How secrets are pinned where a use does not say it.
    pub pinning: Option<Pinning>,
    /// The content, less family, tags, role and secrets.
    pub content: Document,
    /// The secrets, by place.
    pub secrets: BTreeMap<Slot, SecretUse>,
    /// The user's tags: all of them.
    pub tags: Tags,
    /// How many revisions older than the newest one stay ACTIVE; absent: all.
    pub keep_revisions: Option<u32>,
    /// What is kept as the service's revision has it.
    pub ignore: Vec<Path>,
    /// May the tags of a revision that someone else registered be changed?
    pub adopt: bool,
}

impl TaskDefinition {
    /// How the secret of a slot is pinned, given what its use says and what is usual for the secret. ECS takes no version of
    /// a registry's credentials.
    pub fn pins(&self, slot: &Slot, pin: Option<Pinning>, usual: Pinning) -> Pinning {
        match (&slot.place, pin.or(self.pinning).unwrap_or(usual)) {
            (Place::Registry, Pinning::VersionId) => Pinning::Current,
            (_, pinning) => pinning,
        }
    }
}

/// How a task definition names its execution role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoleUse {
    /// By its manifest.
    Declared(Name),
    /// By its ARN, or by its name: evenkeel does not manage it.
    Raw(Arn),
}

/// How a task definition names a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretUse {
    /// By its manifest.
    Declared {
        /// The manifest.
        secret: Name,
        /// A key of its JSON object.
        key: Option<String>,
        /// A staging label other than `AWSCURRENT`.
        stage: Option<Stage>,
        /// Overrides the task definition's pinning.
        pin: Option<Pinning>,
    },
    /// Any text that ECS takes: used as it is, and not watched.
    Raw(String),
}

/// A revision as ECS describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservedRevision {
    /// The family.
    pub family: Family,
    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`.
    pub status: String,
    /// The content.
    pub revision: Revision<Arn>,
    /// All tags.
    #[serde(default)]
    pub tags: Tags,
}

impl ObservedRevision {
    /// Can a service be told to run it?
    pub fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }
}
