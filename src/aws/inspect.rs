//! A closer look at single things: for a person who asks about them, and for the daemon, of rollouts that do not go well.

use super::{Aws, timestamp};
use crate::cloud::Inspect;
use crate::model::id::{ClusterName, Stage, VersionId};
use crate::model::observed::Seen;
use crate::model::secret::ObservedSecret;
use crate::model::secret_version::SecretVersion;
use crate::model::service::{ObservedService, ServiceDeployment};

/// Nobody reads about more, and ECS describes twenty at once.
const DEPLOYMENTS: usize = 10;

impl Inspect for Aws {
    async fn versions(&self, secret: &ObservedSecret) -> Seen<Vec<SecretVersion>> {
        let arn = secret.arn.as_str();
        let list = self.secrets_of(arn).list_secret_version_ids().secret_id(arn).include_deprecated(true);
        let mut pages = list.max_results(100).into_paginator().send();
        let mut versions = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    return Seen::Unreadable(self.fault("secretsmanager:ListSecretVersionIds", &error).in_full());
                }
            };
            versions.extend(page.versions().iter().filter_map(|version| {
                Some(SecretVersion {
                    id: VersionId::new(version.version_id()?),
                    stages: version.version_stages().iter().map(Stage::new).collect(),
                    created: version.created_date().map(timestamp),
                })
            }));
        }
        versions.sort_by_key(|version| std::cmp::Reverse(version.created));
        Seen::Present(versions)
    }

    async fn deployments(&self, cluster: &ClusterName, service: &ObservedService) -> Seen<Vec<ServiceDeployment>> {
        match self.newest_deployments(cluster, service, DEPLOYMENTS).await {
            Ok(deployments) => Seen::Present(deployments),
            Err(why) => Seen::Unreadable(why),
        }
    }
}
