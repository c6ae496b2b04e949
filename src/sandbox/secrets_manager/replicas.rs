//! `ReplicateSecretToRegions` and `RemoveRegionsFromReplication`, and how a copy
//! comes about. A copy is a line of the primary's state: the other Regions
//! themselves are empty.
//!
//! Ledger: S37, S38, S39.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::secret::Secret;
use super::{fault, open_for_writing};
use crate::sandbox::agenda::Event;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

/// A copy of a secret in another Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replica {
    /// As it was given; the Region's own key where none was.
    pub kms_key_id: String,
    /// `InProgress`, `InSync` or `Failed`.
    pub status: String,
    /// Why.
    pub message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    #[serde(default)]
    add_replica_regions: Vec<New>,
    #[serde(default)]
    remove_replica_regions: Vec<String>,
}

/// A copy to be made.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct New {
    region: Option<String>,
    kms_key_id: Option<String>,
}

const OWN_KEY: &str = "alias/aws/secretsmanager";

pub(super) fn replicate_secret_to_regions(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let name = world.secrets.find_writable(&input.secret_id)?;
    let held = &world.secrets.find(&name)?.replicas;
    let new = check(&input.add_replica_regions, &world.place().region, held)?;
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

/// The copies that a request asks for.
pub(super) fn check(
    new: &[New],
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
        out.insert(region, Replica { kms_key_id, status: "InProgress".to_owned(), message: None });
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
    let failure = world.secrets.replication_failures.get(region).cloned();
    let now = world.now();
    let Ok(secret) = world.secrets.edit(name, now) else { return };
    if let Some(replica) = secret.replicas.get_mut(region).filter(|replica| replica.status == "InProgress") {
        let status = if failure.is_some() { "Failed" } else { "InSync" };
        status.clone_into(&mut replica.status);
        replica.message = failure;
    }
}

/// `ReplicationStatus`.
pub(super) fn shown(secret: &Secret) -> Vec<Value> {
    let each = |(region, Replica { kms_key_id, status, message }): (&String, &Replica)| {
        let mut shown = json!({"Region": region, "KmsKeyId": kms_key_id, "Status": status});
        if let Some(message) = message {
            shown["StatusMessage"] = json!(message);
        }
        shown
    };
    secret.replicas.iter().map(each).collect()
}
