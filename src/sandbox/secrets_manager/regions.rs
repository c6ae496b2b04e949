//! Secrets in other Regions: copies, which are the primary as it is now under
//! a key of their own, and what was a copy and stands alone.
//!
//! They are read; of what else can be done there, the copy's key is changed and
//! the copy promoted. What stands alone is not written here, nor does it go.
//!
//! Ledger: S63, S64, W4.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::create::is_account_key;
use super::replicas::Replica;
use super::secret::Secret;
use super::{SecretsManager, fault};
use crate::sandbox::dispatch::{Operation, one_region};
use crate::sandbox::place::Arn;
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{AwsError, Effect, Outcome};
use crate::sandbox::world::World;

/// Answers a call in a Region that is not the world's own.
pub(crate) fn run_elsewhere(world: &mut World, operation: &Operation, region: &str, input: &Value) -> Outcome {
    let mut there = world.empty_region(region);
    let now = world.now();
    for secret in copies(world, region).chain(world.secrets.alone(region).values().cloned()) {
        there.secrets.secrets.insert(&secret.name.clone(), secret, now);
    }
    let named = input.get("SecretId").and_then(Value::as_str);
    let copy = named.and_then(|id| there.secrets.find(id).ok()).filter(|secret| secret.copy_of.is_some());
    let copy = copy.map(|secret| (secret.name.clone(), secret.arn.clone()));
    match (operation.name, operation.effect, copy) {
        ("StopReplicationToReplica", _, copy) => {
            let output = (operation.run)(&mut there, input)?;
            if let Some((name, _)) = copy {
                promote(world, there, region, &name)?;
            }
            Ok(output)
        }
        (_, Effect::Reads, _) => {
            let output = (operation.run)(&mut there, input)?;
            keep_what_was_read(world, &there, region);
            Ok(output)
        }
        ("UpdateSecret", _, Some((name, arn))) if is_about_the_key_alone(input) => {
            let key = input.get("KmsKeyId").and_then(Value::as_str).filter(|key| !is_account_key(key));
            let key = key.unwrap_or(super::replicas::OWN_KEY).to_owned();
            let stated = !world.readings.is_other(Reading::KeyOfACopy);
            let secret = world.secrets.edit(&name, now)?;
            if let Some(replica) = secret.replicas.get_mut(region) {
                if stated { replica.kms_key_id = key } else { replica.own_key = Some(key) }
            }
            Ok(json!({"ARN": arn, "Name": name}))
        }
        (_, Effect::Writes, Some(_)) => Err(fault::of_a_replica()),
        (_, Effect::Writes, None) => Err(one_region(world, operation, region)),
    }
}

impl SecretsManager {
    /// The secrets of another Region that are no copies, by name.
    pub fn alone(&self, region: &str) -> &BTreeMap<String, Secret> {
        static NONE: BTreeMap<String, Secret> = BTreeMap::new();
        self.alone.get(region).unwrap_or(&NONE)
    }

    /// A copy takes the place of what has its name.
    pub(super) fn forget_alone(&mut self, region: &str, name: &str) {
        if let Some(secrets) = self.alone.get_mut(region) {
            secrets.remove(name);
        }
    }
}

/// What a policy is asked about an ARN of another Region: what stands there alone, or the primary of a copy, which has its tags
/// and its policy.
pub(crate) fn judged_elsewhere<'a>(world: &'a World, id: &str) -> Option<&'a Secret> {
    let (region, home) = (Arn::parse(id)?.region, &world.place().region);
    if let Some(alone) = world.secrets.alone(region).values().find(|secret| secret.arn == id) {
        return Some(alone);
    }
    let primary = id.replacen(&format!(":{region}:"), &format!(":{home}:"), 1);
    world.secrets.find(&primary).ok().filter(|secret| secret.replicas.get(region).is_some_and(Replica::is_there))
}

/// The copies in a Region, as they are seen there.
fn copies(world: &World, region: &str) -> impl Iterator<Item = Secret> {
    let home = &world.place().region;
    world.secrets.all().values().filter_map(move |primary| {
        let replica = primary.replicas.get(region).filter(|replica| replica.is_there())?;
        let key = replica.own_key.as_ref().unwrap_or(&replica.kms_key_id);
        let key = Some(key.clone()).filter(|key| !is_account_key(key));
        let mut copy = Secret {
            arn: primary.arn.replacen(&format!(":{home}:"), &format!(":{region}:"), 1),
            kms_key_id: key.clone(),
            accessed: replica.accessed,
            replicas: BTreeMap::new(),
            copy_of: Some(home.clone()),
            // Rotated where its primary is.
            rotation: None,
            ..primary.clone()
        };
        for version in copy.versions.values_mut() {
            version.key.clone_from(&key);
        }
        Some(copy)
    })
}

fn promote(world: &mut World, mut there: World, region: &str, name: &str) -> Result<(), AwsError> {
    let now = world.now();
    let promoted = there.secrets.edit(name, now)?.clone();
    world.secrets.alone.entry(region.to_owned()).or_default().insert(name.to_owned(), promoted);
    world.secrets.edit(name, now)?.replicas.remove(region);
    Ok(())
}

/// The days on which values were read stay.
fn keep_what_was_read(world: &mut World, there: &World, region: &str) {
    for (name, secret) in there.secrets.all() {
        let kept = match secret.copy_of {
            Some(_) => {
                world.secrets.secrets.poke(name).and_then(|it| it.replicas.get_mut(region)).map(|it| &mut it.accessed)
            }
            None => world.secrets.alone.get_mut(region).and_then(|them| them.get_mut(name)).map(|it| &mut it.accessed),
        };
        if let Some(kept) = kept {
            *kept = secret.accessed;
        }
    }
}

/// A copy's own key is the one thing that is changed where the copy is.
fn is_about_the_key_alone(input: &Value) -> bool {
    let members = input.as_object().into_iter().flatten();
    input.get("KmsKeyId").is_some()
        && members.into_iter().all(|(name, _)| ["SecretId", "KmsKeyId", "ClientRequestToken"].contains(&name.as_str()))
}
