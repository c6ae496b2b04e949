//! `Encrypt` and `Decrypt`.
//!
//! Ledger: O7.

use aws_smithy_types::base64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cipher::{self, Context};
use super::{Key, fault, key};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    key_id: Option<String>,
    plaintext: Option<String>,
    ciphertext_blob: Option<String>,
    #[serde(default)]
    encryption_context: Context,
    encryption_algorithm: Option<String>,
}

const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

pub(super) fn encrypt(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let plain = bytes(input.plaintext.as_deref().unwrap_or_default())?;
    let given = input.key_id.as_deref().unwrap_or_default();
    check(&input, key(world, given)?)?;
    let (arn, blob) = seal(world, given, &input.encryption_context, &plain)?;
    Ok(json!({"CiphertextBlob": base64::encode(blob), "KeyId": arn, "EncryptionAlgorithm": ALGORITHM}))
}

pub(super) fn decrypt(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let blob = bytes(input.ciphertext_blob.as_deref().unwrap_or_default())?;
    let asked = input.key_id.as_deref().map(|given| key(world, given).map(|key| key.id.clone())).transpose()?;
    let found = cipher::key_id(&blob).and_then(|id| world.kms.keys.get(id)).ok_or_else(fault::invalid_ciphertext)?;
    if asked.is_some_and(|id| id != found.id) {
        let message = "The key ID in the request does not identify a CMK that can perform this operation.";
        return Err(AwsError::new("IncorrectKeyException", message));
    }
    check(&input, found)?;
    let plain =
        cipher::open(&found.material, &input.encryption_context, &blob).ok_or_else(fault::invalid_ciphertext)?;
    Ok(json!({"Plaintext": base64::encode(plain), "KeyId": found.arn, "EncryptionAlgorithm": ALGORITHM}))
}

/// Encrypts under a key that is given in any way; its ARN and the ciphertext.
pub(crate) fn seal(
    world: &mut World,
    given: &str,
    context: &Context,
    plain: &[u8],
) -> Result<(String, Vec<u8>), AwsError> {
    let found = key(world, given)?.clone();
    fault::check_enabled(&found)?;
    let nonce = world.random().hex(16);
    Ok((found.arn.clone(), cipher::seal(&found.id, &found.material, nonce.as_bytes(), context, plain)))
}

/// The key that a ciphertext names.
pub(crate) fn key_of(blob: &str) -> Option<String> {
    cipher::key_id(&base64::decode(blob).ok()?).map(str::to_owned)
}

/// May the key be used, and so? All keys here are symmetric.
fn check(input: &Input, key: &Key) -> Result<(), AwsError> {
    fault::check_enabled(key)?;
    match &input.encryption_algorithm {
        Some(other) if other != ALGORITHM => {
            let message = format!("{} is a symmetric key, and {other} is for asymmetric ones.", key.arn);
            Err(AwsError::new("InvalidKeyUsageException", message))
        }
        _ => Ok(()),
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, AwsError> {
    base64::decode(text).map_err(|_| AwsError::new("SerializationException", "a blob is not base64"))
}
