//! Tasks: the copies of a task definition that a service runs.
//!
//! Ledger: K1.

mod checks;
mod context;
mod environment;
mod images;
mod launch;
mod list;
mod log_in;
mod pull;
mod reach;
mod read;
mod secrets;
mod startup;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Ecs;
use super::names::{ServiceKey, TaskId};
use crate::sandbox::clock::Millis;
use crate::sandbox::tags::Tags;

pub(super) use environment::Environments;
pub(super) use launch::{launch, listed};
pub(super) use list::list_tasks;
pub(super) use read::{describe_tasks, view};
pub(super) use steps::order_stop;
pub(crate) use steps::{forget_task, task_step};

/// A task of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The end of its ARN.
    pub id: TaskId,
    /// ARN.
    pub arn: String,
    /// Whose it is.
    pub service: ServiceKey,
    /// Id of the deployment that started it.
    pub deployment: String,
    /// ARN of the service revision.
    pub revision: String,
    /// ARN of the task definition.
    pub task_definition: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// Whether the scheduler counts it as healthy.
    pub healthy: bool,
    /// Whether a health check has failed.
    pub failed_check: bool,
    /// Its containers.
    pub containers: Vec<TaskContainer>,
    /// What it got when it started: which version of which secret, never the value.
    pub secrets: Vec<InjectedSecret>,
    /// Why it stops or has stopped.
    pub stop: Option<Stop>,
    /// When it was made.
    pub created: Millis,
    /// When its images were begun to be pulled.
    pub pull_started: Option<Millis>,
    /// When they were there.
    pub pull_stopped: Option<Millis>,
    /// When it was RUNNING.
    pub started: Option<Millis>,
    /// When it was STOPPED.
    pub stopped: Option<Millis>,
    /// Counts up with every change of status.
    pub version: u64,
    /// Tags.
    pub tags: Tags,
    launch: Launch,
    upcoming: BTreeSet<(Millis, Step)>,
}

/// `lastStatus`, as far as the sandbox tells its values apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Phase {
    /// Waiting for its network interface.
    Provisioning,
    /// Images are pulled, secrets are read, containers are started.
    Pending,
    /// Its containers run.
    Running,
    /// Its containers are told to stop.
    Stopping,
    /// The end.
    Stopped,
}

/// A container of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskContainer {
    /// Name.
    pub name: String,
    /// Image, as the task definition has it.
    pub image: String,
    /// Digest that the service revision fixed.
    pub digest: Option<String>,
    /// Whether the task ends when it ends.
    pub essential: bool,
    /// Set once it has ended.
    pub exit_code: Option<i32>,
}

/// A value that a container got at its start, but for the value itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InjectedSecret {
    /// Name of the container.
    pub container: String,
    /// Name of the variable or of the log option.
    pub name: String,
    /// ARN of the secret or of the parameter.
    pub source: String,
    /// Version id of the secret; `None` for a parameter.
    pub version: Option<String>,
    /// JSON key, where one was asked for.
    pub key: Option<String>,
}

/// The end of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stop {
    /// `stopCode`.
    pub code: StopCode,
    /// ECS's own words.
    pub reason: String,
    /// When it was decided.
    pub asked: Millis,
}

/// `stopCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopCode {
    /// It never ran.
    TaskFailedToStart,
    /// A container ended that must not.
    EssentialContainerExited,
    /// The scheduler wanted it so.
    ServiceSchedulerInitiated,
}

/// What a task takes over from its service when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Launch {
    r#type: Option<String>,
    fargate: bool,
    check: HealthCheck,
    enable_execute_command: bool,
}

/// Who looks after the health of a running task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum HealthCheck {
    Nobody,
    LoadBalancer,
    Container,
    Both,
}

/// What a task does by itself, at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Step {
    BeginPull,
    Start,
    Run,
    TurnHealthy,
    TurnUnhealthy,
    /// A container ends, by its place in the list.
    Exit(usize),
    /// A container logs in to its database, by its place in the list.
    LogIn(usize),
    End,
}

impl Task {
    /// Counts in `runningCount`.
    pub fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }

    /// Counts in `pendingCount`.
    pub fn is_pending(&self) -> bool {
        matches!(self.phase, Phase::Provisioning | Phase::Pending)
    }

    /// The version of the secret that a variable got.
    pub fn secret_version(&self, name: &str) -> Option<&str> {
        self.secrets.iter().find(|secret| secret.name == name)?.version.as_deref()
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.version += 1;
    }
}

impl Ecs {
    /// The tasks that can be described: live ones, and those that stopped
    /// within the hour.
    pub fn tasks(&self) -> &BTreeMap<TaskId, Task> {
        &self.tasks
    }

    /// The tasks of a service, oldest first.
    pub fn tasks_of(&self, cluster: &str, name: &str) -> Vec<&Task> {
        let key = ServiceKey::new(cluster, name);
        let mut tasks: Vec<&Task> = self.tasks.values().filter(|task| task.service == key).collect();
        tasks.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        tasks
    }
}
