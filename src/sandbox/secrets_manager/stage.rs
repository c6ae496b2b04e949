//! `UpdateSecretVersionStage`: a compare-and-swap of one label.
//!
//! Ledger: S13.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::rotation::label_moved;
use super::secret::CURRENT;
use super::{fault, open_for_writing};
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    version_stage: String,
    remove_from_version_id: Option<String>,
    move_to_version_id: Option<String>,
}

pub(super) fn update_secret_version_stage(world: &mut World, input: &Value) -> Outcome {
    let Input { secret_id, version_stage: label, remove_from_version_id: from, move_to_version_id: to } = parse(input)?;
    let name = world.secrets.find_writable(&secret_id)?;
    let secret = world.secrets.find(&name)?;
    if let Some(missing) = [&from, &to].into_iter().flatten().find(|id| !secret.versions.contains_key(*id)) {
        return Err(fault::no_such_version(&format!("VersionId: {missing}")));
    }
    secret.check_room_for(&BTreeSet::from([label.clone()]))?;
    let is_strict = world.readings.is_other(Reading::MovedToItself);
    let holder = secret.with_label(&label).map(|(id, _)| id.to_owned());
    match (&holder, &from) {
        (Some(holder), None) if to.as_ref() != Some(holder) || (is_strict && label == CURRENT) => {
            return Err(fault::invalid_parameter(format!(
                "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to \
                 version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
            )));
        }
        (holder, Some(from)) if holder.as_ref() != Some(from) => {
            return Err(fault::invalid_parameter(format!(
                "Staging label {label} is not attached to version {from}, which RemoveFromVersionId names."
            )));
        }
        _ => {}
    }
    if to.is_none() && label == CURRENT {
        return Err(fault::invalid_parameter(format!(
            "You can't remove staging label {CURRENT}; you can only move it to another version."
        )));
    }
    let now = world.now();
    let secret = open_for_writing(world, &name)?;
    match (to, holder) {
        (Some(to), _) => {
            secret.attach(&label, &to);
            label_moved(secret, &label, now);
        }
        (None, Some(holder)) => {
            if let Some(version) = secret.versions.get_mut(&holder) {
                version.stages.remove(&label);
            }
        }
        (None, None) => {}
    }
    Ok(json!({"ARN": secret.arn, "Name": secret.name}))
}
