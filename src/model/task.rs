//! A task of a service, as ECS says it is.

use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::time::Timestamp;

/// One task, as DescribeTasks states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Task {
    /// Its ARN.
    pub arn: Arn,
    /// The revision that it runs.
    pub task_definition: Arn,
    /// The id of the deployment that started it.
    pub started_by: Option<String>,
    /// `PROVISIONING`, `PENDING`, `ACTIVATING`, `RUNNING`, …, `STOPPED`.
    pub status: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// What kind of end it had.
    pub stop_code: Option<String>,
    /// ECS's own words on that.
    pub stopped_reason: Option<String>,
    /// Its containers.
    #[serde(default)]
    pub containers: Vec<TaskContainer>,
}

/// One container of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskContainer {
    /// Its name in the task definition.
    pub name: String,
    /// The image that it was to run.
    pub image: Option<String>,
    /// How it ended, once it has.
    pub exit_code: Option<i64>,
    /// ECS's own words on that.
    pub reason: Option<String>,
}

impl Task {
    /// Its id: the end of its ARN.
    pub fn id(&self) -> &str {
        self.arn.as_str().rsplit('/').next().unwrap_or_default()
    }
}
