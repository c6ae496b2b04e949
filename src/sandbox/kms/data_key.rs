//! `GenerateDataKey`.
//!
//! Ledger: O7.

use aws_smithy_types::base64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cipher::Context;
use super::{fault, seal};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    key_id: String,
    key_spec: Option<String>,
    number_of_bytes: Option<usize>,
    #[serde(default)]
    encryption_context: Context,
}

pub(super) fn generate_data_key(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let length = match (input.key_spec.as_deref(), input.number_of_bytes) {
        (Some("AES_128"), None) => 16,
        (Some(_), None) => 32,
        (None, Some(bytes)) => bytes,
        _ => return Err(fault::validation("Please specify either number of bytes or key spec.")),
    };
    let hex = world.random().hex(2 * length);
    let nibble = |digit: &u8| char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
    let plain: Vec<u8> =
        hex.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | nibble(digit))).collect();
    let (arn, blob) = seal(world, &input.key_id, &input.encryption_context, &plain)?;
    Ok(json!({"Plaintext": base64::encode(plain), "CiphertextBlob": base64::encode(blob), "KeyId": arn}))
}
