//! Clusters, images, log groups, parameters, keys: is it there, and what is known of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Surveyor;
use crate::aws::seen;
use crate::aws::wire::{ECR, KMS, LOGS, SSM};
use crate::model::arn::Arn;
use crate::model::id::{ClusterName, KeyId, Region};
use crate::model::image::Image;
use crate::model::observed::Seen;
use crate::model::survey::{Cluster, Key, Parameter, policy_of};

/// One thing is asked for: its page comes long before.
const MOST_PAGES: usize = 1000;

impl Surveyor<'_> {
    pub(super) async fn cluster(&self, name: &ClusterName) -> Seen<Cluster> {
        let answer = self.aws.clients.ecs.describe_clusters().clusters(name.as_str()).send().await;
        match answer.map_err(|error| self.aws.fault("ecs:DescribeClusters", &error)) {
            Ok(answer) => {
                let cluster = answer.clusters().first();
                let status = cluster.and_then(|cluster| cluster.status());
                let failure = answer.failures().first().and_then(|failure| failure.reason());
                match (status, failure) {
                    (Some(status), _) => {
                        let strategy = cluster.map(aws_sdk_ecs::types::Cluster::default_capacity_provider_strategy);
                        let providers =
                            strategy.unwrap_or_default().iter().map(|item| item.capacity_provider().to_owned());
                        Seen::Present(Cluster { status: status.to_owned(), providers: providers.collect() })
                    }
                    (None, Some("MISSING")) => Seen::Absent,
                    (None, failure) => {
                        let why = failure.unwrap_or("the answer has no cluster, and no failure");
                        Seen::Unreadable(self.aws.unclear("ecs:DescribeClusters", why).in_full())
                    }
                }
            }
            Err(fault) => Seen::Unreadable(fault.in_full()),
        }
    }

    pub(super) async fn image(&self, image: &Image) -> Seen<()> {
        let Image { registry, region, repository, tag, digest } = image;
        let id = match (digest, tag) {
            (Some(digest), _) => json!({"imageDigest": digest}),
            (None, tag) => json!({"imageTag": tag.as_deref().unwrap_or("latest")}),
        };
        let input = json!({"registryId": registry, "repositoryName": repository, "imageIds": [id]});
        seen(self.aws.read(&ECR, region, "DescribeImages", &input).await.map(drop))
    }

    /// The rules of a registry are few: a page has a thousand.
    pub(super) async fn caches(&self, region: &Region) -> Seen<BTreeSet<String>> {
        let mut input = json!({"maxResults": 1000});
        let mut found = BTreeSet::new();
        for _ in 0..MOST_PAGES {
            let answer = match self.aws.read(&ECR, region, "DescribePullThroughCacheRules", &input).await {
                Ok(answer) => answer,
                Err(fault) => return Seen::Unreadable(fault.in_full()),
            };
            let rules = answer.get("pullThroughCacheRules").and_then(Value::as_array).into_iter().flatten();
            found.extend(rules.filter_map(|rule| text(rule, "ecrRepositoryPrefix").map(str::to_owned)));
            match text(&answer, "nextToken") {
                Some(token) => input["nextToken"] = token.into(),
                None => return Seen::Present(found),
            }
        }
        self.endless("ecr:DescribePullThroughCacheRules")
    }

    /// Groups come by name, so the one that is named whole comes first.
    pub(super) async fn log_group(&self, region: &Region, name: &str) -> Seen<()> {
        let input = json!({"logGroupNamePrefix": name, "limit": 1});
        match self.aws.read(&LOGS, region, "DescribeLogGroups", &input).await {
            Ok(answer) if answer.pointer("/logGroups/0/logGroupName").is_some_and(|found| found == name) => {
                Seen::Present(())
            }
            Ok(_) => Seen::Absent,
            Err(fault) => Seen::Unreadable(fault.in_full()),
        }
    }

    /// Its description: a read of the parameter itself would bring its value.
    pub(super) async fn parameter(&self, name: &str, region: &Region) -> Seen<Parameter> {
        // `name:version` and `name:label` are the same parameter.
        let bare = name.split(':').next().unwrap_or(name);
        let filter = json!({"Key": "Name", "Option": "Equals", "Values": [bare]});
        let mut input = json!({"ParameterFilters": [filter]});
        // What the filter leaves out takes room in a page too: an empty one need not be the last.
        for _ in 0..MOST_PAGES {
            let answer = match self.aws.read(&SSM, region, "DescribeParameters", &input).await {
                Ok(answer) => answer,
                Err(fault) => return Seen::Unreadable(fault.in_full()),
            };
            if let Some(found) = answer.pointer("/Parameters/0") {
                return Seen::Present(Parameter { key: text(found, "KeyId").map(KeyId::new) });
            }
            match text(&answer, "NextToken") {
                Some(token) => input["NextToken"] = token.into(),
                None => return Seen::Absent,
            }
        }
        self.endless("ssm:DescribeParameters")
    }

    pub(super) async fn key(&self, id: &KeyId, region: &Region) -> Seen<Key> {
        let input = json!({"KeyId": id.as_str()});
        let metadata = match self.aws.read(&KMS, region, "DescribeKey", &input).await {
            Ok(answer) => answer.get("KeyMetadata").cloned().unwrap_or_default(),
            Err(fault) => return seen(Err(fault)),
        };
        let Some(arn) = text(&metadata, "Arn").map(Arn::new) else {
            return Seen::Unreadable(self.aws.unclear("kms:DescribeKey", "the answer has no key in it").in_full());
        };
        let of_aws = text(&metadata, "KeyManager") == Some("AWS");
        let (policy, aliases) = if of_aws {
            (Seen::Absent, Seen::Absent)
        } else {
            let input = json!({"KeyId": arn.as_str()});
            let policy = self.aws.read(&KMS, region, "GetKeyPolicy", &input);
            let aliases = self.aliases(&arn, region);
            let (policy, aliases) = tokio::join!(policy, aliases);
            let policy = match policy {
                Ok(answer) => policy_of(text(&answer, "Policy").unwrap_or_default()),
                Err(fault) => Seen::Unreadable(fault.in_full()),
            };
            (policy, aliases)
        };
        let state = text(&metadata, "KeyState").unwrap_or("Unknown").to_owned();
        Seen::Present(Key { arn, state, of_aws, aliases, policy })
    }

    async fn aliases(&self, key: &Arn, region: &Region) -> Seen<BTreeSet<String>> {
        let mut input = json!({"KeyId": key.as_str()});
        let mut found = BTreeSet::new();
        for _ in 0..MOST_PAGES {
            let answer = match self.aws.read(&KMS, region, "ListAliases", &input).await {
                Ok(answer) => answer,
                Err(fault) => return Seen::Unreadable(fault.in_full()),
            };
            found.extend(names(&answer));
            match text(&answer, "NextMarker") {
                Some(marker) => input["Marker"] = marker.into(),
                None => return Seen::Present(found),
            }
        }
        self.endless("kms:ListAliases")
    }

    fn endless<T>(&self, operation: &str) -> Seen<T> {
        Seen::Unreadable(self.aws.unclear(operation, format!("it has more than {MOST_PAGES} pages")).in_full())
    }
}

fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member)?.as_str().filter(|text| !text.is_empty())
}

fn names(answer: &Value) -> BTreeSet<String> {
    let aliases = answer.get("Aliases").and_then(Value::as_array).into_iter().flatten();
    aliases.filter_map(|alias| text(alias, "AliasName").map(str::to_owned)).collect()
}
