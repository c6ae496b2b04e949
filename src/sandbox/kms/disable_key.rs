//! `DisableKey`: nothing is sealed or opened with it from then on.
//!
//! Ledger: O101.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{fault, key_itself};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    key_id: String,
}

pub(super) fn disable_key(world: &mut World, input: &Value) -> Outcome {
    let Input { key_id } = parse(input)?;
    let found = key_itself(world, &key_id)?;
    if found.of_aws {
        return Err(fault::unsupported("changes of the keys of AWS, nor does AWS"));
    }
    let id = found.id.clone();
    if let Some(key) = world.kms.keys.get_mut(&id) {
        key.disabled = true;
    }
    Ok(json!({}))
}
