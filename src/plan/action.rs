//! The calls that a step can make. An `Action<Ref<Arn>>` is a plan, an `Action<Arn>` is ready to send.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::arn::Arn;
use crate::model::grant::PolicyBody;
use crate::model::id::{
    ClusterName, Family, Installation, KeyId, Region, RoleName, SecretName, ServiceName, Stage, VersionId,
};
use crate::model::revision::Revision;
use crate::model::secret_rotation::{Schedule, Window};
use crate::model::secret_value::ValueSource;
use crate::model::tags::{Digest, Stamp, Tags};

/// One call, and the mark that it leaves on the object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action<R: Ord> {
    /// The call.
    pub call: Call<R>,
    /// Written with the call, or right after it; absent where a later step of the same object writes it.
    pub stamp: Option<Stamp>,
}

/// One call to AWS, complete but for references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the variants are AWS operations, the members their parameters")]
pub enum Call<R: Ord> {
    /// `version` is the ClientRequestToken of the value, which Secrets Manager takes for the version's id.
    CreateSecret {
        name: SecretName,
        description: Option<String>,
        kms_key_id: Option<KeyId>,
        tags: Tags,
        value: ValueSource,
        version: VersionId,
    },
    /// Records the generation of a generated value too.
    PutSecretValue {
        secret: Arn,
        value: ValueSource,
        version: VersionId,
    },
    /// Moves a label from the version that has it, if any, to another one that is there.
    UpdateSecretVersionStage {
        secret: Arn,
        stage: Stage,
        from: Option<VersionId>,
        to: VersionId,
    },
    UpdateSecret {
        secret: Arn,
        description: Option<String>,
        kms_key_id: Option<KeyId>,
    },
    /// UpdateSecret in the Region of a copy: of all that it has, its key alone is changed there.
    UpdateReplica {
        secret: Arn,
        region: Region,
        kms_key_id: KeyId,
    },
    TagSecret {
        secret: Arn,
        tags: Tags,
    },
    UntagSecret {
        secret: Arn,
        keys: BTreeSet<String>,
    },
    RestoreSecret {
        secret: Arn,
    },
    /// Like all that deletes what nobody wants: made only if the object carries the owner's tag right before. Never without
    /// a window.
    DeleteSecret {
        secret: Arn,
        days: u8,
        owner: Installation,
    },
    /// `token` becomes the id of the version that the rotation makes.
    RotateSecret {
        secret: Arn,
        lambda: Arn,
        schedule: Schedule,
        window: Option<Window>,
        immediately: bool,
        token: String,
    },
    CancelRotateSecret {
        secret: Arn,
    },
    /// Never over a secret of the same name that is there already.
    ReplicateSecretToRegions {
        secret: Arn,
        replicas: BTreeMap<Region, Option<KeyId>>,
    },
    RemoveRegionsFromReplication {
        secret: Arn,
        regions: BTreeSet<Region>,
    },
    /// Always with `BlockPublicPolicy`.
    PutResourcePolicy {
        secret: Arn,
        policy: String,
    },
    DeleteResourcePolicy {
        secret: Arn,
    },
    CreateRole {
        role: RoleName,
        path: String,
        trust: Value,
        permissions_boundary: Option<Arn>,
        tags: Tags,
    },
    UpdateAssumeRolePolicy {
        role: RoleName,
        trust: Value,
    },
    PutRolePermissionsBoundary {
        role: RoleName,
        boundary: Arn,
    },
    AttachRolePolicy {
        role: RoleName,
        policy: Arn,
    },
    /// Of a role that is to go itself the `owner` is known, as in all that deletes; else it is only narrowed.
    DetachRolePolicy {
        role: RoleName,
        policy: Arn,
        owner: Option<Installation>,
    },
    /// `brief` where beside the role's other policies there is no room for what only people read. `widening` is the mark
    /// written before a widening, so that a crash in between leaves the time of it.
    PutRolePolicy {
        role: RoleName,
        policy: String,
        body: PolicyBody<R>,
        brief: bool,
        widening: Option<Stamp>,
    },
    /// Its `owner` as in `DetachRolePolicy`.
    DeleteRolePolicy {
        role: RoleName,
        policy: String,
        owner: Option<Installation>,
    },
    DeleteRole {
        role: RoleName,
        owner: Installation,
    },
    TagRole {
        role: RoleName,
        tags: Tags,
    },
    RegisterTaskDefinition {
        family: Family,
        revision: Revision<R>,
        tags: Tags,
    },
    DeregisterTaskDefinition {
        revision: Arn,
        owner: Installation,
    },
    TagTaskDefinition {
        revision: Arn,
        tags: Tags,
    },
    UntagTaskDefinition {
        revision: Arn,
        keys: BTreeSet<String>,
    },
    CreateService {
        cluster: ClusterName,
        service: ServiceName,
        task_definition: R,
        fields: Map<String, Value>,
        tags: Tags,
        client_token: String,
    },
    /// `from` is the revision that the plan was made from: if the service has moved on, the step fails.
    UpdateService {
        cluster: ClusterName,
        service: ServiceName,
        arn: Arn,
        from: Arn,
        task_definition: Option<R>,
        fields: Map<String, Value>,
    },
    /// Always with a rollback.
    StopServiceDeployment {
        deployment: Arn,
    },
    /// With the tasks that it runs, in this one call: a service whose number of tasks was lowered before would be left without
    /// any where its manifest came back in between and does not name that number.
    DeleteService {
        cluster: ClusterName,
        service: ServiceName,
        arn: Arn,
        owner: Installation,
    },
    TagService {
        service: Arn,
        tags: Tags,
    },
    UntagService {
        service: Arn,
        keys: BTreeSet<String>,
    },
}

