//! The deployments that a service has had. All or nothing: a history with a hole would forget a failure, and the same
//! content would be rolled out again.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{self as sdk, Failure};

use super::look::all;
use super::service::content;
use super::{Aws, timestamp};
use crate::model::arn::Arn;
use crate::model::id::ClusterName;
use crate::model::observed::Seen;
use crate::model::service::{ObservedService, ServiceDeployment, ServiceFields};

/// How many deployments are looked back on. ECS keeps 90 days of them. A failure is pushed out only by a hundred newer
/// deployments, none of them ours, for ours wait while it is remembered; then the content is tried once more.
pub(super) const HISTORY: usize = 100;

/// ECS lists at most so many at once.
const PAGE: i32 = 100;

/// ECS describes at most so many at once.
const BATCH: usize = 20;

impl Aws {
    /// The deployments of a service, newest first, back to the oldest of the newest hundred that did not succeed: older
    /// successes say nothing of failures.
    pub(super) async fn deployment_history(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
    ) -> Seen<Vec<ServiceDeployment>> {
        match self.failures_and_newer(cluster, service).await {
            Ok(history) => Seen::Present(history),
            Err(why) => Seen::Unreadable(why),
        }
    }

    async fn failures_and_newer(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
    ) -> Result<Vec<ServiceDeployment>, String> {
        let mut listed = self.list_deployments(cluster, &service.arn, HISTORY).await?;
        while listed.last().is_some_and(is_success) {
            listed.pop();
        }
        self.described(&listed).await
    }

    /// The newest deployments of a service, so many at most, newest first.
    pub(super) async fn newest_deployments(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
        most: usize,
    ) -> Result<Vec<ServiceDeployment>, String> {
        let listed = self.list_deployments(cluster, &service.arn, most).await?;
        self.described(&listed).await
    }

    pub(super) async fn described(
        &self,
        listed: &[sdk::ServiceDeploymentBrief],
    ) -> Result<Vec<ServiceDeployment>, String> {
        let arn = |brief: &sdk::ServiceDeploymentBrief| brief.service_deployment_arn().map(str::to_owned);
        let arns: Option<Vec<String>> = listed.iter().map(arn).collect();
        let arns = arns.ok_or_else(|| self.unclear("ecs:ListServiceDeployments", "an ARN was left out").in_full())?;
        let described = all(arns.chunks(BATCH).map(|batch| self.describe_deployments(batch)).collect()).await;
        let mut deployments = Vec::new();
        for batch in described {
            deployments.extend(batch?);
        }
        let targets: BTreeSet<&str> = deployments.iter().filter_map(target).collect();
        let targets: Vec<&str> = targets.into_iter().collect();
        let described = all(targets.chunks(BATCH).map(|batch| self.describe_service_revisions(batch)).collect()).await;
        let mut revisions = BTreeMap::new();
        for batch in described {
            revisions.extend(batch?);
        }
        let unclear = || {
            let why = "what makes a deployment comparable was left out";
            self.unclear("ecs:DescribeServiceDeployments", why).in_full()
        };
        let mut history = Vec::new();
        for deployment in &deployments {
            let revision = target(deployment).and_then(|target| revisions.get(target));
            history.push(revision.and_then(|revision| historic(deployment, revision)).ok_or_else(unclear)?);
        }
        history.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at));
        Ok(history)
    }

    /// So many at most, newest first.
    pub(super) async fn list_deployments(
        &self,
        cluster: &ClusterName,
        service: &Arn,
        most: usize,
    ) -> Result<Vec<sdk::ServiceDeploymentBrief>, String> {
        let mut listed: Vec<sdk::ServiceDeploymentBrief> = Vec::new();
        let mut token = None;
        loop {
            let call = self.clients.ecs.list_service_deployments().service(service.as_str()).cluster(cluster.as_str());
            let page = call.max_results(PAGE).set_next_token(token).send().await;
            let page = page.map_err(|error| self.fault("ecs:ListServiceDeployments", &error).in_full())?;
            listed.extend_from_slice(page.service_deployments());
            token = page.next_token().map(str::to_owned);
            if token.is_none() || listed.len() >= most {
                break;
            }
        }
        listed.truncate(most);
        Ok(listed)
    }

    async fn describe_deployments(&self, arns: &[String]) -> Result<Vec<sdk::ServiceDeployment>, String> {
        const OPERATION: &str = "ecs:DescribeServiceDeployments";
        let call = self.clients.ecs.describe_service_deployments().set_service_deployment_arns(Some(arns.to_vec()));
        let answer = call.send().await.map_err(|error| self.fault(OPERATION, &error).in_full())?;
        self.complete(OPERATION, answer.failures(), arns.len(), answer.service_deployments().len())?;
        Ok(answer.service_deployments.unwrap_or_default())
    }

    async fn describe_service_revisions(
        &self,
        arns: &[&str],
    ) -> Result<BTreeMap<String, sdk::ServiceRevision>, String> {
        const OPERATION: &str = "ecs:DescribeServiceRevisions";
        let wanted = arns.iter().map(|arn| (*arn).to_owned()).collect();
        let call = self.clients.ecs.describe_service_revisions().set_service_revision_arns(Some(wanted));
        let answer = call.send().await.map_err(|error| self.fault(OPERATION, &error).in_full())?;
        self.complete(OPERATION, answer.failures(), arns.len(), answer.service_revisions().len())?;
        let named = answer.service_revisions.unwrap_or_default().into_iter();
        Ok(named.filter_map(|revision| Some((revision.service_revision_arn()?.to_owned(), revision))).collect())
    }

    /// Did a batch say something of everything that it was asked for?
    pub(super) fn complete(
        &self,
        operation: &str,
        failures: &[Failure],
        asked: usize,
        answered: usize,
    ) -> Result<(), String> {
        let why = match failures.first() {
            Some(failure) => {
                let reason = failure.reason().unwrap_or("a failure without a reason");
                format!("ECS reports {reason} of {}", failure.arn().unwrap_or("something"))
            }
            None if answered < asked => "something was left out".to_owned(),
            None => return Ok(()),
        };
        Err(self.unclear(operation, why).in_full())
    }
}

