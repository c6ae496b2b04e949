//! What containers were started with, of what they log in to a database with.
//!
//! A container does not notice that a secret changes or goes ([D2]), so its
//! values are kept while its task lives. Of all others only the version is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::images::behaviour;
use super::secrets::Injected;
use crate::sandbox::ecs::behaviour::{Given, LogIn};
use crate::sandbox::ecs::names::TaskId;
use crate::sandbox::plaintext::Plaintext;
use crate::sandbox::world::World;

/// Values by task, container and variable. No `Debug`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::sandbox::ecs) struct Environments(BTreeMap<TaskId, BTreeMap<String, Variables>>);

type Variables = BTreeMap<String, Plaintext>;

impl Environments {
    /// What a variable of a container holds.
    pub(super) fn text(&self, task: &TaskId, container: &str, variable: &str) -> Option<&str> {
        self.0.get(task)?.get(container)?.get(variable)?.text()
    }

    /// The containers of a task have ended.
    pub(super) fn forget(&mut self, task: &TaskId) {
        self.0.remove(task);
    }
}

/// Keeps what the containers of a task will log in with.
pub(super) fn keep(world: &mut World, id: &TaskId, injected: &[Injected]) {
    let Some(task) = world.ecs.tasks.get(id) else { return };
    let mut kept: BTreeMap<String, Variables> = BTreeMap::new();
    for container in &task.containers {
        let Some(LogIn { user, password, .. }) = behaviour(world, task, container).logs_in else { continue };
        let user = match user {
            Given::Text(_) => None,
            Given::Variable(name) => Some(name),
        };
        for variable in user.into_iter().chain([password]) {
            let mut given = injected.iter().filter(|given| given.secret.container == container.name);
            let value = given.find(|given| given.secret.name == variable).and_then(|given| given.value.clone());
            if let Some(value) = value {
                kept.entry(container.name.clone()).or_default().insert(variable, value);
            }
        }
    }
    if !kept.is_empty() {
        world.ecs.environments.0.insert(id.clone(), kept);
    }
}
