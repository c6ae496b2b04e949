//! Services: what is wanted, and what ECS says of it.
//!
//! How a service gets its tasks is the scheduler's business.
//!
//! Ledger: V8.

mod capacity;
mod check;
mod create;
mod delete;
mod fill;
mod late;
mod list;
mod named;
mod network;
mod place;
mod placement;
mod read;
mod settings;
mod strategy;
mod targets;
mod update;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::deployments::Deployment;
use super::names::{ServiceKey, TaskId, name_in_cluster};
use super::{Ecs, fault};
use crate::sandbox::clock::Millis;
use crate::sandbox::tags::Tags;
use crate::sandbox::wire::AwsError;
use crate::sandbox::world::World;

pub(super) use create::create_service;
pub(super) use delete::delete_service;
pub(super) use late::Late;
pub(super) use list::list_services;
pub(super) use read::describe_services;
pub(super) use settings::{OF_A_REVISION, awsvpc, is_fargate, listed, without_order};
pub(super) use targets::{deregistered, registered, unhealthy};
pub(super) use update::update_service;

/// A service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Cluster and name.
    pub key: ServiceKey,
    /// Long ARN.
    pub arn: String,
    /// Where it is in its life.
    pub status: ServiceStatus,
    /// How many tasks are wanted.
    pub desired_count: usize,
    /// ARN of the revision that it runs or is being moved to.
    pub task_definition: String,
    /// All other members of the request, with ECS's defaults.
    pub settings: Map<String, Value>,
    /// Newest first; the first is PRIMARY.
    pub deployments: Vec<Deployment>,
    /// ARN of the service deployment that is not over.
    pub ongoing: Option<String>,
    /// Newest first, at most 100.
    pub events: VecDeque<ServiceEvent>,
    /// Tasks that are not STOPPED.
    pub live_tasks: BTreeSet<TaskId>,
    /// Whether the scheduler has nothing to do.
    pub steady: bool,
    /// When it was created.
    pub created: Millis,
    /// By whom.
    pub created_by: String,
    /// Tags.
    pub tags: Tags,
    /// The request that made it, to know it again by its client token.
    creation: Value,
}

/// A service's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ServiceStatus {
    /// Tasks are kept running.
    Active,
    /// Deleted, tasks are still to be stopped.
    Draining,
    /// Deleted; the name is free.
    Inactive,
}

/// One line of a service's own history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEvent {
    /// UUID.
    pub id: String,
    /// When.
    pub at: Millis,
    /// ECS's own words.
    pub message: String,
}

const MOST_EVENTS: usize = 100;

impl Service {
    /// Does it want, or have a deployment of, this revision of a task definition?
    pub(in crate::sandbox::ecs) fn runs(&self, task_definition: &str) -> bool {
        let mut deployed = self.deployments.iter().map(|deployment| deployment.task_definition.as_str());
        self.task_definition == task_definition || deployed.any(|arn| arn == task_definition)
    }

    /// The deployment that is being made or has been made.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.first()
    }

    pub(super) fn primary_mut(&mut self) -> Option<&mut Deployment> {
        self.deployments.first_mut()
    }

    /// The texts of the events, newest first.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.events.iter().map(|event| event.message.as_str())
    }
}

impl Ecs {
    /// A service, whatever its status.
    pub fn service(&self, cluster: &str, name: &str) -> Option<&Service> {
        self.services.get(&ServiceKey::new(cluster, name))
    }

    /// A service, to be changed behind everyone's back.
    pub fn service_mut(&mut self, cluster: &str, name: &str) -> Option<&mut Service> {
        self.services.get_mut(&ServiceKey::new(cluster, name))
    }

    /// All services, by `cluster/name`.
    pub fn services(&self) -> &BTreeMap<ServiceKey, Service> {
        &self.services
    }

    /// The key of the service that a request names.
    pub(super) fn service_key(&self, cluster: &str, given: &str) -> Result<ServiceKey, AwsError> {
        if !self.clusters.contains_key(cluster) {
            return Err(fault::no_such_cluster());
        }
        let key = ServiceKey::new(cluster, name_in_cluster("service", given, cluster)?);
        if self.services.contains_key(&key) { Ok(key) } else { Err(fault::no_such_service()) }
    }
}

/// Adds to the service's history: `(service NAME) …`.
pub(super) fn tell(world: &mut World, key: &ServiceKey, what: &str) {
    let id = world.random().uuid();
    let at = world.now();
    let message = format!("(service {}) {what}", key.name());
    if let Some(service) = world.ecs.services.get_mut(key) {
        service.events.push_front(ServiceEvent { id, at, message });
        service.events.truncate(MOST_EVENTS);
    }
}