impl<R: Ord> Call<R> {
    /// The AWS service and operation, as its API reference writes them.
    pub fn operation(&self) -> (&'static str, &'static str) {
        match self {
            Self::CreateSecret { .. } => ("secretsmanager", "CreateSecret"),
            Self::PutSecretValue { .. } => ("secretsmanager", "PutSecretValue"),
            Self::UpdateSecretVersionStage { .. } => ("secretsmanager", "UpdateSecretVersionStage"),
            Self::UpdateSecret { .. } | Self::UpdateReplica { .. } => ("secretsmanager", "UpdateSecret"),
            Self::TagSecret { .. } => ("secretsmanager", "TagResource"),
            Self::UntagSecret { .. } => ("secretsmanager", "UntagResource"),
            Self::RestoreSecret { .. } => ("secretsmanager", "RestoreSecret"),
            Self::DeleteSecret { .. } => ("secretsmanager", "DeleteSecret"),
            Self::RotateSecret { .. } => ("secretsmanager", "RotateSecret"),
            Self::CancelRotateSecret { .. } => ("secretsmanager", "CancelRotateSecret"),
            Self::ReplicateSecretToRegions { .. } => ("secretsmanager", "ReplicateSecretToRegions"),
            Self::RemoveRegionsFromReplication { .. } => ("secretsmanager", "RemoveRegionsFromReplication"),
            Self::PutResourcePolicy { .. } => ("secretsmanager", "PutResourcePolicy"),
            Self::DeleteResourcePolicy { .. } => ("secretsmanager", "DeleteResourcePolicy"),
            Self::CreateRole { .. } => ("iam", "CreateRole"),
            Self::UpdateAssumeRolePolicy { .. } => ("iam", "UpdateAssumeRolePolicy"),
            Self::PutRolePermissionsBoundary { .. } => ("iam", "PutRolePermissionsBoundary"),
            Self::AttachRolePolicy { .. } => ("iam", "AttachRolePolicy"),
            Self::DetachRolePolicy { .. } => ("iam", "DetachRolePolicy"),
            Self::PutRolePolicy { .. } => ("iam", "PutRolePolicy"),
            Self::DeleteRolePolicy { .. } => ("iam", "DeleteRolePolicy"),
            Self::DeleteRole { .. } => ("iam", "DeleteRole"),
            Self::TagRole { .. } => ("iam", "TagRole"),
            Self::RegisterTaskDefinition { .. } => ("ecs", "RegisterTaskDefinition"),
            Self::DeregisterTaskDefinition { .. } => ("ecs", "DeregisterTaskDefinition"),
            Self::CreateService { .. } => ("ecs", "CreateService"),
            Self::UpdateService { .. } => ("ecs", "UpdateService"),
            Self::StopServiceDeployment { .. } => ("ecs", "StopServiceDeployment"),
            Self::DeleteService { .. } => ("ecs", "DeleteService"),
            Self::TagTaskDefinition { .. } | Self::TagService { .. } => ("ecs", "TagResource"),
            Self::UntagTaskDefinition { .. } | Self::UntagService { .. } => ("ecs", "UntagResource"),
        }
    }

