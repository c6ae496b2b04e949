//! `DeleteSecret` and `RestoreSecret`, and what happens when a window ends.
//!
//! Ledger: S5, S19, S20, S21, S22, S23.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::secret::Deletion;
use crate::sandbox::agenda::Event;
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    recovery_window_in_days: Option<i64>,
    #[serde(default)]
    force_delete_without_recovery: bool,
}

const DAY: Duration = Duration::from_hours(24);

pub(super) fn delete_secret(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let forced = input.force_delete_without_recovery;
    let window = window(&input, world.secrets.forced_deletion_takes)?;
    let now = world.now();
    let secret = match world.secrets.find(&input.secret_id) {
        Ok(secret) => secret,
        // Facts 3.3: forcing what is not there is no error.
        Err(_) if forced => {
            return Ok(json!({"Name": input.secret_id, "DeletionDate": now.epoch_seconds()}));
        }
        Err(error) => return Err(error),
    };
    if secret.owning_service.is_some() {
        return Err(fault::managed_by_another_service());
    }
    if secret.deletion.is_some() && !forced && !world.readings.is_other(Reading::DeletedAgain) {
        return Err(fault::marked_for_deletion());
    }
    if !secret.replicas.is_empty() {
        let regions: Vec<&str> = secret.replicas.keys().map(String::as_str).collect();
        let (name, regions) = (&secret.name, regions.join(","));
        let message = format!("You can't delete secret {name} that still has replica regions [{regions}]");
        return Err(fault::invalid_parameter(message));
    }
    let name = secret.name.clone();
    let due = now + window;
    let secret = world.secrets.edit(&name, now)?;
    secret.deletion = Some(Deletion { asked: now, due, forced });
    let output = json!({"ARN": secret.arn, "Name": secret.name, "DeletionDate": due.epoch_seconds()});
    let gone = due + lateness(world, forced);
    world.at(gone, Event::SecretDue(name));
    Ok(output)
}

pub(super) fn restore_secret(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let secret = world.secrets.find(&input.secret_id)?;
    if secret.deletion.is_some_and(|deletion| deletion.forced) {
        return Err(fault::not_found());
    }
    let name = secret.name.clone();
    let now = world.now();
    let secret = world.secrets.edit(&name, now)?;
    secret.deletion = None;
    Ok(json!({"ARN": secret.arn, "Name": secret.name}))
}

/// Deletes a secret whose time has come, unless it was restored.
pub(crate) fn window_ends(world: &mut World, name: &str) {
    let now = world.now();
    let deletion = world.secrets.get(name).and_then(|secret| secret.deletion);
    if deletion.is_some_and(|deletion| deletion.due + lateness(world, deletion.forced) <= now) {
        world.secrets.secrets.remove(name, now);
    }
}

/// How long a secret stays after its window.
fn lateness(world: &World, forced: bool) -> Duration {
    if world.readings.is_other(Reading::EndOfWindow) && !forced { DAY } else { Duration::ZERO }
}

fn window(input: &Input, forced_deletion_takes: Duration) -> Result<Duration, AwsError> {
    match (input.force_delete_without_recovery, input.recovery_window_in_days) {
        (true, Some(_)) => Err(fault::invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        )),
        (true, None) => Ok(forced_deletion_takes),
        (false, days) => match days.unwrap_or(30) {
            days @ 7..=30 => Ok(DAY * u32::try_from(days).unwrap_or(30)),
            _ => Err(fault::invalid_parameter(
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
            )),
        },
    }
}
