//! Scripted rotation functions: what stands behind a rotation's Lambda ARN.
//!
//! A function that is not scripted does nothing: its rotation stays pending
//! until somebody does its work. A scripted one also runs when it is due.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::key;
use super::rotation::label_moved;
use super::secret::{CURRENT, PENDING};
use crate::sandbox::agenda::Event;
use crate::sandbox::plaintext::Plaintext;
use crate::sandbox::world::World;

/// What a rotation function does. Each reads and writes values with
/// `username` and `password`, as AWS's own templates do ([S44]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RotationFunction {
    /// Gives the user of the value a new password.
    SingleUser {
        /// Name of the database.
        database: String,
    },
    /// Gives the other of two users, `app` and `app_clone`, a new password,
    /// and changes over to it: the password that is in use stays as it is.
    AlternatingUsers {
        /// Name of the database.
        database: String,
    },
    /// Fails before it has done anything: the version stays pending.
    Fails,
}

/// From one of the function's two halves to the next: first the new password
/// is in the database, then the version with it is the current one.
const HALF: Duration = Duration::from_secs(2);

/// A rotation has begun: lets its function run, where there is one.
pub(super) fn run(world: &mut World, name: &str) {
    if function_of(world, name).is_some() {
        let at = world.now() + HALF;
        world.at(at, Event::RotationStep(name.to_owned()));
    }
}

/// Remembers when the next rotation is due: when its window opens ([S45]).
pub(super) fn schedule(world: &mut World, name: &str) {
    let due = world.secrets.get(name).and_then(|secret| secret.rotation.as_ref()?.due());
    if let Some(due) = due.filter(|_| function_of(world, name).is_some()) {
        world.at(due, Event::RotationDue(name.to_owned()));
    }
}

/// A rotation may be due, unless something has happened in between.
pub(crate) fn due(world: &mut World, name: &str) {
    let now = world.now();
    let Some(secret) = world.secrets.get(name).filter(|secret| secret.deletion.is_none()) else { return };
    let is_due = secret.rotation.as_ref().is_some_and(|held| held.enabled && held.due().is_some_and(|due| due <= now));
    let is_idle = secret.with_label(PENDING).is_none_or(|(id, _)| Some(id) == secret.current());
    if is_due && is_idle && function_of(world, name).is_some() {
        let token = world.random().uuid();
        if let Ok(secret) = world.secrets.edit(name, now) {
            secret.add_pending(&token, now);
        }
        run(world, name);
    }
}

/// The next half of a rotation.
pub(crate) fn step(world: &mut World, name: &str) {
    let now = world.now();
    let (Some(function), Some(secret)) = (function_of(world, name).cloned(), world.secrets.get(name)) else { return };
    let Some((pending, version)) = secret.with_label(PENDING).filter(|(id, _)| Some(*id) != secret.current()) else {
        return;
    };
    let pending = pending.to_owned();
    if version.value.is_some() {
        if let Ok(secret) = world.secrets.edit(name, now) {
            secret.attach(CURRENT, &pending);
            label_moved(secret, CURRENT, now);
            // As AWS's templates do: left where it is, it would look like a rotation under way once the current
            // version moves on.
            if let Some(version) = secret.versions.get_mut(&pending) {
                version.stages.remove(PENDING);
            }
        }
        schedule(world, name);
        return;
    }
    let key = secret.kms_key_id.clone();
    let of_current = secret.with_label(CURRENT).and_then(|(_, version)| version.key.clone());
    if [&key, &of_current].into_iter().flatten().any(|key| !key::works(world, key)) {
        world.journal.note(now, format!("the function of {name} cannot use the key of the secret"));
        return;
    }
    let held = secret.with_label(CURRENT).and_then(|(_, version)| version.value.as_ref()?.text());
    let held: Option<Value> = held.and_then(|text| serde_json::from_str(text).ok());
    let user = held.as_ref().and_then(|held| held["username"].as_str()).map(str::to_owned);
    let (Some(mut value), Some(user)) = (held, user) else {
        world.journal.note(now, format!("the function of {name} found no username in the current value"));
        return;
    };
    let (database, user) = match function {
        RotationFunction::SingleUser { database } => (database, user),
        RotationFunction::AlternatingUsers { database } => {
            let other = user.strip_suffix("_clone").map_or_else(|| format!("{user}_clone"), str::to_owned);
            (database, other)
        }
        RotationFunction::Fails => {
            world.journal.note(now, format!("the function of {name} failed"));
            return;
        }
    };
    let key = key.map(|key| world.key_of_ciphertext(&key));
    let password = world.random().letters_and_digits(32);
    let Some(database) = world.surroundings.databases.get_mut(&database) else {
        world.journal.note(now, format!("the function of {name} found no database {database}"));
        return;
    };
    database.set_password(&user, &password);
    value["username"] = json!(user);
    value["password"] = json!(password);
    if let Some(version) = world.secrets.edit(name, now).ok().and_then(|secret| secret.versions.get_mut(&pending)) {
        version.value = Some(Plaintext::Text(value.to_string()));
        version.key = key;
    }
    world.at(now + HALF, Event::RotationStep(name.to_owned()));
}

/// A value was put by hand: that counts as a rotation for the date of the next ([S46]).
pub(super) fn put_by_hand(world: &mut World, name: &str) {
    let now = world.now();
    if let Ok(secret) = world.secrets.edit(name, now)
        && let Some(rotation) = secret.rotation.as_mut().filter(|rotation| rotation.enabled)
    {
        rotation.begin_anew(now);
        schedule(world, name);
    }
}

fn function_of<'a>(world: &'a World, name: &str) -> Option<&'a RotationFunction> {
    let lambda = &world.secrets.get(name)?.rotation.as_ref()?.lambda;
    world.surroundings.functions.get(lambda)
}
