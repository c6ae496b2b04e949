//! ECS services and their deployments.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::operation::create_service::builders::CreateServiceInputBuilder;
use aws_sdk_ecs::operation::update_service::builders::UpdateServiceInputBuilder;
use aws_sdk_ecs::types::{self as sdk, ServiceField, StopServiceDeploymentStopType, Tag};
use serde_json::{Map, Value};

use super::look::all;
use super::{Aws, receipt, timestamp};
use crate::cloud::Receipt;
use crate::cloud::fault::{Fault, FaultKind};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Name, ServiceName};
use crate::model::observed::Seen;
use crate::model::service::{
    Deployment, ObservedService, Service, ServiceFields, is_stated_of_deployments_alone, is_stated_of_revisions_alone,
};
use crate::model::shapes::{ServiceContent, ServiceUpdate};
use crate::model::tags::Tags;

/// ECS describes at most ten services in one call.
const BATCH: usize = 10;

impl Aws {
    pub(super) async fn read_services(&self, desired: &Desired) -> BTreeMap<Name, Seen<ObservedService>> {
        self.read_these_services(desired.services.iter()).await
    }

    pub(super) async fn read_these_services<'d>(
        &self,
        services: impl Iterator<Item = (&'d Name, &'d Service)>,
    ) -> BTreeMap<Name, Seen<ObservedService>> {
        let mut by_cluster: BTreeMap<&ClusterName, Vec<(&Name, &Service)>> = BTreeMap::new();
        for (name, service) in services {
            by_cluster.entry(&service.cluster).or_default().push((name, service));
        }
        let mut batches = Vec::new();
        for (cluster, services) in &by_cluster {
            batches.extend(services.chunks(BATCH).map(|batch| self.describe_services(cluster, batch)));
        }
        let read = all(batches).await;
        read.into_iter().flatten().collect()
    }

    async fn describe_services(
        &self,
        cluster: &ClusterName,
        batch: &[(&Name, &Service)],
    ) -> Vec<(Name, Seen<ObservedService>)> {
        let names = batch.iter().map(|(_, service)| service.service_name.to_string()).collect();
        let call = self.clients.ecs.describe_services().cluster(cluster.as_str()).set_services(Some(names));
        let answer = match call.include(ServiceField::Tags).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let fault = self.fault("ecs:DescribeServices", &error);
                let why = match fault.kind {
                    FaultKind::NotFound => format!("the cluster {cluster} does not exist: {}", fault.in_full()),
                    _ => fault.in_full(),
                };
                return batch.iter().map(|(name, _)| ((*name).clone(), Seen::Unreadable(why.clone()))).collect();
            }
        };
        let revisions = self.revisions_of(batch, answer.services()).await;
        let find = |name: &Name, service: &ServiceName| {
            if let Some(found) = answer.services().iter().find(|found| found.service_name() == Some(service.as_str())) {
                // An INACTIVE service is a memory of one.
                return match revisions.get(name) {
                    _ if found.status() == Some("INACTIVE") => Seen::Absent,
                    None => self.observed(found, None),
                    Some(Ok(revision)) => self.observed(found, Some(revision)),
                    Some(Err(why)) => Seen::Unreadable(why.clone()),
                };
            }
            let ends = format!("/{service}");
            let failure = answer
                .failures()
                .iter()
                .find(|failure| failure.arn().is_some_and(|arn| arn.ends_with(&ends) || arn == service.as_str()));
            match failure.and_then(|failure| failure.reason()) {
                Some("MISSING") => Seen::Absent,
                reason => {
                    let why = reason.map_or("it was left out".to_owned(), |reason| format!("ECS reports {reason}"));
                    Seen::Unreadable(self.unclear("ecs:DescribeServices", why).in_full())
                }
            }
        };
        batch.iter().map(|(name, service)| ((*name).clone(), find(name, &service.service_name))).collect()
    }

    pub(super) fn observed(&self, service: &sdk::Service, revision: Option<&ServiceContent>) -> Seen<ObservedService> {
        let unclear = || self.unclear("ecs:DescribeServices", "the service has no ARN, status or revision");
        read(service, revision).map_or_else(|| Seen::Unreadable(unclear().in_full()), Seen::Present)
    }

    pub(super) async fn create_service(&self, service: &NewService<'_>) -> Result<Receipt, Fault> {
        const OPERATION: &str = "ecs:CreateService";
        let NewService { cluster, name, task_definition, fields, tags, token } = service;
        let content: Result<ServiceContent, _> = serde_json::from_value(Value::Object((*fields).clone()));
        let content = content.map_err(|error| self.unsendable(OPERATION, error.to_string()))?;
        let request: CreateServiceInputBuilder = content
            .try_into()
            .map_err(|error: aws_sdk_ecs::error::BuildError| self.unsendable(OPERATION, error.to_string()))?;
        let request = request
            .cluster(cluster.as_str())
            .service_name(name.as_str())
            .task_definition(task_definition.as_str())
            .client_token(*token)
            .set_tags(Some(to_sdk(tags)));
        let answer = request.send_with(&self.clients.ecs).await.map_err(|error| self.fault(OPERATION, &error))?;
        let arn = answer.service().and_then(|service| service.service_arn()).map(Arn::new);
        Ok(Receipt { arn, ..receipt(&answer) })
    }

    /// Sends the change, if the service still runs what the plan was made from.
    pub(super) async fn update_service(&self, change: &ServiceChange<'_>) -> Result<Receipt, Fault> {
        const OPERATION: &str = "ecs:UpdateService";
        let ServiceChange { cluster, name, from, task_definition, fields } = change;
        let now = self.current_revision(cluster, name).await?;
        if now.as_ref() != Some(*from) {
            let found = now.map_or_else(|| "is gone".to_owned(), |now| format!("runs {now}"));
            return Err(self.moved(OPERATION, format!("the service {name} {found}, not {from}: someone else deployed")));
        }
        let content: Result<ServiceUpdate, _> = serde_json::from_value(Value::Object((*fields).clone()));
        let content = content.map_err(|error| self.unsendable(OPERATION, error.to_string()))?;
        let request: UpdateServiceInputBuilder = content
            .try_into()
            .map_err(|error: aws_sdk_ecs::error::BuildError| self.unsendable(OPERATION, error.to_string()))?;
        let request = request
            .cluster(cluster.as_str())
            .service(name.as_str())
            .set_task_definition(task_definition.map(Arn::to_string));
        let answer = request.send_with(&self.clients.ecs_once).await.map_err(|error| self.fault(OPERATION, &error))?;
        Ok(receipt(&answer))
    }

    async fn current_revision(&self, cluster: &ClusterName, name: &ServiceName) -> Result<Option<Arn>, Fault> {
        let call = self.clients.ecs.describe_services().cluster(cluster.as_str()).services(name.as_str());
        let answer = call.send().await.map_err(|error| self.fault("ecs:DescribeServices", &error))?;
        let service = answer.services().iter().find(|service| service.service_name() == Some(name.as_str()));
        Ok(service.and_then(|service| service.task_definition()).map(Arn::new))
    }

    /// Stops a deployment with a rollback.
    pub(super) async fn stop_deployment(&self, deployment: &Arn) -> Result<Receipt, Fault> {
        let call = self.clients.ecs.stop_service_deployment().service_deployment_arn(deployment.as_str());
        let call = call.stop_type(StopServiceDeploymentStopType::Rollback);
        let answer = call.send().await.map_err(|error| self.fault("ecs:StopServiceDeployment", &error))?;
        Ok(receipt(&answer))
    }

    /// Tags a service or a revision.
    pub(super) async fn tag(&self, resource: &Arn, tags: &Tags) -> Result<Receipt, Fault> {
        let call = self.clients.ecs.tag_resource().resource_arn(resource.as_str()).set_tags(Some(to_sdk(tags)));
        let answer = call.send().await.map_err(|error| self.fault("ecs:TagResource", &error))?;
        Ok(receipt(&answer))
    }

    /// Takes tags off a service or a revision.
    pub(super) async fn untag(&self, resource: &Arn, keys: &BTreeSet<String>) -> Result<Receipt, Fault> {
        let keys = keys.iter().cloned().collect();
        let call = self.clients.ecs.untag_resource().resource_arn(resource.as_str()).set_tag_keys(Some(keys));
        let answer = call.send().await.map_err(|error| self.fault("ecs:UntagResource", &error))?;
        Ok(receipt(&answer))
    }
}