    /// The operation in lowerCamelCase, as the JSON output names it.
    pub fn name(&self) -> String {
        let (_, operation) = self.operation();
        let (first, rest) = operation.split_at(1);
        first.to_ascii_lowercase() + rest
    }

    /// Does it make something that was not there?
    pub fn creates(&self) -> bool {
        matches!(self, Self::CreateSecret { .. } | Self::CreateRole { .. } | Self::CreateService { .. })
    }

    /// Does it take something away?
    pub fn deletes(&self) -> bool {
        matches!(
            self,
            Self::DeleteRolePolicy { .. }
                | Self::DetachRolePolicy { .. }
                | Self::RemoveRegionsFromReplication { .. }
                | Self::DeleteResourcePolicy { .. }
        ) || self.owner().is_some()
    }

    /// Whose an object must be for a call that deletes it because nobody wants it any more.
    pub fn owner(&self) -> Option<&Installation> {
        match self {
            Self::DeleteSecret { owner, .. }
            | Self::DeleteRole { owner, .. }
            | Self::DeregisterTaskDefinition { owner, .. }
            | Self::DeleteService { owner, .. } => Some(owner),
            Self::DeleteRolePolicy { owner, .. } | Self::DetachRolePolicy { owner, .. } => owner.as_ref(),
            _ => None,
        }
    }
}

impl<R: Ord + Serialize> Call<R> {
    /// By what the same call is known again: a token that is made anew for each pass is no part of it.
    pub fn key(&self) -> Digest {
        match self {
            Self::CreateService { cluster, service, task_definition, fields, tags, client_token: _ } => {
                Digest::of(&("CreateService", cluster, service, task_definition, fields, tags))
            }
            Self::RotateSecret { secret, lambda, schedule, window, immediately, token: _ } => {
                Digest::of(&("RotateSecret", secret, lambda, schedule, window, immediately))
            }
            // The version stands for the value.
            Self::CreateSecret { name, description, kms_key_id, tags, value: _, version } => {
                Digest::of(&("CreateSecret", name, description, kms_key_id, tags, version))
            }
            Self::PutSecretValue { secret, value: _, version } => Digest::of(&("PutSecretValue", secret, version)),
            call => Digest::of(call),
        }
    }
}

impl<R: Ord + Clone> Action<R> {
    /// Substitutes the references: the executor's only freedom.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<S: Ord, E>(&self, f: impl Fn(&R) -> Result<S, E>) -> Result<Action<S>, E> {
        Ok(Action { call: self.call.try_map(f)?, stamp: self.stamp.clone() })
    }
}

