//! `UpdateSecret`: description, key, and (not idempotently) the value.
//!
//! Ledger: S9, S10, S11, S98, S60, S61.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::create::is_account_key;
use super::put_value::{check_size, given_value, token_taken};
use super::secret::{CURRENT, Sealed};
use super::{function, key, open_for_writing};
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
}

pub(super) fn update_secret(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let mut value = given_value(input.secret_string, input.secret_binary)?;
    if let Some(value) = &value {
        check_size(value)?;
    }
    let name = world.secrets.find_writable(&input.secret_id)?;
    let token = match input.client_request_token {
        Some(token) => token,
        None => world.random().uuid(),
    };
    // Facts 3.2: unlike PutSecretValue, an error even for the same value. The
    // SDK sends a fresh token with every call, so this holds without a value too.
    let held = world.secrets.find(&name)?;
    let token_counts = value.is_some() || !world.readings.is_other(Reading::UpdateToken);
    if token_counts && held.versions.contains_key(&token) {
        return Err(token_taken(&token, &held.arn));
    }
    let new_key = input.kms_key_id.map(|key| Some(key).filter(|key| !is_account_key(key)));
    let another_key = new_key.as_ref().is_some_and(|key| *key != held.kms_key_id);
    if value.is_none() && another_key && world.readings.is_other(Reading::AnotherKey) {
        value = held.with_label(CURRENT).and_then(|(_, version)| version.value.clone());
    }
    let labels = BTreeSet::from([CURRENT.to_owned()]);
    if value.is_some() {
        held.check_room_for(&labels)?;
    }
    let (key, arn) = (new_key.clone().unwrap_or_else(|| held.kms_key_id.clone()), held.arn.clone());
    let sealed = match value {
        Some(value) => Some(Sealed { key: key::seal(world, key.as_deref(), &arn, &token)?, value }),
        None => None,
    };
    if another_key {
        key::encrypt_anew(world, &name, key.as_deref())?;
    }
    let now = world.now();
    let has_value = sealed.is_some();
    let secret = open_for_writing(world, &name)?;
    let mut output = json!({"ARN": secret.arn, "Name": secret.name});
    if let Some(sealed) = sealed {
        secret.add_version(&token, sealed, &labels, now);
        output["VersionId"] = json!(token);
    }
    if let Some(description) = input.description {
        secret.description = Some(description).filter(|text| !text.is_empty());
    }
    if let Some(key) = new_key {
        secret.kms_key_id = key;
    }
    if has_value {
        function::put_by_hand(world, &name);
    }
    Ok(output)
}
