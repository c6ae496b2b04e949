//! `PutSecretValue`, and the rules of a value.
//!
//! Ledger: S6, S7, S8, S17, S46, S60.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::secret::{CURRENT, PENDING, Sealed, Secret};
use super::{fault, function, key, open_for_writing};
use crate::sandbox::plaintext::Plaintext;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    client_request_token: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_stages: Option<BTreeSet<String>>,
}

/// Facts 3.1.
const MOST_BYTES: usize = 65_536;

pub(super) fn put_secret_value(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let value = given_value(input.secret_string, input.secret_binary)?
        .ok_or_else(|| fault::invalid_parameter("You must provide either SecretString or SecretBinary."))?;
    check_size(&value)?;
    let token = match input.client_request_token {
        Some(token) => token,
        None => world.random().uuid(),
    };
    let name = world.secrets.find_writable(&input.secret_id)?;
    if is_filled(world.secrets.find(&name)?, &token) {
        // To be compared with what it is asked to be.
        key::open(world, &name, &token)?;
    }
    let secret = world.secrets.find(&name)?;
    match secret.versions.get(&token).and_then(|version| version.value.as_ref()) {
        Some(held) if *held != value => return Err(token_taken(&token, &secret.arn)),
        Some(_) => {}
        None => {
            let mut labels = input.version_stages.unwrap_or_else(|| BTreeSet::from([CURRENT.to_owned()]));
            if secret.versions.is_empty() {
                labels.insert(CURRENT.to_owned());
            }
            secret.check_room_for(&labels)?;
            let (key, arn) = (secret.kms_key_id.clone(), secret.arn.clone());
            let sealed = Sealed { key: key::seal(world, key.as_deref(), &arn, &token)?, value };
            let now = world.now();
            let secret = open_for_writing(world, &name)?;
            let pending = secret.with_label(PENDING).map(|(id, _)| id.to_owned());
            secret.add_version(&token, sealed, &labels, now);
            if labels.contains(CURRENT) && pending.as_ref() != Some(&token) {
                function::put_by_hand(world, &name);
            }
        }
    }
    let secret = world.secrets.find(&name)?;
    let stages = secret.versions.get(&token).map(|version| &version.stages);
    Ok(json!({"ARN": secret.arn, "Name": secret.name, "VersionId": token, "VersionStages": stages}))
}

/// Is there a version with a value under this token?
pub(super) fn is_filled(secret: &Secret, token: &str) -> bool {
    secret.versions.get(token).is_some_and(|version| version.value.is_some())
}

/// The value that a request carries: at most one of the two.
pub(super) fn given_value(text: Option<String>, base64: Option<String>) -> Result<Option<Plaintext>, AwsError> {
    match (text, base64) {
        (Some(_), Some(_)) => Err(fault::invalid_parameter(
            "You can't specify both a binary secret value and a string secret value in the same secret.",
        )),
        (Some(text), None) => Ok(Some(Plaintext::Text(text))),
        (None, Some(base64)) => Ok(Some(Plaintext::Binary(base64))),
        (None, None) => Ok(None),
    }
}

/// Counts bytes; the API model counts characters.
pub(super) fn check_size(value: &Plaintext) -> Result<(), AwsError> {
    if value.byte_count() > MOST_BYTES {
        return Err(fault::invalid_parameter(format!("a secret value can have {MOST_BYTES} bytes")));
    }
    Ok(())
}

pub(super) fn token_taken(token: &str, arn: &str) -> AwsError {
    fault::exists(format!(
        "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."
    ))
}
