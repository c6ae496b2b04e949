//! Deployments: how a service moves from one revision to the next.
//!
//! ECS tells it in two ways, and so does the sandbox: `deployments[]` of a
//! service, one entry per service revision; and service deployments, one per
//! move, with the rollback inside the move that failed.
//!
//! Ledger: V21, V22.

mod begin;
mod breaker;
mod end;
mod read;
mod revisions;
mod rollback;
mod stop;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Ecs;
use super::behaviour::Behaviour;
use super::names::ServiceKey;
use super::services::Service;
use crate::sandbox::clock::Millis;

pub(super) use begin::{begin, forget_history, start_when_due};
pub(super) use breaker::{task_failed, task_settled};
pub(super) use end::complete;
pub(super) use read::{deployment_view, describe_service_deployments, list_service_deployments};
pub(super) use revisions::describe_service_revisions;
pub(super) use stop::stop_service_deployment;

/// An entry of a service's `deployments[]`. A rollback makes an old entry
/// PRIMARY again, under its old id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// `ecs-svc/` and the number of the service revision.
    pub id: String,
    /// ARN of the service revision.
    pub revision: String,
    /// ARN of the task definition.
    pub task_definition: String,
    /// How far it is.
    pub rollout: RolloutState,
    /// ECS's own words for that.
    pub reason: String,
    /// When it was first made.
    pub created: Millis,
    /// When its state last changed.
    pub updated: Millis,
    /// Tasks that failed in a row.
    pub failed_tasks: u32,
    /// No task is started before.
    pub not_before: Option<Millis>,
    /// The service's history has said that its tasks do not start.
    pub said_impaired: bool,
    /// The service's history has said that the percentages leave no room.
    pub said_stuck: bool,
    /// Since when exactly the wanted tasks have been healthy, while they are.
    pub healthy_since: Option<Millis>,
    /// It is not completed before, however well it goes; for a rollback.
    pub not_completed_before: Option<Millis>,
}

/// `rolloutState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RolloutState {
    /// Under way.
    InProgress,
    /// All tasks run and are healthy.
    Completed,
    /// Given up; it starts no task any more.
    Failed,
}

/// One move of a service to a service revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDeployment {
    /// ARN.
    pub arn: String,
    /// ARN of the service.
    pub service: String,
    /// ARN of the cluster.
    pub cluster: String,
    /// Where it is in its life.
    pub status: ServiceDeploymentStatus,
    /// Why it is there, where ECS says so.
    pub status_reason: Option<String>,
    /// When it was asked for.
    pub created: Millis,
    /// When it began to change tasks.
    pub started: Option<Millis>,
    /// When it was over.
    pub finished: Option<Millis>,
    /// When it was stopped, by a person, a newer one, or a failure without rollback.
    pub stopped: Option<Millis>,
    /// When anything of it last changed.
    pub updated: Millis,
    /// When it moves on by itself, if it only waits.
    due: Millis,
    /// ARNs of the service revisions that ran before.
    pub sources: Vec<String>,
    /// ARN of the service revision that was to run.
    pub target: String,
    /// The service's deployment configuration at the time.
    pub configuration: Value,
    /// The circuit breaker.
    pub breaker: BreakerState,
    /// The way back, once it is taken.
    pub rollback: Option<Rollback>,
    /// Alarms that went off while it was under way, put there behind everyone's back.
    #[serde(default)]
    pub alarms: Vec<String>,
    /// The stage before which a hook waits for a person, put there behind everyone's back.
    #[serde(default)]
    pub paused: Option<String>,
    /// Tasks by service revision when it was over.
    counts: BTreeMap<String, Counts>,
}

/// `status` of a service deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceDeploymentStatus {
    /// Asked for.
    Pending,
    /// Under way.
    InProgress,
    /// Over, as wanted.
    Successful,
    /// A person wants it to stop where it is.
    StopRequested,
    /// Over before it was done: stopped, superseded, or failed without rollback.
    Stopped,
    /// A person wants it to go back.
    RollbackRequested,
    /// On the way back.
    RollbackInProgress,
    /// Over, back at the last completed revision.
    RollbackSuccessful,
    /// Over; there was no way back.
    RollbackFailed,
}

/// What the circuit breaker has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakerState {
    /// Whether it watches, has tripped, or is done.
    pub status: MonitorStatus,
    /// Failed tasks that count.
    pub failures: usize,
    /// How many are too many.
    pub threshold: usize,
}

