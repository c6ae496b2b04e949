//! Secrets Manager: secrets, their versions and staging labels.
//!
//! Not here: batch reads; other Regions hold copies alone, and what became of them.
//! ECS asks IAM, with the secret's resource policy, before it reads one for a task.
//!
//! Ledger: S2, S24, S25.

mod announce;
mod create;
mod cron;
mod delete;
mod describe;
mod fault;
mod function;
mod get_value;
mod key;
mod list;
mod policy_text;
mod put_value;
mod regions;
mod replicas;
mod resource_policy;
mod rotation;
mod schedule;
mod secret;
mod stage;
mod tags;
mod update;

pub(crate) use create::create_owned;
mod versions;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::dispatch::{Operation, reads, writes};
use super::lagged::Lagged;
use super::place::Arn;
use super::wire::AwsError;
use super::world::World;

pub(crate) use announce::announce;
pub(crate) use delete::window_ends;
pub(crate) use fault::not_decrypted;
pub use function::RotationFunction;
pub(crate) use function::{due as rotation_due, step as rotation_step};
pub(crate) use get_value::{Which, choose};
pub(crate) use regions::{judged_elsewhere, run_elsewhere};
pub use replicas::Replica;
pub(crate) use replicas::replicated;
pub use resource_policy::ResourcePolicy;
pub use rotation::{Rotation, Rules};
pub use secret::{Deletion, Secret, Version};

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("CancelRotateSecret", rotation::cancel_rotate_secret),
    writes("CreateSecret", create::create_secret),
    writes("DeleteResourcePolicy", resource_policy::delete_resource_policy),
    writes("DeleteSecret", delete::delete_secret),
    reads("DescribeSecret", describe::describe_secret),
    reads("GetResourcePolicy", resource_policy::get_resource_policy),
    reads("GetSecretValue", get_value::get_secret_value),
    reads("ListSecretVersionIds", versions::list_secret_version_ids),
    reads("ListSecrets", list::list_secrets),
    writes("PutResourcePolicy", resource_policy::put_resource_policy),
    writes("PutSecretValue", put_value::put_secret_value),
    writes("RemoveRegionsFromReplication", replicas::remove_regions_from_replication),
    writes("ReplicateSecretToRegions", replicas::replicate_secret_to_regions),
    writes("RestoreSecret", delete::restore_secret),
    writes("RotateSecret", rotation::rotate_secret),
    writes("StopReplicationToReplica", replicas::stop_replication_to_replica),
    writes("TagResource", tags::tag_resource),
    writes("UntagResource", tags::untag_resource),
    writes("UpdateSecret", update::update_secret),
    writes("UpdateSecretVersionStage", stage::update_secret_version_stage),
];

/// All secrets of the Region.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretsManager {
    /// By name. Only `ListSecrets` reads late, unless [`Reading::DescribeSecret`](super::Reading) does too.
    secrets: Lagged<Secret>,
    /// How long a forced deletion takes; until then the name is not free.
    pub forced_deletion_takes: Duration,
    /// How long a copy in another Region takes.
    #[serde(default)]
    pub replication_takes: Duration,
    /// Regions in which copies fail, and why.
    #[serde(default)]
    pub replication_failures: BTreeMap<String, String>,
    /// Secrets of other Regions that are no copies, or no more: by Region and name.
    #[serde(default)]
    alone: BTreeMap<String, BTreeMap<String, Secret>>,
    /// Names of those that may have something to tell EventBridge.
    #[serde(skip)]
    touched: BTreeSet<String>,
}

impl SecretsManager {
    pub(crate) fn new() -> Self {
        Self {
            secrets: Lagged::new(),
            forced_deletion_takes: Duration::from_secs(2),
            replication_takes: Duration::from_secs(5),
            replication_failures: BTreeMap::new(),
            alone: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }

    /// Makes `ListSecrets` answer with the state of `lag` ago. AWS says that it
    /// may be five minutes behind (facts 3.6).
    pub fn set_list_lag(&mut self, lag: Duration) {
        self.secrets.set_lag(lag);
    }

    /// How late `ListSecrets` is.
    pub fn list_lag(&self) -> Duration {
        self.secrets.lag()
    }

    /// The secrets by name, those that are planned for deletion too.
    pub fn all(&self) -> &BTreeMap<String, Secret> {
        self.secrets.newest()
    }

    /// A secret by name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }

    /// A secret by name, to be changed behind everyone's back.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Secret> {
        self.secrets.poke(name)
    }

    /// A secret by name, full ARN, or ARN without the six characters.
    pub(crate) fn find(&self, id: &str) -> Result<&Secret, AwsError> {
        let name = Arn::parse(id).map_or(id, |arn| arn.resource.strip_prefix("secret:").unwrap_or(arn.resource));
        // Secrets of other services have a `!` in their names.
        if !name.bytes().all(|byte| fault::is_name_byte(byte) || byte == b'!') {
            return Err(fault::invalid_name());
        }
        self.lookup(id).ok_or_else(fault::not_found)
    }

    /// A secret as who reads late sees it.
    fn seen_late(&self, newest: &Secret, now: Millis) -> Result<&Secret, AwsError> {
        let seen = self.secrets.late_get(&newest.name, now).filter(|seen| seen.arn == newest.arn);
        seen.ok_or_else(fault::not_found)
    }

    /// [`Self::find`], for an operation that a planned deletion or an owning
    /// service forbids. Gives the name.
    fn find_writable(&self, id: &str) -> Result<String, AwsError> {
        let secret = self.find(id)?;
        if secret.deletion.is_some() {
            return Err(fault::marked_for_deletion());
        }
        if secret.owning_service.is_some() {
            return Err(fault::managed_by_another_service());
        }
        Ok(secret.name.clone())
    }

    /// A secret to change, from now on seen by late readers as it was.
    fn edit(&mut self, name: &str, at: Millis) -> Result<&mut Secret, AwsError> {
        let secret = self.secrets.edit(name, at).ok_or_else(fault::not_found)?;
        self.touched.insert(name.to_owned());
        secret.changed = at;
        Ok(secret)
    }

    /// Notes that a value was read; AWS keeps the day only (facts 3.6).
    pub(crate) fn touch(&mut self, name: &str, now: Millis) {
        if let Some(secret) = self.secrets.poke(name) {
            secret.accessed = Some(now.start_of_day());
        }
    }

    fn lookup(&self, id: &str) -> Option<&Secret> {
        let Some(arn) = Arn::parse(id) else {
            return self.get(id);
        };
        let named = arn.resource.strip_prefix("secret:")?;
        let by_full_arn = without_suffix(named).and_then(|name| self.get(name)).filter(|secret| secret.arn == id);
        if by_full_arn.is_some() {
            return by_full_arn;
        }
        // A partial ARN that itself ends like a suffix is read as a full one (facts 1.1).
        self.get(named).filter(|secret| without_suffix(named).is_none() && secret.arn.starts_with(id))
    }
}

/// `name` of `name-a1B2c3`.
fn without_suffix(resource: &str) -> Option<&str> {
    let (name, suffix) = resource.rsplit_once('-')?;
    let is_suffix = suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_suffix.then_some(name)
}

/// The secret that an operation may write to, ready to be changed.
fn open_for_writing<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Secret, AwsError> {
    let name = world.secrets.find_writable(id)?;
    let now = world.now();
    world.secrets.edit(&name, now)
}
