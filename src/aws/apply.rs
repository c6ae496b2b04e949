//! Actions become calls, each followed by its mark.

use super::secret_settings::NewRotation;
use super::secret_value::NewSecret;
use super::service::{NewService, ServiceChange};
use super::{Aws, lock};
use crate::cloud::fault::{Fault, FaultKind};
use crate::cloud::{Apply, Receipt, Sent};
use crate::model::arn::Arn;
use crate::model::tags::{GENERATION, Stamp, Tags};
use crate::plan::action::{Action, Call};

impl Apply for Aws {
    async fn apply(&self, action: &Action<Arn>) -> Result<Receipt, Fault> {
        let Action { call, stamp } = action;
        let (service, operation) = call.operation();
        let own = format!("{service}:{operation}");
        let receipt = self.call(call, stamp.as_ref()).await;
        match &receipt {
            Ok(_) => tracing::info!(action = call.name(), "done"),
            Err(fault) => tracing::info!(action = call.name(), fault = %fault, "failed"),
        }
        let took_effect = match &receipt {
            Ok(_) => true,
            // Or it did, and only its tags could not be written. What it needed before was not the call itself.
            Err(fault) => {
                (fault.kind == FaultKind::Ambiguous && fault.operation == own)
                    || fault.before.iter().any(|sent| sent.operation == own)
            }
        };
        if took_effect {
            // Also after a lost reply: until reads must show what it did, it is not sent again.
            lock(&self.memory.written).insert(call.key(), self.clock.now());
        }
        let mut receipt = receipt?;
        if let Some(stamp) = stamp {
            match self.mark(call, stamp).await {
                Ok(mark) => receipt.marks.extend(mark),
                Err(fault) => {
                    let mut before = receipt.marks;
                    before.push(Sent { operation: own, request_id: receipt.request_id });
                    return Err(Fault { before, mark: true, ..fault });
                }
            }
        }
        Ok(receipt)
    }
}

impl Aws {
    async fn call(&self, call: &Call<Arn>, stamp: Option<&Stamp>) -> Result<Receipt, Fault> {
        match call {
            Call::CreateSecret { name, description, kms_key_id, tags, value, version } => {
                let (description, key, tags) = (description.as_ref(), kms_key_id.as_ref(), &self.stamped(tags, stamp));
                self.create_secret(&NewSecret { name, description, key, tags, value, version }).await
            }
            Call::PutSecretValue { secret, value, version } => {
                let receipt = self.put_secret_value(secret, value, version).await?;
                let put = sent("secretsmanager:PutSecretValue", receipt.clone());
                // With the mark, in one call: what was made must be recorded whatever comes after.
                let record = value.generation().map(|number| (GENERATION.to_owned(), number.to_string()));
                let tags = self.stamped(&record.into_iter().collect(), stamp);
                if tags.is_empty() {
                    return Ok(receipt);
                }
                match self.tag_secret(secret, &tags).await {
                    Ok(tagged) => Ok(Receipt { marks: vec![sent(TAG_SECRET, tagged)], ..receipt }),
                    Err(fault) => Err(Fault { before: vec![put], mark: true, ..fault }),
                }
            }
            Call::UpdateSecretVersionStage { secret, stage, from, to } => {
                self.move_stage(secret, stage, from.as_ref(), to).await
            }
            Call::UpdateSecret { secret, description, kms_key_id } => {
                self.update_secret(secret, description.as_ref(), kms_key_id.as_ref()).await
            }
            Call::UpdateReplica { secret, region, kms_key_id } => {
                self.update_secret(&secret.in_region(region), None, Some(kms_key_id)).await
            }
            Call::TagSecret { secret, tags } => self.tag_secret(secret, &self.stamped(tags, stamp)).await,
            Call::UntagSecret { secret, keys } => self.untag_secret(secret, keys).await,
            Call::RestoreSecret { secret } => self.restore_secret(secret).await,
            Call::DeleteSecret { secret, days, owner } => self.delete_secret(secret, *days, owner).await,
            Call::RotateSecret { secret, lambda, schedule, window, immediately, token } => {
                let (window, immediately) = (*window, *immediately);
                self.rotate_secret(&NewRotation { secret, lambda, schedule, window, immediately, token }).await
            }
            Call::CancelRotateSecret { secret } => self.cancel_rotate_secret(secret).await,
            Call::ReplicateSecretToRegions { secret, replicas } => self.replicate_secret(secret, replicas).await,
            Call::RemoveRegionsFromReplication { secret, regions } => self.remove_replicas(secret, regions).await,
            Call::PutResourcePolicy { secret, policy } => self.put_resource_policy(secret, policy).await,
            Call::DeleteResourcePolicy { secret } => self.delete_resource_policy(secret).await,
            Call::CreateRole { role, path, trust, permissions_boundary, tags } => {
                let tags = self.stamped(tags, stamp);
                self.create_role(role, path, trust, permissions_boundary.as_ref(), &tags).await
            }
            Call::UpdateAssumeRolePolicy { role, trust } => self.set_trust(role, trust).await,
            Call::PutRolePermissionsBoundary { role, boundary } => self.set_boundary(role, boundary).await,
            Call::AttachRolePolicy { role, policy } => self.attach(role, policy).await,
            Call::DetachRolePolicy { role, policy, owner } => self.detach(role, policy, owner.as_ref()).await,
            Call::PutRolePolicy { role, policy, body, brief, widening } => {
                let mut marks = Vec::new();
                if let Some(before) = widening {
                    let tagged = self.tag_role(role, &self.stamped(&Tags::new(), Some(before))).await;
                    marks.push(sent(TAG_ROLE, tagged.map_err(|fault| Fault { mark: true, ..fault })?));
                }
                let document = if *brief { body.to_brief_json(&self.scope) } else { body.to_json(&self.scope) };
                match self.put_role_policy(role, policy, &document).await {
                    Ok(receipt) => Ok(Receipt { marks, ..receipt }),
                    Err(fault) => Err(Fault { before: marks, ..fault }),
                }
            }
            Call::DeleteRolePolicy { role, policy, owner } => {
                self.delete_role_policy(role, policy, owner.as_ref()).await
            }
            Call::DeleteRole { role, owner } => self.delete_role(role, owner).await,
            Call::TagRole { role, tags } => self.tag_role(role, &self.stamped(tags, stamp)).await,
            Call::RegisterTaskDefinition { family, revision, tags } => {
                self.register(family, revision, &self.stamped(tags, stamp)).await
            }
            Call::DeregisterTaskDefinition { revision, owner } => self.deregister(revision, owner).await,
            Call::TagTaskDefinition { revision, tags } => self.tag_revision(revision, &self.stamped(tags, stamp)).await,
            Call::UntagTaskDefinition { revision, keys } => self.untag_revision(revision, keys).await,
            Call::CreateService { cluster, service, task_definition, fields, tags, client_token } => {
                let tags = &self.stamped(tags, stamp);
                let new = NewService { cluster, name: service, task_definition, fields, tags, token: client_token };
                self.create_service(&new).await
            }
            Call::UpdateService { cluster, service, arn: _, from, task_definition, fields } => {
                let task_definition = task_definition.as_ref();
                self.update_service(&ServiceChange { cluster, name: service, from, task_definition, fields }).await
            }
            Call::StopServiceDeployment { deployment } => self.stop_deployment(deployment).await,
            Call::DeleteService { cluster, service, arn, owner } => {
                self.delete_service(cluster, service, arn, owner).await
            }
            Call::TagService { service, tags } => self.tag(service, &self.stamped(tags, stamp)).await,
            Call::UntagService { service, keys } => self.untag(service, keys).await,
        }
    }