/// A service to be made.
pub(super) struct NewService<'a> {
    pub(super) cluster: &'a ClusterName,
    pub(super) name: &'a ServiceName,
    pub(super) task_definition: &'a Arn,
    pub(super) fields: &'a Map<String, Value>,
    pub(super) tags: &'a Tags,
    pub(super) token: &'a str,
}

/// A service to be changed.
pub(super) struct ServiceChange<'a> {
    pub(super) cluster: &'a ClusterName,
    pub(super) name: &'a ServiceName,
    pub(super) from: &'a Arn,
    pub(super) task_definition: Option<&'a Arn>,
    pub(super) fields: &'a Map<String, Value>,
}

pub(super) fn to_sdk(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn read(service: &sdk::Service, revision: Option<&ServiceContent>) -> Option<ObservedService> {
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    // Some fields are only stated of the deployment in force, and some only of its service revision. Of the others the
    // service has the last word: a capacity provider strategy that was taken away still stands in the deployment.
    let mut fields = content(&service.into());
    let of_deployment = primary.map(|primary| content(&primary.into())).unwrap_or_default();
    fields.extend(of_deployment.into_iter().filter(|(name, _)| is_stated_of_deployments_alone(name)));
    let of_revision = revision.map(content).unwrap_or_default();
    fields.extend(of_revision.into_iter().filter(|(name, _)| is_stated_of_revisions_alone(name)));
    fields.extend(service.role_arn().map(|role| ("role".to_owned(), role.into())));
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    Some(ObservedService {
        arn: Arn::new(service.service_arn()?),
        status: service.status()?.to_owned(),
        task_definition: Arn::new(service.task_definition()?),
        fields: ServiceFields::new(fields),
        tags: service.tags().iter().filter_map(pair).collect(),
        deployments: service.deployments().iter().filter_map(deployment).collect(),
        lacks: primary.and_then(|primary| lacks(service.events(), primary)),
    })
}

/// The newest event that says that ECS is unable to go on, unless a newer one says that all is well. Newest first.
fn lacks(events: &[sdk::ServiceEvent], primary: &sdk::Deployment) -> Option<String> {
    const LONGEST: usize = 400;
    let since = primary.created_at()?;
    let mut texts = events.iter().filter(|event| event.created_at().is_some_and(|at| at >= since));
    let text = texts.find_map(|event| {
        event.message().filter(|text| ["unable to", "steady state"].iter().any(|words| text.contains(words)))
    })?;
    let clean = || text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    (!text.contains("steady state")).then(clean)
}

pub(super) fn content(content: &ServiceContent) -> Map<String, Value> {
    match serde_json::to_value(content) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn deployment(deployment: &sdk::Deployment) -> Option<Deployment> {
    Some(Deployment {
        id: deployment.id()?.to_owned(),
        status: deployment.status()?.to_owned(),
        task_definition: Arn::new(deployment.task_definition()?),
        rollout_state: deployment.rollout_state().map(|state| state.as_str().to_owned()),
        reason: deployment.rollout_state_reason().map(str::to_owned),
        failed_tasks: deployment.failed_tasks().into(),
        desired: deployment.desired_count().into(),
        running: deployment.running_count().into(),
        pending: deployment.pending_count().into(),
        created_at: deployment.created_at().map(timestamp)?,
    })
}
