//! What is in use: the revisions that a managed family could still start, and those that run anywhere in the envelope's
//! clusters. Read once a look, whoever asks.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::TaskDefinitionStatus;

use super::Aws;
use super::look::all;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::envelope;
use crate::model::id::Family;
use crate::model::observed::Seen;

/// The revisions in use, by the execution role that they name; or why they are not known.
pub(super) type InUse = Result<BTreeMap<Arn, BTreeSet<Arn>>, String>;

impl Aws {
    /// The revisions that are ACTIVE in a managed family, or run in a managed cluster, by the role that they name.
    pub(super) async fn in_use(&self, desired: &Desired) -> InUse {
        let reads = self.candidates(desired).await?.into_iter().map(|arn| async move {
            let revision = self.revision(&arn, false).await;
            (arn, revision)
        });
        let mut by_role: BTreeMap<Arn, BTreeSet<Arn>> = BTreeMap::new();
        for (arn, revision) in all(reads.collect()).await.into_iter().collect::<BTreeMap<_, _>>() {
            match revision {
                Seen::Present(revision) => {
                    if let Some(role) = revision.revision.execution_role {
                        by_role.entry(role).or_default().insert(arn);
                    }
                }
                Seen::Absent => {}
                Seen::Unreadable(why) => return Err(format!("{arn}: {why}")),
            }
        }
        Ok(by_role)
    }

    pub(super) async fn candidates(&self, desired: &Desired) -> Result<BTreeSet<Arn>, String> {
        let families: BTreeSet<&Family> = desired.task_definitions.values().map(|td| &td.family).collect();
        let clusters = self.clusters(desired).await?;
        let active = all(families.into_iter().map(|family| self.active_revisions(family)).collect());
        let running = all(clusters.iter().map(|cluster| self.running_revisions(cluster)).collect());
        let (active, running) = tokio::join!(active, running);
        let mut arns = BTreeSet::new();
        for found in active.into_iter().chain(running) {
            arns.extend(found?);
        }
        Ok(arns)
    }

    /// The clusters that services name, and those of the envelope; only a pattern takes a call.
    pub(super) async fn clusters(&self, desired: &Desired) -> Result<BTreeSet<String>, String> {
        let mut clusters: BTreeSet<String> =
            desired.services.values().map(|service| service.cluster.to_string()).collect();
        let allowed = desired.policy.envelope.as_ref().map_or(&[] as &[_], |envelope| &envelope.clusters);
        let (patterns, names): (Vec<String>, Vec<String>) =
            allowed.iter().cloned().partition(|name| name.contains(['*', '?']));
        clusters.extend(names);
        if patterns.is_empty() {
            return Ok(clusters);
        }
        let mut pages = self.clients.ecs.list_clusters().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.fault("ecs:ListClusters", &error).in_full())?;
            let names = page.cluster_arns().iter().filter_map(|arn| arn.rsplit('/').next());
            clusters.extend(names.filter(|name| envelope::matches_any(&patterns, name)).map(str::to_owned));
        }
        Ok(clusters)
    }

    pub(super) async fn active_revisions(&self, family: &Family) -> Result<BTreeSet<Arn>, String> {
        let list = self.clients.ecs.list_task_definitions().family_prefix(family.as_str());
        let mut pages = list.status(TaskDefinitionStatus::Active).into_paginator().send();
        let mut active = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.fault("ecs:ListTaskDefinitions", &error).in_full())?;
            active.extend(page.task_definition_arns().iter().map(Arn::new));
        }
        Ok(active)
    }

    pub(super) async fn running_revisions(&self, cluster: &str) -> Result<BTreeSet<Arn>, String> {
        let mut running = BTreeSet::new();
        let mut pages = self.clients.ecs.list_tasks().cluster(cluster).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = match page.map_err(|error| self.fault("ecs:ListTasks", &error)) {
                Ok(page) => page,
                // A cluster that does not exist has no tasks.
                Err(fault) if fault.code.as_deref() == Some("ClusterNotFoundException") => return Ok(BTreeSet::new()),
                Err(fault) => return Err(fault.in_full()),
            };
            if page.task_arns().is_empty() {
                continue;
            }
            let tasks = self.clients.ecs.describe_tasks().cluster(cluster).set_tasks(Some(page.task_arns().to_vec()));
            let answer = tasks.send().await.map_err(|error| self.fault("ecs:DescribeTasks", &error).in_full())?;
            // A task that has ended since it was listed is in use no more.
            let (gone, failures): (Vec<_>, Vec<_>) =
                answer.failures().iter().cloned().partition(|failure| failure.reason() == Some("MISSING"));
            let revisions: Vec<&str> = answer.tasks().iter().filter_map(|task| task.task_definition_arn()).collect();
            self.complete("ecs:DescribeTasks", &failures, page.task_arns().len(), gone.len() + revisions.len())?;
            running.extend(revisions.into_iter().map(Arn::new));
        }
        Ok(running)
    }
}
