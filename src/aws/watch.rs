//! What ECS does by itself: deployments and their tasks, while they are followed.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{self as sdk, DesiredStatus};

use super::{Aws, seen, timestamp};
use crate::cloud::Watch;
use crate::cloud::fault::Fault;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Name};
use crate::model::observed::Seen;
use crate::model::service::{ObservedService, ServiceDeployment};
use crate::model::task::{Task, TaskContainer};

/// ECS lists and describes at most so many tasks in one call, and nobody reads about more.
const PAGE: i32 = 100;

impl Watch for Aws {
    async fn services(&self, desired: &Desired, names: &BTreeSet<Name>) -> BTreeMap<Name, Seen<ObservedService>> {
        self.read_these_services(desired.services.iter().filter(|(name, _)| names.contains(*name))).await
    }

    async fn tasks(&self, service: &ObservedService, stopped: bool, known: &BTreeSet<Arn>) -> Seen<Vec<Task>> {
        seen(self.page_of_tasks(service, stopped, known).await)
    }

    async fn history(&self, service: &ObservedService) -> Seen<Vec<ServiceDeployment>> {
        // Nothing else says here which cluster it is in.
        let cluster = ClusterName::new(service.arn.resource().split('/').nth(1).unwrap_or("default"));
        self.deployment_history(&cluster, service).await
    }
}

impl Aws {
    async fn page_of_tasks(
        &self,
        service: &ObservedService,
        stopped: bool,
        known: &BTreeSet<Arn>,
    ) -> Result<Vec<Task>, Fault> {
        let mut parts = service.arn.resource().split('/').skip(1);
        let (cluster, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let status = if stopped { DesiredStatus::Stopped } else { DesiredStatus::Running };
        let ecs = &self.clients.ecs;
        let list = ecs.list_tasks().cluster(cluster).service_name(name).desired_status(status).max_results(PAGE);
        let listed = list.send().await.map_err(|error| self.fault("ecs:ListTasks", &error))?;
        let news: Vec<String> =
            listed.task_arns().iter().filter(|arn| !known.contains(&Arn::new(arn.as_str()))).cloned().collect();
        if news.is_empty() {
            return Ok(Vec::new());
        }
        let describe = ecs.describe_tasks().cluster(cluster).set_tasks(Some(news));
        let answer = describe.send().await.map_err(|error| self.fault("ecs:DescribeTasks", &error))?;
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
