//! ECS: clusters, task definitions, services, and the tasks they run.
//!
//! All strategies move tasks as a rolling deployment does; those that shift
//! traffic bake for each step. Every cluster has one container instance, for
//! daemons, and there is always room for a task, on Fargate and on EC2 alike. Not here: `RunTask`, task sets,
//! container instances. Stored, and not acted on: capacity providers, alarms,
//! lifecycle hooks.
//!
//! Ledger: V37, V41, V112, V113.

mod announce;
mod behaviour;
mod blueprint;
mod clusters;
mod deployments;
mod digest;
mod fault;
mod names;
mod pace;
mod paging;
mod scheduler;
mod services;
mod tagging;
mod task_definitions;
mod tasks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dispatch::{Operation, reads, writes};
use super::place::Place;
use super::tags::Tags;

pub use behaviour::{Behaviour, Exit, Given, ImageBook, LogIn};
pub use clusters::Cluster;
pub use deployments::{
    BreakerState, ContainerImage, Deployment, MonitorStatus, Rollback, RolloutState, ServiceDeployment,
    ServiceDeploymentStatus, ServiceRevision,
};
pub use names::{ServiceKey, TaskId};
pub use pace::Pace;
pub(crate) use scheduler::service_turn;
pub use services::{Service, ServiceEvent, ServiceStatus};
pub use task_definitions::{Family, TaskDefinition};
pub use tasks::{InjectedSecret, Phase, Stop, StopCode, Task, TaskContainer};
pub(crate) use tasks::{forget_task, task_step};

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("CreateCluster", clusters::create_cluster),
    writes("CreateService", services::create_service),
    writes("DeleteService", services::delete_service),
    writes("DeregisterTaskDefinition", task_definitions::deregister_task_definition),
    reads("DescribeClusters", clusters::describe_clusters),
    reads("DescribeServiceDeployments", deployments::describe_service_deployments),
    reads("DescribeServiceRevisions", deployments::describe_service_revisions),
    reads("DescribeServices", services::describe_services),
    reads("DescribeTaskDefinition", task_definitions::describe_task_definition),
    reads("DescribeTasks", tasks::describe_tasks),
    reads("ListClusters", clusters::list_clusters),
    reads("ListServiceDeployments", deployments::list_service_deployments),
    reads("ListServices", services::list_services),
    reads("ListTagsForResource", tagging::list_tags_for_resource),
    reads("ListTaskDefinitions", task_definitions::list_task_definitions),
    reads("ListTasks", tasks::list_tasks),
    writes("RegisterTaskDefinition", task_definitions::register_task_definition),
    writes("StopServiceDeployment", deployments::stop_service_deployment),
    writes("TagResource", tagging::tag_resource),
    writes("UntagResource", tagging::untag_resource),
    writes("UpdateService", services::update_service),
];

/// Everything of ECS in the Region.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ecs {
    /// How long things take.
    pub pace: Pace,
    clusters: BTreeMap<String, Cluster>,
    families: BTreeMap<String, Family>,
    services: BTreeMap<ServiceKey, Service>,
    late: services::Late,
    tasks: BTreeMap<TaskId, Task>,
    environments: tasks::Environments,
    service_deployments: BTreeMap<String, ServiceDeployment>,
    revisions: BTreeMap<String, ServiceRevision>,
}

impl Ecs {
    /// One cluster, `default`.
    pub(crate) fn new(place: &Place) -> Self {
        let name = "default".to_owned();
        let default = Cluster { arn: place.arn("ecs", "cluster/default"), name: name.clone(), tags: Tags::new() };
        Self {
            pace: Pace::default(),
            clusters: BTreeMap::from([(name, default)]),
            families: BTreeMap::new(),
            services: BTreeMap::new(),
            late: services::Late::default(),
            tasks: BTreeMap::new(),
            environments: tasks::Environments::default(),
            service_deployments: BTreeMap::new(),
            revisions: BTreeMap::new(),
        }
    }

    /// The clusters, by name.
    pub fn clusters(&self) -> &BTreeMap<String, Cluster> {
        &self.clusters
    }

    /// The service revisions, by ARN.
    pub fn service_revisions(&self) -> &BTreeMap<String, ServiceRevision> {
        &self.revisions
    }

    /// Not even `default`: ECS makes that one with the first use of a Region.
    pub(crate) fn forget_clusters(&mut self) {
        self.clusters.clear();
    }
}