impl<R: Ord + Clone> Call<R> {
    /// Substitutes the references.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<S: Ord, E>(&self, f: impl Fn(&R) -> Result<S, E>) -> Result<Call<S>, E> {
        Ok(match self.clone() {
            Self::CreateSecret { name, description, kms_key_id, tags, value, version } => {
                Call::CreateSecret { name, description, kms_key_id, tags, value, version }
            }
            Self::PutSecretValue { secret, value, version } => Call::PutSecretValue { secret, value, version },
            Self::UpdateSecretVersionStage { secret, stage, from, to } => {
                Call::UpdateSecretVersionStage { secret, stage, from, to }
            }
            Self::UpdateSecret { secret, description, kms_key_id } => {
                Call::UpdateSecret { secret, description, kms_key_id }
            }
            Self::UpdateReplica { secret, region, kms_key_id } => Call::UpdateReplica { secret, region, kms_key_id },
            Self::TagSecret { secret, tags } => Call::TagSecret { secret, tags },
            Self::UntagSecret { secret, keys } => Call::UntagSecret { secret, keys },
            Self::RestoreSecret { secret } => Call::RestoreSecret { secret },
            Self::DeleteSecret { secret, days, owner } => Call::DeleteSecret { secret, days, owner },
            Self::RotateSecret { secret, lambda, schedule, window, immediately, token } => {
                Call::RotateSecret { secret, lambda, schedule, window, immediately, token }
            }
            Self::CancelRotateSecret { secret } => Call::CancelRotateSecret { secret },
            Self::ReplicateSecretToRegions { secret, replicas } => Call::ReplicateSecretToRegions { secret, replicas },
            Self::RemoveRegionsFromReplication { secret, regions } => {
                Call::RemoveRegionsFromReplication { secret, regions }
            }
            Self::PutResourcePolicy { secret, policy } => Call::PutResourcePolicy { secret, policy },
            Self::DeleteResourcePolicy { secret } => Call::DeleteResourcePolicy { secret },
            Self::CreateRole { role, path, trust, permissions_boundary, tags } => {
                Call::CreateRole { role, path, trust, permissions_boundary, tags }
            }
            Self::UpdateAssumeRolePolicy { role, trust } => Call::UpdateAssumeRolePolicy { role, trust },
            Self::PutRolePermissionsBoundary { role, boundary } => Call::PutRolePermissionsBoundary { role, boundary },
            Self::AttachRolePolicy { role, policy } => Call::AttachRolePolicy { role, policy },
            Self::DetachRolePolicy { role, policy, owner } => Call::DetachRolePolicy { role, policy, owner },
            Self::PutRolePolicy { role, policy, body, brief, widening } => {
                Call::PutRolePolicy { role, policy, body: body.try_map(f)?, brief, widening }
            }
            Self::DeleteRolePolicy { role, policy, owner } => Call::DeleteRolePolicy { role, policy, owner },
            Self::DeleteRole { role, owner } => Call::DeleteRole { role, owner },
            Self::TagRole { role, tags } => Call::TagRole { role, tags },
            Self::RegisterTaskDefinition { family, revision, tags } => {
                Call::RegisterTaskDefinition { family, revision: revision.try_map(f)?, tags }
            }
            Self::DeregisterTaskDefinition { revision, owner } => Call::DeregisterTaskDefinition { revision, owner },
            Self::CreateService { cluster, service, task_definition, fields, tags, client_token } => {
                let task_definition = f(&task_definition)?;
                Call::CreateService { cluster, service, task_definition, fields, tags, client_token }
            }
            Self::UpdateService { cluster, service, arn, from, task_definition, fields } => {
                let task_definition = task_definition.as_ref().map(f).transpose()?;
                Call::UpdateService { cluster, service, arn, from, task_definition, fields }
            }
            Self::StopServiceDeployment { deployment } => Call::StopServiceDeployment { deployment },
            Self::DeleteService { cluster, service, arn, owner } => {
                Call::DeleteService { cluster, service, arn, owner }
            }
            Self::TagTaskDefinition { revision, tags } => Call::TagTaskDefinition { revision, tags },
            Self::UntagTaskDefinition { revision, keys } => Call::UntagTaskDefinition { revision, keys },
            Self::TagService { service, tags } => Call::TagService { service, tags },
            Self::UntagService { service, keys } => Call::UntagService { service, keys },
        })
    }
}
