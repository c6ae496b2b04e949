//! Who uses revisions: services, their deployments and tasks, and what a service would go back to. All of it or nothing: a
//! hole would let go what is in use.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types as sdk;

use super::Aws;
use super::history::{HISTORY, is_success};
use super::look::all;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Family};
use crate::model::inventory::{Named, Uses};
use crate::model::observed::{Observed, Seen};

/// Services in one page of a list; DescribeServices takes ten.
const PAGE: i32 = 100;
const BATCH: usize = 10;

impl Aws {
    /// Who uses which revisions in the clusters of the manifests, of the envelope and of the inventory.
    pub(super) async fn uses(&self, desired: &Desired, observed: &Observed, families: &BTreeSet<Family>) -> Seen<Uses> {
        let mut clusters = match self.clusters(desired).await {
            Ok(clusters) => clusters,
            Err(why) => return Seen::Unreadable(why),
        };
        let owned = observed.inventory.iter().flat_map(|inventory| inventory.owned.keys());
        clusters.extend(owned.filter_map(|arn| match Named::of(arn) {
            Some(Named::Service(cluster, _)) => Some(cluster.to_string()),
            _ => None,
        }));
        let mut uses = Uses::new();
        for found in all(clusters.iter().map(|cluster| self.uses_in(cluster, families)).collect()).await {
            match found {
                Ok(found) => {
                    for (arn, user) in found {
                        uses.entry(arn).or_default().insert(user);
                    }
                }
                Err(why) => return Seen::Unreadable(why),
            }
        }
        Seen::Present(uses)
    }

    /// Every revision that could still be started: ACTIVE in a family with a manifest or of the inventory, or in use.
    pub(super) async fn startable(&self, desired: &Desired, observed: &Observed) -> Seen<BTreeSet<Arn>> {
        let mut startable = match self.candidates(desired).await {
            Ok(startable) => startable,
            Err(why) => return Seen::Unreadable(why),
        };
        for (family, active) in &observed.active {
            match active {
                Seen::Present(revisions) => startable.extend(revisions.iter().cloned()),
                Seen::Absent => {}
                Seen::Unreadable(why) => return Seen::Unreadable(format!("the revisions of {family}: {why}")),
            }
        }
        startable.extend(observed.uses.iter().filter_map(Seen::present).flat_map(BTreeMap::keys).cloned());
        Seen::Present(startable)
    }

    async fn uses_in(&self, cluster: &str, families: &BTreeSet<Family>) -> Result<Vec<(Arn, String)>, String> {
        let (services, running) = tokio::join!(self.services_in(cluster), self.running_revisions(cluster));
        let mut uses: Vec<(Arn, String)> =
            running?.into_iter().map(|arn| (arn, format!("a task in the cluster {cluster}"))).collect();
        let mut uncertain = Vec::new();
        // An INACTIVE service is a memory of one.
        for service in services?.into_iter().filter(|service| service.status() != Some("INACTIVE")) {
            let name = service.service_name().unwrap_or_default();
            let told = service.task_definition().into_iter();
            let deployed = service.deployments().iter().filter_map(|deployment| deployment.task_definition());
            // Where CodeDeploy or another controller deploys, what is deployed stands there alone.
            let in_sets = service.task_sets().iter().filter_map(|set| set.task_definition());
            let revisions: BTreeSet<Arn> = told.chain(deployed).chain(in_sets).map(Arn::new).collect();
            let of_interest =
                |arn: &Arn| matches!(Named::of(arn), Some(Named::Revision(of, _)) if families.contains(&of));
            let concerns = revisions.iter().any(of_interest);
            uses.extend(revisions.into_iter().map(|arn| (arn, format!("the service {name} in {cluster}"))));
            if concerns && !has_completed(&service) {
                uncertain.push(service);
            }
        }
        let cluster = &ClusterName::new(cluster);
        for back in all(uncertain.iter().map(|service| self.goes_back_to(cluster, service)).collect()).await {
            uses.push(back?);
        }
        Ok(uses)
    }

    async fn services_in(&self, cluster: &str) -> Result<Vec<sdk::Service>, String> {
        let mut pages = self.clients.ecs.list_services().cluster(cluster).max_results(PAGE).into_paginator().send();
        let mut arns: Vec<String> = Vec::new();
        while let Some(page) = pages.next().await {
            match page.map_err(|error| self.fault("ecs:ListServices", &error)) {
                Ok(page) => arns.extend_from_slice(page.service_arns()),
                // A cluster that does not exist has no services.
                Err(fault) if fault.code.as_deref() == Some("ClusterNotFoundException") => return Ok(Vec::new()),
                Err(fault) => return Err(fault.in_full()),
            }
        }
        let describe = |batch: Vec<String>| async move {
            let asked = batch.len();
            let call = self.clients.ecs.describe_services().cluster(cluster).set_services(Some(batch));
            let answer = call.send().await.map_err(|error| self.fault("ecs:DescribeServices", &error).in_full())?;
            // A service that has gone since it was listed uses nothing any more.
            let (gone, failures): (Vec<_>, Vec<_>) =
                answer.failures().iter().cloned().partition(|failure| failure.reason() == Some("MISSING"));
            self.complete("ecs:DescribeServices", &failures, asked, gone.len() + answer.services().len())?;
            Ok::<_, String>(answer.services.unwrap_or_default())
        };
        let mut services = Vec::new();
        for batch in all(arns.chunks(BATCH).map(|batch| describe(batch.to_vec())).collect()).await {
            services.extend(batch?);
        }
        Ok(services)
    }

    /// The revision of the last deployment that was completed.
    async fn goes_back_to(&self, cluster: &ClusterName, service: &sdk::Service) -> Result<(Arn, String), String> {
        let name = service.service_name().unwrap_or_default();
        let arn = Arn::new(service.service_arn().unwrap_or_default());
        let listed = self.list_deployments(cluster, &arn, HISTORY).await?;
        let last: Vec<sdk::ServiceDeploymentBrief> = listed.into_iter().find(is_success).into_iter().collect();
        let described = self.described(&last).await?;
        match described.first() {
            Some(last) => Ok((last.task_definition.clone(), format!("a rollback of the service {name} in {cluster}"))),
            None => Err(format!("nobody knows what the service {name} in {cluster} would go back to")),
        }
    }
}

/// Is the deployment in force the last completed one itself? So it is where ECS does not drive the deployments.
fn has_completed(service: &sdk::Service) -> bool {
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    let state = primary.and_then(|primary| primary.rollout_state());
    state.is_none_or(|state| *state == sdk::DeploymentRolloutState::Completed)
}
