//! Containers that log in to a database with what they were started with.

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
    if !is_let_in(world, id, &container.name, &log_in) {
        exit_with(world, id, index, log_in.code);
    } else if let Some(again) = log_in.again {
        let next = world.now() + again;
        plan(world, id, next, Step::LogIn(index));
    }
}

fn is_let_in(world: &World, task: &TaskId, container: &str, log_in: &LogIn) -> bool {
    let LogIn { database, user, password, code: _, after: _, again: _ } = log_in;
    let held = |variable: &str| world.ecs.environments.text(task, container, variable);
    let user = match user {
        Given::Text(text) => Some(text.as_str()),
        Given::Variable(name) => held(name),
    };
    let (Some(user), Some(password)) = (user, held(password)) else { return false };
    world.surroundings.databases.get(database).is_some_and(|database| database.accepts(user, password))
}
