//! Deleting what nobody wants: made only if the object carries the owner's tags right before. What is gone already is done.

use super::{Aws, receipt};
use crate::cloud::Receipt;
use crate::cloud::fault::{Fault, FaultKind};
use crate::model::arn::Arn;
use crate::model::deletion::DeletionPolicy;
use crate::model::id::{ClusterName, Installation, RoleName, SecretName, ServiceName};
use crate::model::observed::Seen;
use crate::model::tags::{RESOURCE, Tags, is_ours};

impl Aws {
    pub(super) async fn delete_service(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
        arn: &Arn,
        owner: &Installation,
    ) -> Result<Receipt, Fault> {
        const OPERATION: &str = "ecs:DeleteService";
        let Some(live) =
            now(self.describe_service(cluster, service).await).map_err(|why| self.moved(OPERATION, why))?
        else {
            return Ok(Receipt::unsent());
        };
        if live.is_draining() {
            return Ok(Receipt::unsent());
        }
        if let Some(fault) = self.lost(OPERATION, arn, &live.tags, owner) {
            return Err(fault);
        }
        let call = self.clients.ecs.delete_service().cluster(cluster.as_str()).service(service.as_str());
        // Else ECS would want its number of tasks lowered to zero before.
        match call.force(true).send().await {
            Ok(answer) => Ok(receipt(&answer)),
            Err(error) => {
                let fault = self.fault(OPERATION, &error);
                gone(&fault).ok_or(fault)
            }
        }
    }

    pub(super) async fn deregister(&self, revision: &Arn, owner: &Installation) -> Result<Receipt, Fault> {
        const OPERATION: &str = "ecs:DeregisterTaskDefinition";
        let live = now(self.revision_now(revision).await).map_err(|why| self.moved(OPERATION, why))?;
        let Some(live) = live.filter(crate::model::task_definition::ObservedRevision::is_active) else {
            return Ok(Receipt::unsent());
        };
        if let Some(fault) = self.lost(OPERATION, revision, &live.tags, owner) {
            return Err(fault);
        }
        let call = self.clients.ecs.deregister_task_definition().task_definition(revision.as_str());
        let answer = call.send().await.map_err(|error| self.fault(OPERATION, &error));
        self.forget(revision);
        answer.map(|answer| receipt(&answer))
    }

    pub(super) async fn delete_role_policy(
        &self,
        role: &RoleName,
        policy: &str,
        owner: Option<&Installation>,
    ) -> Result<Receipt, Fault> {
        const OPERATION: &str = "iam:DeleteRolePolicy";
        if self.has_left(OPERATION, role, owner).await? {
            return Ok(Receipt::unsent());
        }
        let call = self.clients.iam.delete_role_policy().role_name(role.as_str()).policy_name(policy);
        let answer = call.send().await.map_err(|error| self.fault(OPERATION, &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn detach(
        &self,
        role: &RoleName,
        policy: &Arn,
        owner: Option<&Installation>,
    ) -> Result<Receipt, Fault> {
        const OPERATION: &str = "iam:DetachRolePolicy";
        if self.has_left(OPERATION, role, owner).await? {
            return Ok(Receipt::unsent());
        }
        let call = self.clients.iam.detach_role_policy().role_name(role.as_str()).policy_arn(policy.as_str());
        let answer = call.send().await.map_err(|error| self.fault(OPERATION, &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn delete_role(&self, role: &RoleName, owner: &Installation) -> Result<Receipt, Fault> {
        const OPERATION: &str = "iam:DeleteRole";
        if self.has_left(OPERATION, role, Some(owner)).await? {
            return Ok(Receipt::unsent());
        }
        match self.clients.iam.delete_role().role_name(role.as_str()).send().await {
            Ok(answer) => Ok(receipt(&answer)),
            Err(error) => {
                let fault = self.fault(OPERATION, &error);
                gone(&fault).ok_or(fault)
            }
        }
    }

    /// Is a role gone that has to carry the tag of this owner, if of any?
    async fn has_left(&self, operation: &str, role: &RoleName, owner: Option<&Installation>) -> Result<bool, Fault> {
        let Some(owner) = owner else { return Ok(false) };
        let answer = self.clients.iam.get_role().role_name(role.as_str()).send().await;
        let live = match answer.map_err(|error| self.fault("iam:GetRole", &error)) {
            Ok(answer) => answer.role,
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(true),
            Err(fault) => return Err(fault),
        };
        // An answer with no role in it says of none that it is gone.
        let live = live.ok_or_else(|| self.moved(operation, format!("{role} could not be read again right before")))?;
        let lost = self.lost(operation, &Arn::new(live.arn()), &super::role::tags(live.tags()), owner);
        lost.map_or(Ok(false), Err)
    }

    pub(super) async fn delete_secret(&self, secret: &Arn, days: u8, owner: &Installation) -> Result<Receipt, Fault> {
        const OPERATION: &str = "secretsmanager:DeleteSecret";
        let name = SecretName::new(secret.as_str());
        let live = now(self.describe_secret(&name).await).map_err(|why| self.moved(OPERATION, why))?;
        let Some(live) = live.filter(|live| live.deleted.is_none()) else { return Ok(Receipt::unsent()) };
        if let Some(fault) = self.lost(OPERATION, secret, &live.tags, owner) {
            return Err(fault);
        }
        if DeletionPolicy::read(&live.tags) != (DeletionPolicy::ScheduleDeletion { days }) {
            return Err(self.moved(OPERATION, format!("{secret} is not to be deleted in {days} days any more")));
        }
        let call = self.clients.secrets.delete_secret().secret_id(secret.as_str());
        match call.recovery_window_in_days(days.into()).send().await {
            Ok(answer) => Ok(receipt(&answer)),
            Err(error) => {
                let fault = self.fault(OPERATION, &error);
                // A second try of the call finds what the first one did.
                match self.describe_secret(&name).await {
                    Seen::Present(now) if now.deleted.is_some() => {
                        Ok(Receipt { request_id: fault.request_id, ..Receipt::default() })
                    }
                    _ => Err(fault),
                }
            }
        }
    }

    /// Why it is not ours to delete any more, if so.
    fn lost(&self, operation: &str, arn: &Arn, tags: &Tags, owner: &Installation) -> Option<Fault> {
        let lost = !is_ours(tags, owner) || !tags.contains_key(RESOURCE);
        lost.then(|| {
            self.moved(operation, format!("{arn} does not carry the tags of the installation {owner} any more"))
        })
    }

    /// Nothing was sent.
    pub(super) fn moved(&self, operation: &str, message: String) -> Fault {
        Fault { kind: FaultKind::Conflict, ..self.unsendable(operation, message) }
    }
}

fn now<T>(seen: Seen<T>) -> Result<Option<T>, String> {
    match seen {
        Seen::Present(thing) => Ok(Some(thing)),
        Seen::Absent => Ok(None),
        Seen::Unreadable(why) => Err(format!("it could not be read again right before: {why}")),
    }
}

/// That it is gone is what was asked for.
fn gone(fault: &Fault) -> Option<Receipt> {
    let is_gone = fault.kind == FaultKind::NotFound;
    is_gone.then(|| Receipt { request_id: fault.request_id.clone(), ..Receipt::default() })
}