pub(super) fn is_success(brief: &sdk::ServiceDeploymentBrief) -> bool {
    brief.status().is_some_and(|status| *status == sdk::ServiceDeploymentStatus::Successful)
}

fn target(deployment: &sdk::ServiceDeployment) -> Option<&str> {
    deployment.target_service_revision()?.arn()
}

/// ECS's own words, and which alarms there were.
fn reason(deployment: &sdk::ServiceDeployment) -> Option<String> {
    let alarms = deployment.alarms().map_or(&[] as &[_], |alarms| alarms.triggered_alarm_names());
    match (deployment.status_reason(), alarms) {
        (words, []) => words.map(str::to_owned),
        (words, alarms) => {
            let words = words.unwrap_or("an alarm was triggered").trim_end_matches('.');
            Some(format!("{words} (alarm {})", alarms.join(", ")))
        }
    }
}

fn historic(deployment: &sdk::ServiceDeployment, revision: &sdk::ServiceRevision) -> Option<ServiceDeployment> {
    let breaker = deployment.deployment_circuit_breaker().and_then(|breaker| breaker.status());
    let alarms = deployment.alarms().and_then(|alarms| alarms.status());
    let is_triggered = |status: &sdk::ServiceDeploymentRollbackMonitorsStatus| status.as_str() == "TRIGGERED";
    let triggered = [breaker, alarms].into_iter().flatten().any(is_triggered);
    let waits = |hook: &&sdk::DeploymentLifecycleHookDetail| {
        hook.status().is_some_and(|status| *status == sdk::DeploymentLifecycleHookStatus::AwaitingAction)
    };
    let paused = deployment.lifecycle_hook_details().iter().find(waits);
    let stage = deployment.lifecycle_stage().map_or("a stage that ECS does not name", |stage| stage.as_str());
    Some(ServiceDeployment {
        arn: Arn::new(deployment.service_deployment_arn()?),
        status: deployment.status()?.as_str().to_owned(),
        reason: reason(deployment),
        created_at: timestamp(deployment.created_at()?),
        finished_at: deployment.finished_at().map(timestamp),
        task_definition: Arn::new(revision.task_definition()?),
        fields: ServiceFields::new(content(&revision.into())),
        triggered,
        paused: paused.map(|_| stage.to_owned()),
    })
}
