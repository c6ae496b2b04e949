//! `DisableKey`, `EnableKey`, `ScheduleKeyDeletion` and `CancelKeyDeletion`:
//! nothing is sealed or opened with a key that is not enabled.
//!
//! Ledger: O101, O125, O60.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Key, fault, key_itself};
use crate::sandbox::agenda::Event;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    key_id: String,
    pending_window_in_days: Option<u32>,
}

const DAY: Duration = Duration::from_hours(24);

pub(super) fn disable_key(world: &mut World, input: &Value) -> Outcome {
    let Input { key_id, .. } = parse(input)?;
    let found = changeable(world, &key_id)?;
    fault::check_not_pending(found)?;
    found.disabled = true;
    Ok(json!({}))
}

pub(super) fn enable_key(world: &mut World, input: &Value) -> Outcome {
    let Input { key_id, .. } = parse(input)?;
    let found = changeable(world, &key_id)?;
    fault::check_not_pending(found)?;
    found.disabled = false;
    Ok(json!({}))
}

pub(super) fn schedule_key_deletion(world: &mut World, input: &Value) -> Outcome {
    let Input { key_id, pending_window_in_days } = parse(input)?;
    let days = pending_window_in_days.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(fault::validation("PendingWindowInDays must be between 7 and 30"));
    }
    let due = world.now() + DAY * days;
    let found = changeable(world, &key_id)?;
    fault::check_not_pending(found)?;
    found.deletion = Some(due);
    let (id, arn) = (found.id.clone(), found.arn.clone());
    world.at(due, Event::KeyDue(id));
    Ok(json!({
        "KeyId": arn,
        "DeletionDate": due.epoch_seconds(),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }))
}

/// The key is disabled then: `EnableKey` comes after.
pub(super) fn cancel_key_deletion(world: &mut World, input: &Value) -> Outcome {
    let Input { key_id, .. } = parse(input)?;
    let found = changeable(world, &key_id)?;
    if found.deletion.take().is_none() {
        return Err(fault::invalid_state(format!("{} is not pending deletion.", found.arn)));
    }
    found.disabled = true;
    Ok(json!({"KeyId": found.arn}))
}

/// Deletes a key whose time has come, with the aliases that lead to it, unless that was taken back.
pub(crate) fn deletion_due(world: &mut World, id: &str) {
    let now = world.now();
    let kms = &mut world.kms;
    if kms.keys.get(id).and_then(|key| key.deletion).is_some_and(|due| due <= now) {
        kms.keys.remove(id);
        kms.gone.insert(format!("key/{id}"));
        let aliases = kms.aliases.extract_if(.., |_, alias| alias.key == id).map(|(name, _)| name);
        kms.gone.extend(aliases);
    }
}

fn changeable<'a>(world: &'a mut World, given: &str) -> Result<&'a mut Key, AwsError> {
    let found = key_itself(world, given)?;
    if found.of_aws {
        // The policies of AWS's own keys let nobody manage them.
        let message = format!("the policy of {} does not allow it", found.arn);
        return Err(AwsError::new("AccessDeniedException", message));
    }
    let (id, arn) = (found.id.clone(), found.arn.clone());
    world.kms.keys.get_mut(&id).ok_or_else(|| fault::no_key(&arn))
}
