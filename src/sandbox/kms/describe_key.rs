//! `DescribeKey`.
//!
//! Ledger: O8, O101, O60.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Key, key};
use crate::sandbox::place::Place;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    key_id: String,
}

pub(super) fn describe_key(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let found = key(world, &input.key_id)?.clone();
    Ok(json!({"KeyMetadata": metadata(world.place(), &found)}))
}

pub(super) fn metadata(place: &Place, key: &Key) -> Value {
    let state = match key {
        Key { deletion: Some(_), .. } => "PendingDeletion",
        Key { disabled: true, .. } => "Disabled",
        Key { .. } => "Enabled",
    };
    let mut metadata = json!({
        "AWSAccountId": place.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created.epoch_seconds(),
        "Enabled": state == "Enabled",
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": state,
        "Origin": "AWS_KMS",
        "KeyManager": if key.of_aws { "AWS" } else { "CUSTOMER" },
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
    });
    if let Some(due) = key.deletion {
        metadata["DeletionDate"] = json!(due.epoch_seconds());
    }
    metadata
}
