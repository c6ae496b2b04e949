//! What ECS does by itself: deployments and their tasks, while they are followed.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{self as sdk, DesiredStatus};

use super::{Aws, seen, timestamp};
use crate::cloud::Watch;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Name};
use crate::model::observed::Seen;
use crate::model::service::{ObservedService, ServiceDeployment};
use crate::model::task::{Task, TaskContainer};

/// ECS lists and describes at most so many tasks in one call, and nobody reads about more.
const PAGE: i32 = 100;

/// Pages of stopped tasks that are read where it matters why they stopped: ECS keeps them for an hour.
const STOPPED_PAGES: usize = 5;

impl Watch for Aws {
    async fn services(&self, desired: &Desired, names: &BTreeSet<Name>) -> BTreeMap<Name, Seen<ObservedService>> {
        self.read_these_services(desired.services.iter().filter(|(name, _)| names.contains(*name))).await
    }

    async fn tasks(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
        stopped: bool,
        known: &BTreeSet<Arn>,
    ) -> Seen<Vec<Task>> {
        let status = if stopped { DesiredStatus::Stopped } else { DesiredStatus::Running };
        self.tasks_of(cluster, service, status, known, 1).await
    }

    async fn history(&self, cluster: &ClusterName, service: &ObservedService) -> Seen<Vec<ServiceDeployment>> {
        self.deployment_history(cluster, service).await
    }
}

impl Aws {
    /// The tasks of a service that have stopped within the last hour.
    pub(super) async fn stopped_tasks(&self, cluster: &ClusterName, service: &ObservedService) -> Seen<Vec<Task>> {
        self.tasks_of(cluster, service, DesiredStatus::Stopped, &BTreeSet::new(), STOPPED_PAGES).await
    }

    async fn tasks_of(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
        status: DesiredStatus,
        known: &BTreeSet<Arn>,
        pages: usize,
    ) -> Seen<Vec<Task>> {
        // ARNs of the old form lack the cluster; the name is at the end of both.
        let name = service.arn.resource().rsplit('/').next().unwrap_or_default();
        let list = self.clients.ecs.list_tasks().cluster(cluster.as_str()).service_name(name).desired_status(status);
        let mut listed = list.max_results(PAGE).into_paginator().send();
        let mut tasks = Vec::new();
        for _ in 0..pages {
            let Some(page) = listed.next().await else { break };
            let page = match page.map_err(|error| self.fault("ecs:ListTasks", &error)) {
                Ok(page) => page,
                Err(fault) => return seen(Err(fault)),
            };
            let news = page.task_arns().iter().filter(|arn| !known.contains(&Arn::new(arn.as_str()))).cloned();
            match self.describe_tasks(cluster, news.collect()).await {
                Ok(found) => tasks.extend(found),
                Err(why) => return Seen::Unreadable(why),
            }
        }
        Seen::Present(tasks)
    }

    /// At most a hundred tasks, less those that ECS has forgotten meanwhile.
    async fn describe_tasks(&self, cluster: &ClusterName, arns: Vec<String>) -> Result<Vec<Task>, String> {
        const OPERATION: &str = "ecs:DescribeTasks";
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let asked = arns.len();
        let describe = self.clients.ecs.describe_tasks().cluster(cluster.as_str()).set_tasks(Some(arns));
        let answer = describe.send().await.map_err(|error| self.fault(OPERATION, &error).in_full())?;
        let (gone, failures): (Vec<_>, Vec<_>) =
            answer.failures().iter().cloned().partition(|failure| failure.reason() == Some("MISSING"));
        self.complete(OPERATION, &failures, asked, gone.len() + answer.tasks().len())?;
        Ok(answer.tasks().iter().filter_map(read).collect())
    }
}

fn read(task: &sdk::Task) -> Option<Task> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let container = |container: &sdk::Container| {
        Some(TaskContainer {
            name: container.name()?.to_owned(),
            image: text(container.image()),
            exit_code: container.exit_code().map(i64::from),
            reason: text(container.reason()),
        })
    };
    Some(Task {
        arn: Arn::new(task.task_arn()?),
        task_definition: Arn::new(task.task_definition_arn()?),
        started_by: text(task.started_by()),
        status: task.last_status()?.to_owned(),
        health: task.health_status().map(|health| health.as_str().to_owned()),
        created_at: task.created_at().map(timestamp),
        stop_code: task.stop_code().map(|code| code.as_str().to_owned()),
        stopped_reason: text(task.stopped_reason()),
        containers: task.containers().iter().filter_map(container).collect(),
    })
}
