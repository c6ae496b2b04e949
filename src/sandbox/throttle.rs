//! Token buckets with AWS's published request rates.
//!
//! Sources: facts 4.1 (ECS), 3.7 (Secrets Manager). The other services have no
//! bucket.
//!
//! Ledger: W3.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::wire::{AwsError, Service};

/// How full each bucket is that was ever used.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Throttle(BTreeMap<String, Level>);

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Level {
    /// In thousandths, so that a millisecond's refill is whole.
    millitokens: i64,
    at: Millis,
}

/// Operations that share an allowance.
struct Bucket {
    name: &'static str,
    burst: i64,
    per_second: i64,
}

impl Throttle {
    /// Takes a token, or refuses as AWS does.
    pub(crate) fn take(&mut self, now: Millis, service: Service, operation: &str) -> Result<(), AwsError> {
        let Some(bucket) = bucket_of(service, operation) else {
            return Ok(());
        };
        let full = bucket.burst * 1000;
        let level = self.0.entry(bucket.name.to_owned()).or_insert(Level { millitokens: full, at: now });
        let gained = (now.0 - level.at.0).saturating_mul(bucket.per_second);
        *level = Level { millitokens: level.millitokens.saturating_add(gained).min(full), at: now };
        if level.millitokens < 1000 {
            return Err(AwsError::new("ThrottlingException", "Rate exceeded"));
        }
        level.millitokens -= 1000;
        Ok(())
    }
}

fn bucket_of(service: Service, operation: &str) -> Option<Bucket> {
    let bucket = |name, burst, per_second| Some(Bucket { name, burst, per_second });
    match service {
        Service::Ecs => match operation {
            "CreateCluster" => bucket("ecs cluster modify", 20, 1),
            "DescribeClusters" | "ListClusters" => bucket("ecs cluster read", 50, 20),
            "RegisterTaskDefinition" | "DeregisterTaskDefinition" => bucket("ecs task definition modify", 20, 1),
            "DescribeTaskDefinition" | "ListTaskDefinitions" => bucket("ecs task definition read", 50, 20),
            "TagResource" | "UntagResource" => bucket("ecs tag modify", 20, 10),
            "ListTagsForResource" => bucket("ecs tag read", 50, 20),
            "DescribeTasks" | "ListTasks" => bucket("ecs cluster resource read", 100, 20),
            "CreateService" | "UpdateService" | "DeleteService" => bucket("ecs service modify", 50, 5),
            "DescribeServices" | "ListServices" => bucket("ecs service read", 100, 20),
            "DescribeServiceDeployments" | "ListServiceDeployments" => bucket("ecs service deployment", 50, 20),
            "DescribeServiceRevisions" => bucket("ecs service revision", 50, 20),
            _ => None,
        },
        Service::SecretsManager => match operation {
            "DescribeSecret" | "GetSecretValue" => bucket("secrets read", 10_000, 10_000),
            "PutSecretValue"
            | "UpdateSecret"
            | "UpdateSecretVersionStage"
            | "ReplicateSecretToRegions"
            | "RemoveRegionsFromReplication"
            | "StopReplicationToReplica" => bucket("secrets modify", 50, 50),
            "PutResourcePolicy" | "GetResourcePolicy" | "DeleteResourcePolicy" => bucket("secrets policy", 50, 50),
            "RotateSecret" | "CancelRotateSecret" => bucket("secrets rotate", 50, 50),
            "CreateSecret" => bucket("secrets create", 50, 50),
            "DeleteSecret" => bucket("secrets delete", 50, 50),
            "RestoreSecret" => bucket("secrets restore", 50, 50),
            "TagResource" | "UntagResource" => bucket("secrets tag", 50, 50),
            "ListSecrets" | "ListSecretVersionIds" => bucket("secrets list", 50, 50),
            _ => None,
        },
        Service::Iam
        | Service::Sts
        | Service::Kms
        | Service::Sqs
        | Service::Events
        | Service::Tagging
        | Service::Ssm
        | Service::Logs
        | Service::Ec2
        | Service::Ecr => None,
    }
}