/// `status` of something that can end a service deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MonitorStatus {
    /// Not switched on.
    Disabled,
    /// Watching.
    Monitoring,
    /// The service deployment is over and it did not trip.
    MonitoringComplete,
    /// It ended the service deployment.
    Triggered,
}

/// The way back to a completed service revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// Why.
    pub reason: String,
    /// Since when.
    pub started: Millis,
    /// ARN of the service revision that it goes back to.
    pub revision: String,
}

/// The fields of a service that a deployment puts into effect, resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRevision {
    /// ARN.
    pub arn: String,
    /// ARN of the service.
    pub service: String,
    /// ARN of the cluster.
    pub cluster: String,
    /// ARN of the task definition.
    pub task_definition: String,
    /// The other fields, as the service had them.
    pub settings: Map<String, Value>,
    /// Images by container, with the digests that they stood for.
    pub images: Vec<ContainerImage>,
    /// When it was made.
    pub created: Millis,
}

/// What a container's image was when the service revision was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerImage {
    /// Name of the container.
    pub container: String,
    /// As the task definition has it.
    pub image: String,
    /// `sha256:…`; `None` for an image that does not exist.
    pub digest: Option<String>,
    /// What the image with this digest does; `None` as above.
    pub behaviour: Option<Behaviour>,
}

/// Tasks of one service revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    requested: usize,
    running: usize,
    pending: usize,
}

impl Deployment {
    /// Whether it may start a task, were there room for one.
    pub(super) fn may_start(&self, now: Millis) -> bool {
        self.rollout != RolloutState::Failed && self.not_before.is_none_or(|at| at <= now)
    }

    fn turn(&mut self, rollout: RolloutState, reason: String, now: Millis) {
        self.rollout = rollout;
        self.reason = reason;
        self.updated = now;
    }
}

impl ServiceDeployment {
    /// Whether its status is its last.
    pub fn is_over(&self) -> bool {
        match self.status {
            ServiceDeploymentStatus::Pending
            | ServiceDeploymentStatus::InProgress
            | ServiceDeploymentStatus::StopRequested
            | ServiceDeploymentStatus::RollbackRequested
            | ServiceDeploymentStatus::RollbackInProgress => false,
            ServiceDeploymentStatus::Successful
            | ServiceDeploymentStatus::Stopped
            | ServiceDeploymentStatus::RollbackSuccessful
            | ServiceDeploymentStatus::RollbackFailed => true,
        }
    }

    fn turn(&mut self, status: ServiceDeploymentStatus, now: Millis) {
        self.status = status;
        self.updated = now;
    }
}

impl Counts {
    pub(super) fn summary(self, revision: &str) -> Value {
        json!({
            "arn": revision,
            "requestedTaskCount": self.requested,
            "runningTaskCount": self.running,
            "pendingTaskCount": self.pending,
        })
    }
}

impl Ecs {
    /// A service's deployments that are not forgotten, oldest first.
    pub fn service_deployments_of<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a ServiceDeployment> {
        let mut all: Vec<&ServiceDeployment> =
            self.service_deployments.values().filter(|deployment| deployment.service == service.arn).collect();
        all.sort_by(|a, b| (a.created, &a.arn).cmp(&(b.created, &b.arn)));
        all.into_iter()
    }

    /// A service deployment by ARN, to be changed behind everyone's back.
    pub fn service_deployment_mut(&mut self, arn: &str) -> Option<&mut ServiceDeployment> {
        self.service_deployments.get_mut(arn)
    }

    /// The tasks of a service revision as they are now.
    pub(super) fn revision_counts(&self, service: &Service, revision: &str) -> Counts {
        let tasks = service.live_tasks.iter().filter_map(|id| self.tasks.get(id));
        let own = tasks.filter(|task| task.revision == revision);
        let (running, pending) = own.fold((0, 0), |(running, pending), task| {
            (running + usize::from(task.is_running()), pending + usize::from(task.is_pending()))
        });
        let is_primary = service.primary().is_some_and(|primary| primary.revision == revision);
        let requested = if is_primary { service.desired_count } else { running + pending };
        Counts { requested, running, pending }
    }

    /// The service deployment of a service that is not over.
    pub(super) fn ongoing(&self, service: &Service) -> Option<&ServiceDeployment> {
        self.service_deployments.get(service.ongoing.as_deref()?)
    }

    /// [`Self::ongoing`], to be moved on.
    fn ongoing_mut(&mut self, key: &ServiceKey) -> Option<&mut ServiceDeployment> {
        let arn = self.services.get(key)?.ongoing.as_deref()?;
        self.service_deployments.get_mut(arn)
    }
}