    /// Writes the mark after a call that could not carry it itself.
    async fn mark(&self, call: &Call<Arn>, stamp: &Stamp) -> Result<Option<Sent>, Fault> {
        let tags = self.stamped(&Tags::new(), Some(stamp));
        let (operation, receipt) = match call {
            Call::CreateSecret { .. }
            | Call::PutSecretValue { .. }
            | Call::TagSecret { .. }
            | Call::CreateRole { .. }
            | Call::TagRole { .. }
            | Call::RegisterTaskDefinition { .. }
            | Call::TagTaskDefinition { .. }
            | Call::CreateService { .. }
            | Call::StopServiceDeployment { .. }
            | Call::DeleteSecret { .. }
            | Call::DeleteRole { .. }
            | Call::DeregisterTaskDefinition { .. }
            | Call::DeleteService { .. }
            | Call::TagService { .. } => return Ok(None),
            // Of a copy the mark stands on its primary, as do all tags.
            Call::UpdateReplica { secret, .. }
            | Call::UpdateSecret { secret, .. }
            | Call::UpdateSecretVersionStage { secret, .. }
            | Call::UntagSecret { secret, .. }
            | Call::RestoreSecret { secret }
            | Call::RotateSecret { secret, .. }
            | Call::CancelRotateSecret { secret }
            | Call::ReplicateSecretToRegions { secret, .. }
            | Call::RemoveRegionsFromReplication { secret, .. }
            | Call::PutResourcePolicy { secret, .. }
            | Call::DeleteResourcePolicy { secret } => (TAG_SECRET, self.tag_secret(secret, &tags).await?),
            Call::UpdateAssumeRolePolicy { role, .. }
            | Call::PutRolePermissionsBoundary { role, .. }
            | Call::AttachRolePolicy { role, .. }
            | Call::DetachRolePolicy { role, .. }
            | Call::PutRolePolicy { role, .. }
            | Call::DeleteRolePolicy { role, .. } => (TAG_ROLE, self.tag_role(role, &tags).await?),
            Call::UntagTaskDefinition { revision, .. } => {
                ("ecs:TagResource", self.tag_revision(revision, &tags).await?)
            }
            Call::UpdateService { arn, .. } | Call::UntagService { service: arn, .. } => {
                ("ecs:TagResource", self.tag(arn, &tags).await?)
            }
        };
        Ok(Some(sent(operation, receipt)))
    }

    /// The tags with the mark of now: the time is all that is added to a plan.
    fn stamped(&self, tags: &Tags, stamp: Option<&Stamp>) -> Tags {
        let mark = stamp.map(|stamp| (stamp.tag.clone(), stamp.at(self.clock.now()).to_string()));
        tags.clone().into_iter().chain(mark).collect()
    }
}

const TAG_ROLE: &str = "iam:TagRole";
const TAG_SECRET: &str = "secretsmanager:TagResource";

fn sent(operation: &str, receipt: Receipt) -> Sent {
    Sent { operation: operation.to_owned(), request_id: receipt.request_id }
}
