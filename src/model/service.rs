//! An ECS service: what a manifest manages of it, and what ECS says it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arn::Arn;
use super::id::{ClusterName, Name, ServiceName};
use super::path::Path;
pub use super::service_fields::{
    ServiceFields, is_immutable, is_stated_of_deployments_alone, is_stated_of_revisions_alone, reaches_only_later,
    triggers_deployment,
};
use super::tags::Tags;
use super::time::Timestamp;

pub use super::deployment::{Deployment, ServiceDeployment};

/// A service as a manifest wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The name in ECS.
    pub service_name: ServiceName,
    /// The cluster.
    pub cluster: ClusterName,
    /// Its ARN, where the manifest gives that: it must be of this account and Region.
    pub cluster_arn: Option<Arn>,
    /// The manifest of the task definition.
    pub task_definition: Name,
    /// The fields that the manifest manages.
    pub fields: ServiceFields,
    /// The user's tags; absent: not managed.
    pub tags: Option<Tags>,
    /// How changes are rolled out.
    pub rollout: Rollout,
    /// What happens to changes made by hand.
    pub drift_policy: DriftPolicy,
    /// Leave it alone?
    pub suspend: bool,
    /// What is left as it is, although the manifest says otherwise.
    pub ignore: Vec<Path>,
    /// May evenkeel take over a service without its tags?
    pub adopt: bool,
    /// Failures of rollouts begun before this time are forgotten.
    pub retry_after: Option<Timestamp>,
}

impl Service {
    /// A service of which nothing is said but this.
    pub fn new(service_name: ServiceName, cluster: ClusterName, task_definition: Name, fields: ServiceFields) -> Self {
        Self {
            service_name,
            cluster,
            cluster_arn: None,
            task_definition,
            fields,
            tags: None,
            rollout: Rollout::default(),
            drift_policy: DriftPolicy::default(),
            suspend: false,
            ignore: Vec::new(),
            adopt: false,
            retry_after: None,
        }
    }
}

/// How a service follows its secrets and its rollouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// What a new version of a secret does.
    pub on_secret_change: OnSecretChange,
    /// How old the newest version must be.
    pub debounce: Duration,
    /// When a rollout counts as failed.
    pub timeout: Duration,
    /// Lower waves go first.
    pub wave: u32,
    /// How many times a failed rollout is tried again.
    pub retry: u32,
}

impl Default for Rollout {
    fn default() -> Self {
        Self {
            on_secret_change: OnSecretChange::default(),
            debounce: Duration::from_secs(30),
            timeout: Duration::from_mins(15),
            wave: 0,
            retry: 0,
        }
    }
}

/// What a new version of a secret does to its readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OnSecretChange {
    /// They are deployed again.
    #[default]
    Redeploy,
    /// The difference is shown, and waits for a person.
    Hold,
    /// They keep their version until something else changes the revision.
    Ignore,
}

/// What happens to a change that was made by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DriftPolicy {
    /// It is undone.
    #[default]
    Correct,
    /// It is only shown.
    Detect,
}

/// A service as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservedService {
    /// The long ARN, with the cluster.
    pub arn: Arn,
    /// `ACTIVE` or `DRAINING`; an `INACTIVE` one counts as absent.
    pub status: String,
    /// The revision that it was last told to run.
    pub task_definition: Arn,
    /// Everything that ECS states of its fields.
    pub fields: ServiceFields,
    /// All tags.
    #[serde(default)]
    pub tags: Tags,
    /// The deployments under way and the one in force.
    #[serde(default)]
    pub deployments: Vec<Deployment>,
    /// ECS's own words on what the newest deployment lacks, where it says that it is unable to go on: room, for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
}

impl ObservedService {
    /// Is it being deleted, and its last tasks stop?
    pub fn is_draining(&self) -> bool {
        self.status == "DRAINING"
    }

    /// The newest deployment.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.status == "PRIMARY")
    }

    /// Is a deployment under way?
    pub fn is_rolling(&self) -> bool {
        self.primary().is_some_and(Deployment::is_in_progress)
    }

    /// Its lifecycle hooks, as ECS states them.
    pub fn hooks(&self) -> &[Value] {
        let configuration = self.fields.written("deploymentConfiguration");
        let hooks = configuration.and_then(|configuration| configuration.get("lifecycleHooks")?.as_array());
        hooks.map(Vec::as_slice).unwrap_or_default()
    }

    /// How many tasks it is told to run.
    pub fn desired_count(&self) -> i64 {
        self.fields.written("desiredCount").and_then(Value::as_i64).unwrap_or(0)
    }
}
