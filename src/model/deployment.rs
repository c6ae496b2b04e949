//! Deployments of a service, as ECS tells of them: those under way and in force, and those of before.

use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::service::ServiceFields;
use super::time::Timestamp;

/// One deployment, as DescribeServices states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deployment {
    /// ECS's id, `ecs-svc/…`.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// The revision that it runs.
    pub task_definition: Arn,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`; absent behind other deployment controllers.
    #[serde(default)]
    pub rollout_state: Option<String>,
    /// ECS's own words on that state.
    #[serde(default)]
    pub reason: Option<String>,
    /// Tasks that did not come up.
    #[serde(default)]
    pub failed_tasks: i64,
    /// Tasks that it should run.
    #[serde(default)]
    pub desired: i64,
    /// Tasks that run.
    #[serde(default)]
    pub running: i64,
    /// Tasks that are starting.
    #[serde(default)]
    pub pending: i64,
    /// When it began.
    pub created_at: Timestamp,
}

impl Deployment {
    /// Is it under way?
    pub fn is_in_progress(&self) -> bool {
        self.rollout_state.as_deref() == Some("IN_PROGRESS")
    }

    /// Did it come to its end well? Of those of other controllers ECS does not say.
    pub fn is_completed(&self) -> bool {
        self.rollout_state.as_deref().is_none_or(|state| state == "COMPLETED")
    }
}

/// One entry of a service's deployment history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceDeployment {
    /// Its ARN.
    pub arn: Arn,
    /// ECS's status, for example `ROLLBACK_SUCCESSFUL`.
    pub status: String,
    /// ECS's own words on that status.
    #[serde(default)]
    pub reason: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was over, the way back included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The revision of the task definition that it was to bring.
    pub task_definition: Arn,
    /// The other fields that trigger a deployment, as they were to be.
    #[serde(default)]
    pub fields: ServiceFields,
    /// Did the circuit breaker or an alarm end it?
    #[serde(default)]
    pub triggered: bool,
    /// The stage before which it waits for someone to let it go on: a hook of the kind `PAUSE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
}

impl ServiceDeployment {
    /// Was it rolled back, or ended by the circuit breaker or an alarm?
    pub fn has_failed(&self) -> bool {
        self.triggered || self.is_rolled_back()
    }

    /// Did ECS go back, or does it?
    pub fn is_rolled_back(&self) -> bool {
        self.status.starts_with("ROLLBACK")
    }
}
