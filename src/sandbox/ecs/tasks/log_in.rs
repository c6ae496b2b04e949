//! Containers that log in to a database with what they were started with.
//!
//! Of what a task was given only the version is kept; a version never
//! changes, so the value is looked up again, compared, and dropped.

use serde_json::Value;

use super::images::{behaviour, behaviours};
use super::steps::{exit_with, plan};
use super::{Step, Task};
use crate::sandbox::clock::Millis;
use crate::sandbox::ecs::behaviour::{Given, LogIn};
use crate::sandbox::ecs::names::TaskId;
use crate::sandbox::world::World;

/// When the containers of a task that runs since `now` log in first.
pub(super) fn first(world: &World, task: &Task, now: Millis) -> Vec<(Millis, Step)> {
    let log_ins = behaviours(world, task).enumerate();
    log_ins.filter_map(|(index, behaviour)| Some((now + behaviour.logs_in?.after, Step::LogIn(index)))).collect()
}

/// A container logs in, or ends ([D2]).
pub(super) fn attempt(world: &mut World, id: &TaskId, index: usize) {
    let Some(task) = world.ecs.tasks.get(id) else { return };
    let Some(container) = task.containers.get(index) else { return };
    let Some(log_in) = behaviour(world, task, container).logs_in else { return };
    if !is_let_in(world, task, &container.name, &log_in) {
        exit_with(world, id, index, log_in.code);
    } else if let Some(again) = log_in.again {
        let next = world.now() + again;
        plan(world, id, next, Step::LogIn(index));
    }
}

fn is_let_in(world: &World, task: &Task, container: &str, log_in: &LogIn) -> bool {
    let LogIn { database, user, password, code: _, after: _, again: _ } = log_in;
    let user = match user {
        Given::Text(text) => Some(text.clone()),
        Given::Variable(name) => given(world, task, container, name),
    };
    let (Some(user), Some(password)) = (user, given(world, task, container, password)) else { return false };
    world.surroundings.databases.get(database).is_some_and(|database| database.accepts(&user, &password))
}

/// What a variable of a container holds.
fn given(world: &World, task: &Task, container: &str, variable: &str) -> Option<String> {
    let mut secrets = task.secrets.iter().filter(|secret| secret.container == container);
    let injected = secrets.find(|secret| secret.name == variable)?;
    let Some(version) = &injected.version else {
        let (_, name) = injected.source.split_once(":parameter/")?;
        let parameters = &world.surroundings.parameters;
        let held = parameters.get(name).or_else(|| parameters.get(&format!("/{name}")))?;
        return held.value.text().map(str::to_owned);
    };
    let secret = world.secrets.all().values().find(|secret| secret.arn == injected.source)?;
    let text = secret.versions.get(version)?.value.as_ref()?.text()?;
    match &injected.key {
        None => Some(text.to_owned()),
        Some(key) => {
            let members: Value = serde_json::from_str(text).ok()?;
            Some(members.get(key)?.as_str()?.to_owned())
        }
    }
}
