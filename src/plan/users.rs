//! Who uses what, read off the manifests once: to go through all services for each task definition takes the square of them.
//!
//! Knows manifests only, not what runs.

use std::collections::BTreeMap;

use crate::model::desired::Desired;
use crate::model::id::Name;
use crate::model::service::Service;
use crate::model::task_definition::{RoleUse, SecretUse, TaskDefinition};

type By<'a, T> = BTreeMap<&'a Name, Vec<(&'a Name, &'a T)>>;

/// The users of every task definition, role and secret, in the order of their names.
pub(super) struct Users<'a> {
    services: By<'a, Service>,
    of_roles: By<'a, TaskDefinition>,
    of_secrets: By<'a, TaskDefinition>,
}

impl<'a> Users<'a> {
    pub(super) fn of(desired: &'a Desired) -> Self {
        let mut users = Self { services: By::new(), of_roles: By::new(), of_secrets: By::new() };
        for (name, service) in &desired.services {
            users.services.entry(&service.task_definition).or_default().push((name, service));
        }
        for (name, td) in &desired.task_definitions {
            if let Some(RoleUse::Declared(role)) = &td.execution_role {
                users.of_roles.entry(role).or_default().push((name, td));
            }
            for used in td.secrets.values() {
                let SecretUse::Declared { secret, .. } = used else { continue };
                let readers = users.of_secrets.entry(secret).or_default();
                // One task definition may read several keys of a secret.
                if readers.last().is_none_or(|(last, _)| *last != name) {
                    readers.push((name, td));
                }
            }
        }
        users
    }

    /// The services that run a task definition.
    pub(super) fn services(&self, td: &Name) -> impl Iterator<Item = (&'a Name, &'a Service)> + Clone {
        self.services.get(td).into_iter().flatten().copied()
    }

    /// The task definitions that name a role's manifest.
    pub(super) fn of_role(&self, role: &Name) -> impl Iterator<Item = (&'a Name, &'a TaskDefinition)> {
        self.of_roles.get(role).into_iter().flatten().copied()
    }

    /// The task definitions whose containers get a secret by its manifest.
    pub(super) fn of_secret(&self, secret: &Name) -> impl Iterator<Item = (&'a Name, &'a TaskDefinition)> {
        self.of_secrets.get(secret).into_iter().flatten().copied()
    }
}
