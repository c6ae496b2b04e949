//! `ReplicateSecretToRegions`, `RemoveRegionsFromReplication` and
//! `StopReplicationToReplica`, and how a copy comes about. A copy is a line of
//! the primary's state; what is seen of it in its Region is `regions`'.
//!
//! Ledger: S37, S38, S39, S63, S64, S100.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::secret::{CURRENT, Secret};
use super::{fault, key, open_for_writing};
use crate::sandbox::agenda::Event;
use crate::sandbox::clock::Millis;
use crate::sandbox::place::Arn;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

/// A copy of a secret in another Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replica {
    /// As it was given; the Region's own key where none was.
    pub kms_key_id: String,
    /// The one that it was given in its Region since, where the primary goes on stating the first.
    #[serde(default)]
    pub own_key: Option<String>,
    /// `InProgress`, `InSync` or `Failed`.
    pub status: String,
    /// Why.
    pub message: Option<String>,
    /// When its value was last read in its Region, in whole days.
    #[serde(default)]
    pub accessed: Option<Millis>,
    /// It may take the place of a secret that has its name there.
    #[serde(default)]
    pub overwrites: bool,
}

impl Replica {
    /// Can it be read in its Region?
    pub(super) fn is_there(&self) -> bool {
        self.status == "InSync"
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    #[serde(default)]
    add_replica_regions: Vec<New>,
    #[serde(default)]
    remove_replica_regions: Vec<String>,
    #[serde(default)]
    force_overwrite_replica_secret: bool,
}

/// A copy to be made.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct New {
    region: Option<String>,
    kms_key_id: Option<String>,
}

pub(super) const OWN_KEY: &str = "alias/aws/secretsmanager";

pub(super) fn replicate_secret_to_regions(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let name = world.secrets.find_writable(&input.secret_id)?;
    let held = &world.secrets.find(&name)?.replicas;
    let overwrites = input.force_overwrite_replica_secret;
    let new = check(&input.add_replica_regions, overwrites, &world.place().region, held)?;
    let secret = open_for_writing(world, &name)?;
    secret.replicas.extend(new.clone());
    let output = json!({"ARN": secret.arn, "ReplicationStatus": shown(secret)});
    begin(world, &name, &new);
    Ok(output)
}

pub(super) fn remove_regions_from_replication(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let name = world.secrets.find_writable(&input.secret_id)?;
    let secret = world.secrets.find(&name)?;
    if let Some(region) = input.remove_replica_regions.iter().find(|region| !secret.replicas.contains_key(*region)) {
        return Err(fault::invalid_parameter(format!("The secret has no replica in {region}.")));
    }
    let secret = open_for_writing(world, &name)?;
    secret.replicas.retain(|region, _| !input.remove_replica_regions.contains(region));
    Ok(json!({"ARN": secret.arn, "ReplicationStatus": shown(secret)}))
}

/// In the Region of the copy, which stands alone from then on.
pub(super) fn stop_replication_to_replica(world: &mut World, input: &Value) -> Outcome {
    let Input { secret_id, .. } = parse(input)?;
    let name = world.secrets.find_writable(&secret_id)?;
    if world.secrets.find(&name)?.copy_of.is_none() {
        return Err(fault::invalid_request("The secret is not a replica."));
    }
    let secret = open_for_writing(world, &name)?;
    secret.copy_of = None;
    Ok(json!({"ARN": secret.arn}))
}

/// The copies that a request asks for.
pub(super) fn check(
    new: &[New],
    overwrites: bool,
    home: &str,
    held: &BTreeMap<String, Replica>,
) -> Result<BTreeMap<String, Replica>, AwsError> {
    let mut out = BTreeMap::new();
    for New { region, kms_key_id } in new {
        let region = region.clone().unwrap_or_default();
        let taken = held.get(&region).is_some_and(|replica| replica.status != "Failed");
        if region == home || region.is_empty() || taken || out.contains_key(&region) {
            return Err(fault::invalid_parameter("Invalid replica region."));
        }
        let kms_key_id = kms_key_id.clone().filter(|key| !key.is_empty()).unwrap_or_else(|| OWN_KEY.to_owned());
        if Arn::parse(&kms_key_id).is_some_and(|key| key.region != region) {
            return Err(fault::invalid_parameter(format!("The KMS key of a replica in {region} must be there.")));
        }
        let status = "InProgress".to_owned();
        out.insert(region, Replica { kms_key_id, own_key: None, status, message: None, accessed: None, overwrites });
    }
    Ok(out)
}

/// Lets the copies come about.
pub(super) fn begin(world: &mut World, name: &str, new: &BTreeMap<String, Replica>) {
    let due = world.now() + world.secrets.replication_takes;
    for region in new.keys() {
        world.at(due, Event::SecretReplicated(name.to_owned(), region.clone()));
    }
}

/// A copy is there, or cannot be.
pub(crate) fn replicated(world: &mut World, name: &str, region: &str) {
    let replica = world.secrets.get(name).and_then(|secret| secret.replicas.get(region));
    if replica.is_none_or(|replica| replica.status != "InProgress") {
        // It has been removed in the meantime.
        return;
    }
    let failure = why_not(world, name, region);
    if failure.is_none() {
        world.secrets.forget_alone(region, name);
    }
    let now = world.now();
    if let Some(replica) = world.secrets.edit(name, now).ok().and_then(|secret| secret.replicas.get_mut(region)) {
        let status = if failure.is_some() { "Failed" } else { "InSync" };
        status.clone_into(&mut replica.status);
        replica.message = failure;
    }
}

/// What is in the way of a copy.
fn why_not(world: &World, name: &str, region: &str) -> Option<String> {
    if let Some(scripted) = world.secrets.replication_failures.get(region) {
        return Some(scripted.clone());
    }
    let secret = world.secrets.get(name)?;
    let overwrites = secret.replicas.get(region)?.overwrites;
    if world.secrets.alone(region).contains_key(name) && !overwrites {
        return Some("Secret with this name already exists in this region".to_owned());
    }
    let key = secret.with_label(CURRENT).and_then(|(_, version)| version.key.as_ref())?;
    (!key::works(world, key)).then(|| "The KMS key is disabled or not found".to_owned())
}

/// `ReplicationStatus`.
pub(super) fn shown(secret: &Secret) -> Vec<Value> {
    let each = |(region, Replica { kms_key_id, own_key: _, status, message, accessed, overwrites: _ }): (
        &String,
        &Replica,
    )| {
        let mut shown = json!({"Region": region, "KmsKeyId": kms_key_id, "Status": status});
        if let Some(message) = message {
            shown["StatusMessage"] = json!(message);
        }
        if let Some(at) = accessed {
            shown["LastAccessedDate"] = json!(at.epoch_seconds());
        }
        shown
    };
    secret.replicas.iter().map(each).collect()
}
