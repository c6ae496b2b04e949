//! Secrets Manager: rotation, copies, resource policies, and the way back from a scheduled deletion.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_secretsmanager::types::{ReplicaRegionType, ReplicationStatusType, RotationRulesType, StatusType};

use super::{Aws, receipt, seen};
use crate::cloud::Receipt;
use crate::cloud::fault::Fault;
use crate::model::arn::Arn;
use crate::model::id::{KeyId, Region};
use crate::model::observed::Seen;
use crate::model::secret::{ObservedReplica, ReplicaStatus};
use crate::model::secret_policy::ResourcePolicy;
use crate::model::secret_rotation::{ObservedRotation, Schedule, Window};

/// What RotateSecret is told.
pub(super) struct NewRotation<'c> {
    pub(super) secret: &'c Arn,
    pub(super) lambda: &'c Arn,
    pub(super) schedule: &'c Schedule,
    pub(super) window: Option<Window>,
    pub(super) immediately: bool,
    pub(super) token: &'c str,
}

impl Aws {
    /// The resource policy of a secret; absent where it has none.
    pub(super) async fn resource_policy(&self, secret: &Arn) -> Seen<ResourcePolicy> {
        const OPERATION: &str = "secretsmanager:GetResourcePolicy";
        let arn = secret.as_str();
        let answer = self.secrets_of(arn).get_resource_policy().secret_id(arn).send().await;
        let unclear = |why: &str| Seen::Unreadable(self.unclear(OPERATION, why).in_full());
        match seen(answer.map_err(|error| self.fault(OPERATION, &error))) {
            Seen::Present(answer) => match answer.resource_policy().map(serde_json::from_str) {
                None => Seen::Absent,
                Some(Ok(document)) => Seen::Present(ResourcePolicy::read(&document)),
                Some(Err(_)) => unclear("the secret's resource policy is not JSON"),
            },
            // The secret was there a moment ago: a policy that cannot be found is not a policy that is not there.
            Seen::Absent => unclear("the secret was not found"),
            Seen::Unreadable(why) => Seen::Unreadable(why),
        }
    }

    pub(super) async fn rotate_secret(&self, new: &NewRotation<'_>) -> Result<Receipt, Fault> {
        let NewRotation { secret, lambda, schedule, window, immediately, token } = new;
        let rules = RotationRulesType::builder()
            .schedule_expression(schedule.as_str())
            .set_duration(window.as_ref().map(Window::to_string));
        let call = self.clients.secrets.rotate_secret().secret_id(secret.as_str()).rotation_rules(rules.build());
        let call = call.rotation_lambda_arn(lambda.as_str()).rotate_immediately(*immediately);
        let call = call.client_request_token(*token);
        let answer = call.send().await.map_err(|error| self.fault("secretsmanager:RotateSecret", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn cancel_rotate_secret(&self, secret: &Arn) -> Result<Receipt, Fault> {
        let call = self.clients.secrets.cancel_rotate_secret().secret_id(secret.as_str());
        let answer = call.send().await.map_err(|error| self.fault("secretsmanager:CancelRotateSecret", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn replicate_secret(
        &self,
        secret: &Arn,
        replicas: &BTreeMap<Region, Option<KeyId>>,
    ) -> Result<Receipt, Fault> {
        let region = |(region, key): (&Region, &Option<KeyId>)| {
            let key = key.as_ref().map(KeyId::to_string);
            ReplicaRegionType::builder().region(region.as_str()).set_kms_key_id(key).build()
        };
        let call = self.clients.secrets.replicate_secret_to_regions().secret_id(secret.as_str());
        // What has the name of the secret there is somebody's: it is never overwritten.
        let call = call.force_overwrite_replica_secret(false);
        let call = call.set_add_replica_regions(Some(replicas.iter().map(region).collect()));
        let answer =
            call.send().await.map_err(|error| self.fault("secretsmanager:ReplicateSecretToRegions", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn remove_replicas(&self, secret: &Arn, regions: &BTreeSet<Region>) -> Result<Receipt, Fault> {
        let regions = regions.iter().map(Region::to_string).collect();
        let call = self.clients.secrets.remove_regions_from_replication().secret_id(secret.as_str());
        let call = call.set_remove_replica_regions(Some(regions));
        let answer =
            call.send().await.map_err(|error| self.fault("secretsmanager:RemoveRegionsFromReplication", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn put_resource_policy(&self, secret: &Arn, policy: &str) -> Result<Receipt, Fault> {
        let call = self.clients.secrets.put_resource_policy().secret_id(secret.as_str()).resource_policy(policy);
        let call = call.block_public_policy(true);
        let answer = call.send().await.map_err(|error| self.fault("secretsmanager:PutResourcePolicy", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn delete_resource_policy(&self, secret: &Arn) -> Result<Receipt, Fault> {
        let call = self.clients.secrets.delete_resource_policy().secret_id(secret.as_str());
        let answer = call.send().await.map_err(|error| self.fault("secretsmanager:DeleteResourcePolicy", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn restore_secret(&self, secret: &Arn) -> Result<Receipt, Fault> {
        let call = self.clients.secrets.restore_secret().secret_id(secret.as_str());
        let answer = call.send().await.map_err(|error| self.fault("secretsmanager:RestoreSecret", &error))?;
        Ok(receipt(&answer))
    }
}

/// Rotation as AWS states it; `None` where it was never set up.
///
/// Where a schedule is stated, the number of days beside it is calculated from that, and not what anyone asked for.
pub(super) fn rotation(
    enabled: Option<bool>,
    lambda: Option<&str>,
    rules: Option<&RotationRulesType>,
) -> Option<ObservedRotation> {
    let days = || rules?.automatically_after_days().and_then(|days| u32::try_from(days).ok()).map(Schedule::days);
    Some(ObservedRotation {
        enabled: enabled?,
        lambda_arn: lambda.filter(|arn| !arn.is_empty()).map(Arn::new),
        schedule: rules.and_then(|rules| rules.schedule_expression()).map(Schedule::stated).or_else(days),
        window: rules.and_then(|rules| rules.duration()).and_then(Window::parse),
    })
}

/// Copies as DescribeSecret states them.
pub(super) fn replicas(stated: &[ReplicationStatusType]) -> BTreeMap<Region, ObservedReplica> {
    let replica = |replica: &ReplicationStatusType| {
        let message = || replica.status_message().unwrap_or("Secrets Manager does not say why").to_owned();
        let status = match replica.status() {
            Some(StatusType::InSync) => ReplicaStatus::InSync,
            Some(StatusType::InProgress) => ReplicaStatus::InProgress,
            Some(StatusType::Failed) => ReplicaStatus::Failed(message()),
            other => ReplicaStatus::Other(other.map(|status| status.as_str().to_owned()).unwrap_or_default()),
        };
        let key = replica.kms_key_id().map(KeyId::new);
        Some((Region::new(replica.region()?), ObservedReplica { kms_key_id: key, status }))
    };
    stated.iter().filter_map(replica).collect()
}
