//! `DescribeSecret`, and what it shares with an entry of `ListSecrets`.
//!
//! Ledger: S15, S20, S30, S37, S63.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::replicas::shown;
use super::rotation::Rotation;
use super::secret::{Deletion, Secret};
use crate::sandbox::place::Arn;
use crate::sandbox::readings::{Reading, Readings};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
}

pub(super) fn describe_secret(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let is_late = world.readings.is_other(Reading::DescribeSecret);
    let secret = match world.secrets.find(&input.secret_id)? {
        secret if is_late => world.secrets.seen_late(secret, world.now())?,
        secret => secret,
    };
    let mut output = metadata(secret, &world.readings);
    output.insert("VersionIdsToStages".to_owned(), secret.labelled());
    if !secret.replicas.is_empty() {
        output.insert("ReplicationStatus".to_owned(), json!(shown(secret)));
    }
    Ok(Value::Object(output))
}

/// Everything but the versions, which the two operations name differently.
pub(super) fn metadata(secret: &Secret, readings: &Readings) -> Map<String, Value> {
    let deleted = |deletion: Deletion| {
        if readings.is_other(Reading::DeletedDate) { deletion.due } else { deletion.asked }
    };
    let tags: Vec<Value> = secret.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let optional = [
        ("Description", secret.description.as_ref().map(|text| json!(text))),
        ("KmsKeyId", secret.kms_key_id.as_ref().map(|key| json!(key))),
        ("LastAccessedDate", secret.accessed.map(|at| json!(at.epoch_seconds()))),
        ("DeletedDate", secret.deletion.map(|deletion| json!(deleted(deletion).epoch_seconds()))),
        ("OwningService", secret.owning_service.as_ref().map(|service| json!(service))),
    ];
    let optional = optional.into_iter().chain([("PrimaryRegion", primary_region(secret).map(|region| json!(region)))]);
    let rotation = secret.rotation.as_ref().map(Rotation::shown).unwrap_or_default();
    let fixed = [
        ("ARN", json!(secret.arn)),
        ("Name", json!(secret.name)),
        ("CreatedDate", json!(secret.created.epoch_seconds())),
        ("LastChangedDate", json!(secret.changed.epoch_seconds())),
        ("Tags", json!(tags)),
    ];
    let optional = optional.filter_map(|(name, value)| Some((name, value?)));
    fixed.into_iter().chain(optional).map(|(name, value)| (name.to_owned(), value)).chain(rotation).collect()
}

/// Stated of a copy, and of what has copies.
pub(super) fn primary_region(secret: &Secret) -> Option<&str> {
    let own = || Arn::parse(&secret.arn).filter(|_| !secret.replicas.is_empty()).map(|arn| arn.region);
    secret.copy_of.as_deref().or_else(own)
}
