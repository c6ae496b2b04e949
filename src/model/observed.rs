//! Everything that was seen of AWS, at one moment, possibly incomplete.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::arn::{Arn, Scope};
use super::id::{Family, KeyId, Name, ResourceId};
use super::inventory::{Inventory, Remnant, Uses};
use super::role::ObservedRole;
use super::secret::ObservedSecret;
use super::secret_policy::ResourcePolicy;
use super::secret_version::SecretVersion;
use super::service::{ObservedService, ServiceDeployment};
use super::tags::Digest;
use super::task::Task;
use super::task_definition::ObservedRevision;
use super::time::Timestamp;

/// One look at one thing. "Could not read" is not "does not exist".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seen<T> {
    /// AWS says that it does not exist.
    Absent,
    /// AWS says what it is.
    Present(T),
    /// Nothing is known: why.
    Unreadable(String),
}

impl<T> Seen<T> {
    /// What it is, where that is known.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(thing) => Some(thing),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }
}

/// What was seen. Serialises, without a value in it: it is the test fixture and the support bundle too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Observed {
    /// When the look began.
    pub at: Timestamp,
    /// Where.
    pub scope: Scope,
    /// The secrets, by manifest name.
    #[serde(default)]
    pub secrets: BTreeMap<Name, Seen<ObservedSecret>>,
    /// The roles, by manifest name.
    #[serde(default)]
    pub roles: BTreeMap<Name, Seen<ObservedRole>>,
    /// The services, by manifest name.
    #[serde(default)]
    pub services: BTreeMap<Name, Seen<ObservedService>>,
    /// The newest ACTIVE revision of a task definition's family, by manifest name; read only where asked for.
    #[serde(default)]
    pub newest: BTreeMap<Name, Seen<Arn>>,
    /// Revisions, by ARN.
    #[serde(default)]
    pub revisions: BTreeMap<Arn, Seen<ObservedRevision>>,
    /// Revisions that are ACTIVE in a managed family or run somewhere and name the role; read only where asked for.
    #[serde(default)]
    pub in_use: BTreeMap<Name, Seen<BTreeSet<Arn>>>,
    /// When the current version of a secret was made; read only where asked for.
    #[serde(default)]
    pub version_dates: BTreeMap<Name, Seen<Timestamp>>,
    /// The versions of a secret, those without any label included; read only where asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<Name, Seen<Vec<SecretVersion>>>,
    /// The resource policy of a secret; read only where asked for.
    #[serde(default)]
    pub resource_policies: BTreeMap<Name, Seen<ResourcePolicy>>,
    /// The key of a copy of a secret, as the Region of the copy states it, by the copy's ARN; read only where asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys_of_copies: BTreeMap<Arn, Seen<Option<KeyId>>>,
    /// The deployments of a service, newest first; read only where asked for.
    #[serde(default)]
    pub histories: BTreeMap<Name, Seen<Vec<ServiceDeployment>>>,
    /// The tasks of a service that have stopped within the last hour; read only where asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stopped_tasks: BTreeMap<Name, Seen<Vec<Task>>>,
    /// What carries this installation's tags, as lists show it; absent where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Inventory>,
    /// What of that no manifest names, each read for itself; read only where asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub remnants: BTreeMap<Arn, Seen<Remnant>>,
    /// The ACTIVE revisions of a family, each read for itself; read only where asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub active: BTreeMap<Family, Seen<BTreeSet<Arn>>>,
    /// Who uses which revisions in the clusters that matter; read only where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Seen<Uses>>,
    /// Every revision that could still be started: ACTIVE in a family with manifests or without, or in use; read only
    /// where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startable: Option<Seen<BTreeSet<Arn>>>,
    /// What failed in this process and is not tried again yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub back_offs: BTreeMap<ResourceId, BackOff>,
    /// What this process itself wrote moments ago: digests of calls, and when.
    #[serde(default)]
    pub written: BTreeMap<Digest, Timestamp>,
}

/// A resource whose last step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackOff {
    /// When it is tried again.
    pub until: Timestamp,
    /// What it failed of.
    pub why: String,
    /// Was it something to be deleted that nobody wants any more? That holds up nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pruning: bool,
}

impl Observed {
    /// Nothing seen yet.
    pub fn nothing(at: Timestamp, scope: Scope) -> Self {
        Self {
            at,
            scope,
            secrets: BTreeMap::new(),
            roles: BTreeMap::new(),
            services: BTreeMap::new(),
            newest: BTreeMap::new(),
            revisions: BTreeMap::new(),
            in_use: BTreeMap::new(),
            version_dates: BTreeMap::new(),
            versions: BTreeMap::new(),
            resource_policies: BTreeMap::new(),
            keys_of_copies: BTreeMap::new(),
            histories: BTreeMap::new(),
            stopped_tasks: BTreeMap::new(),
            inventory: None,
            remnants: BTreeMap::new(),
            active: BTreeMap::new(),
            uses: None,
            startable: None,
            back_offs: BTreeMap::new(),
            written: BTreeMap::new(),
        }
    }
}

/// Why nothing is known of what nobody asked for.
pub const UNASKED: &str = "it was not looked at";

/// Looks up one thing; what was not looked at is unreadable.
pub fn seen<'a, K: Ord, T>(map: &'a BTreeMap<K, Seen<T>>, key: &K) -> Result<Option<&'a T>, &'a str> {
    match map.get(key) {
        Some(Seen::Present(thing)) => Ok(Some(thing)),
        Some(Seen::Absent) => Ok(None),
        Some(Seen::Unreadable(why)) => Err(why),
        None => Err(UNASKED),
    }
}
