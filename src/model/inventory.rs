//! What carries this installation's tags, wherever it is: suspects out of lists, and what a look at each of them found.
//!
//! A list may be old, and is only a cause to look: nothing is deleted because of one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::id::{ClusterName, Family, ResourceId, ServiceName};
use super::role::ObservedRole;
use super::secret::ObservedSecret;
use super::service::ObservedService;
use super::tags::{RESOURCE, Tags};

/// When, and how much of what is there, may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PruneRules {
    /// Is anything deleted at all?
    pub enabled: bool,
    /// The largest part that one pass may delete, in millionths.
    pub max_millionths: u32,
}

impl Default for PruneRules {
    fn default() -> Self {
        Self { enabled: false, max_millionths: 200_000 }
    }
}

impl PruneRules {
    /// The largest part that one pass may delete.
    pub fn max_fraction(self) -> f64 {
        f64::from(self.max_millionths) / 1_000_000.0
    }

    /// May so many of so many be deleted?
    pub fn allow(self, unwanted: usize, all: usize) -> bool {
        unwanted as u128 * 1_000_000 <= all as u128 * u128::from(self.max_millionths)
    }
}

/// Objects with this installation's tag, as lists show them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Inventory {
    /// Each with the `Kind/name` that its tag states.
    pub owned: BTreeMap<Arn, Option<ResourceId>>,
    /// What could not be listed, and why.
    pub unlisted: Vec<String>,
    /// Was it listed in this look, and not in one before?
    pub fresh: bool,
}

/// Something that no manifest names, read for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remnant {
    /// A service.
    Service(ObservedService),
    /// A role.
    Role(ObservedRole),
    /// A secret.
    Secret(ObservedSecret),
}

impl Remnant {
    /// All tags.
    pub fn tags(&self) -> &Tags {
        match self {
            Self::Service(service) => &service.tags,
            Self::Role(role) => &role.tags,
            Self::Secret(secret) => &secret.tags,
        }
    }

    /// Is it there no longer, but for AWS's memory of it?
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Secret(secret) if secret.deleted.is_some())
    }
}

/// Who uses revisions: services, deployments, tasks, and what a service would go back to. In words, by revision.
pub type Uses = BTreeMap<Arn, BTreeSet<String>>;

/// What an ARN names, of what evenkeel makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A service of a cluster.
    Service(ClusterName, ServiceName),
    /// A revision, by its family and number.
    Revision(Family, u64),
    /// A secret.
    Secret,
    /// A role, by its name.
    Role(String),
}

impl Named {
    /// `None` for what evenkeel does not make.
    pub fn of(arn: &Arn) -> Option<Self> {
        let resource = arn.resource();
        match arn.service() {
            "ecs" => {
                if let Some(service) = resource.strip_prefix("service/") {
                    let (cluster, name) = service.split_once('/')?;
                    return Some(Self::Service(ClusterName::new(cluster), ServiceName::new(name)));
                }
                let (family, number) = resource.strip_prefix("task-definition/")?.rsplit_once(':')?;
                Some(Self::Revision(Family::new(family), number.parse().ok()?))
            }
            "secretsmanager" => resource.starts_with("secret:").then_some(Self::Secret),
            "iam" => Some(Self::Role(resource.strip_prefix("role/")?.rsplit('/').next()?.to_owned())),
            _ => None,
        }
    }
}

/// The manifest that an object's tags name.
pub fn resource_of(tags: &Tags) -> Option<ResourceId> {
    ResourceId::parse(tags.get(RESOURCE)?)
}
