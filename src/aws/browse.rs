//! What no manifest names yet: the services of a cluster.

use std::collections::BTreeSet;

use super::{Aws, seen};
use crate::cloud::Browse;
use crate::model::id::{ClusterName, ServiceName};
use crate::model::observed::Seen;

/// ECS lists at most a hundred services in one call, and ten where nobody says.
const PAGE: i32 = 100;

impl Browse for Aws {
    async fn services_of(&self, cluster: &ClusterName) -> Seen<BTreeSet<ServiceName>> {
        let list = self.clients.ecs.list_services().cluster(cluster.as_str()).max_results(PAGE);
        let mut pages = list.into_paginator().send();
        let mut names = BTreeSet::new();
        while let Some(page) = pages.next().await {
            match page.map_err(|error| self.fault("ecs:ListServices", &error)) {
                // Old ARNs have no cluster in them; the name is last in either form.
                Ok(page) => names
                    .extend(page.service_arns().iter().filter_map(|arn| arn.rsplit('/').next()).map(ServiceName::new)),
                Err(fault) => return seen(Err(fault)),
            }
        }
        Seen::Present(names)
    }
}
