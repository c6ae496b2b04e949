//! The operator's envelope: nothing outside it is granted, passed or written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::held::Because;
use super::role::Wanted;
use super::step::Ref;
use crate::model::arn::{Arn, Scope};
use crate::model::desired::Desired;
use crate::model::document::Document;
use crate::model::envelope::{Envelope, matches_any};
use crate::model::grant::Grant;
use crate::model::role::{ExecutionRole, ObservedRole, RoleMode};
use crate::model::secret::Secret;
use crate::model::secret_policy::Grantee;
use crate::model::secret_rotation::{Rotation, RotationSettings};
use crate::model::service::Service;
use crate::model::task_definition::{RoleUse, TaskDefinition};

/// What of a role is outside the envelope.
pub(super) fn forbids_role(
    desired: &Desired,
    scope: &Scope,
    role: &ExecutionRole,
    live: Option<&ObservedRole>,
    wanted: &Wanted,
) -> Option<String> {
    let envelope = desired.policy.envelope.as_ref()?;
    // The path that a manifest claims says nothing of where the role is.
    let claimed = (role.mode == RoleMode::ManageRole).then_some(&role.path);
    let mut paths = claimed.into_iter().chain(live.map(|live| &live.path));
    if let Some(path) = paths.find(|path| !envelope.role_paths.contains(*path)) {
        return Some(format!("the role path {path}"));
    }
    // Of a role that is not wholly ours the boundary is what it has, not what a manifest could claim.
    let boundary = match role.mode {
        RoleMode::ManageRole => role.permissions_boundary.as_ref(),
        RoleMode::ManagePolicy | RoleMode::Observe => live.and_then(|live| live.permissions_boundary.as_ref()),
    };
    if envelope.permissions_boundary.is_some() && boundary != envelope.permissions_boundary.as_ref() {
        return Some("a role without the required permissions boundary".to_owned());
    }
    let attached = role.managed_policy_arns.iter().flatten();
    if let Some(policy) = attached.into_iter().find(|policy| !envelope.managed_policy_arns.contains(*policy)) {
        return Some(format!("the managed policy {policy}"));
    }
    wanted.grants.iter().find_map(|grant| forbids_grant(envelope, scope, grant))
}

/// What of a task definition is outside the envelope. `content` is what would be registered: a field that is left to
/// others is sent all the same.
pub(super) fn forbids_task_definition(
    desired: &Desired,
    scope: &Scope,
    task_definition: &TaskDefinition,
    content: &Document,
) -> Option<String> {
    let envelope = desired.policy.envelope.as_ref()?;
    let task_role = content.member("taskRoleArn").and_then(Value::as_str);
    let execution_role = match &task_definition.execution_role {
        Some(RoleUse::Raw(arn)) => Some(arn.as_str()),
        Some(RoleUse::Declared(_)) | None => None,
    };
    let passed: BTreeSet<Arn> =
        [task_role, execution_role].into_iter().flatten().map(|role| scope.role(role)).collect();
    let foreign = passed.into_iter().find(|role| !matches_any(&envelope.pass_roles, role.as_str()))?;
    Some(format!("passing the role {foreign}"))
}

/// Whoever names a role in a task definition passes it to ECS, whether its manifest manages it or only refers to it.
pub(super) fn forbids_passing(desired: &Desired, role: &Arn) -> Option<String> {
    let envelope = desired.policy.envelope.as_ref()?;
    let managed = |path: &String| {
        role.resource()
            .strip_prefix("role")
            .and_then(|r| r.rsplit_once('/'))
            .is_some_and(|(before, _)| format!("{before}/") == *path)
    };
    let allowed = envelope.role_paths.iter().any(managed) || matches_any(&envelope.pass_roles, role.as_str());
    (!allowed).then(|| format!("passing the role {role}"))
}

/// What of a service is outside the envelope; or not of this place at all, as its cluster can be given by an ARN.
pub(super) fn forbids_service(desired: &Desired, scope: &Scope, service: &Service) -> Option<Because> {
    let here = scope.arn("ecs", &format!("cluster/{}", service.cluster));
    if let Some(arn) = service.cluster_arn.as_ref().filter(|arn| **arn != here) {
        let place = format!("account {} in {}", scope.account, scope.region);
        return Some(Because::Unsupported(format!("the cluster {arn} is elsewhere, and this is {place}")));
    }
    let envelope = desired.policy.envelope.as_ref()?;
    if !matches_any(&envelope.clusters, service.cluster.as_str()) {
        return Some(Because::OutsideEnvelope(format!("the cluster {}", service.cluster)));
    }
    forbids_fields(desired, scope, service.fields.all_written()).map(Because::OutsideEnvelope)
}

/// What of a service's fields is outside the envelope, as they are written or as they would be sent.
pub(super) fn forbids_fields(desired: &Desired, scope: &Scope, fields: &Map<String, Value>) -> Option<String> {
    let envelope = desired.policy.envelope.as_ref()?;
    let named = |names: &'static [&'static str]| fields.iter().flat_map(move |(name, value)| texts(names, name, value));
    let mut passed = named(&["role", "roleArn"]).map(|role| scope.role(role));
    if let Some(foreign) = passed.find(|role| !matches_any(&envelope.pass_roles, role.as_str())) {
        return Some(format!("passing the role {foreign}"));
    }
    let mut keys = named(&["kmsKey", "kmsKeyId"]).filter(|key| !matches_any(&envelope.kms_keys, key));
    keys.next().map(|key| format!("the key {key}"))
}

/// What the members of these names say, however deep they stand in a field of a service: the roles that it passes to ECS,
/// and the keys that ECS encrypts with in its name. The details of a hook are for its function alone.
fn texts<'v>(names: &[&str], name: &str, value: &'v Value) -> Vec<&'v str> {
    match value {
        Value::String(text) if names.contains(&name) => vec![text],
        Value::Array(elements) => elements.iter().flat_map(|element| texts(names, name, element)).collect(),
        Value::Object(members) if name != "hookDetails" => {
            members.iter().flat_map(|(name, value)| texts(names, name, value)).collect()
        }
        _ => Vec::new(),
    }
}

/// What of a secret's own settings is outside the envelope, or is never allowed without one.
pub(super) fn forbids_secret(desired: &Desired, scope: &Scope, secret: &Secret) -> Option<Because> {
    let envelope = desired.policy.envelope.as_ref();
    if let Some(envelope) = envelope {
        let name = secret.secret_name.as_str();
        let allowed = match Arn::parse(name) {
            Some(arn) => allows_secret(envelope, scope, &arn),
            None => matches_any(&envelope.secret_names, name),
        };
        if !allowed {
            return Some(Because::OutsideEnvelope(format!("the secret {}", secret.secret_name)));
        }
        let copies = secret.replicas.iter().flat_map(BTreeMap::values).flatten();
        let mut keys = secret.kms_key_id.iter().chain(copies).filter(|key| key.is_customers());
        if let Some(key) = keys.find(|key| !matches_any(&envelope.kms_keys, key.as_str())) {
            return Some(Because::OutsideEnvelope(format!("the key {key}")));
        }
    }
    if let Some(Rotation::On(settings)) = &secret.rotation {
        let RotationSettings { lambda_arn, .. } = settings;
        let here = (scope.partition.as_str(), scope.region.as_str(), scope.account.as_str());
        if (lambda_arn.partition(), lambda_arn.region(), lambda_arn.account()) != here {
            let why =
                format!("the function {lambda_arn} is not of this account and Region, and would be given the value");
            return Some(Because::ForbiddenByPolicy(why));
        }
    }
    let policy = secret.resource_policy.as_ref()?;
    policy.grantees().iter().find_map(|grantee| forbids_grantee(envelope, scope, grantee))
}

/// A resource policy gives away what the secret protects: to nobody outside the account, and, where there is an envelope,
/// to nobody whom it does not name.
fn forbids_grantee(envelope: Option<&Envelope>, scope: &Scope, grantee: &Grantee) -> Option<Because> {
    if *grantee == Grantee::Others {
        let why = "the resource policy lets in everyone but those whom it names (NotPrincipal)";
        return Some(Because::ForbiddenByPolicy(why.to_owned()));
    }
    match envelope {
        Some(envelope) => {
            let listed = grantee.names(scope).iter().any(|name| matches_any(&envelope.secret_policy_principals, name));
            (!listed).then(|| Because::OutsideEnvelope(format!("letting in {grantee} through a resource policy")))
        }
        None if grantee.is_of(scope) => None,
        None => Some(Because::ForbiddenByPolicy(format!(
            "the resource policy lets in {grantee}: whoever is not of this account must be named in \
             envelope.secretPolicyPrincipals of a configuration"
        ))),
    }
}

/// May this be granted?
pub(super) fn allows(desired: &Desired, scope: &Scope, grant: &Grant<Ref<Arn>>) -> bool {
    desired.policy.envelope.as_ref().is_none_or(|envelope| forbids_grant(envelope, scope, grant).is_none())
}

fn forbids_grant(envelope: &Envelope, scope: &Scope, grant: &Grant<Ref<Arn>>) -> Option<String> {
    let (what, allowed) = match grant {
        Grant::ReadSecret(Ref::Known(arn)) => {
            let what = if is_of(scope, arn) { arn.secret_name() } else { arn.as_str() };
            (format!("the secret {what}"), allows_secret(envelope, scope, arn))
        }
        Grant::ReadParameter(arn) => {
            let name = arn.resource().strip_prefix("parameter").unwrap_or_default();
            let plain = name.trim_start_matches('/');
            let named = matches_any(&envelope.parameters, name) || matches_any(&envelope.parameters, plain);
            let what = if is_of(scope, arn) { name } else { arn.as_str() };
            let allowed = (named && is_of(scope, arn)) || matches_any(&envelope.parameters, arn.as_str());
            (format!("the parameter {what}"), allowed)
        }
        Grant::Decrypt(key, _) | Grant::DecryptParameter(key, _) => {
            (format!("the key {key}"), matches_any(&envelope.kms_keys, key.as_str()))
        }
        Grant::ReadFile(arn) | Grant::LocateBucket(arn) => {
            let bucket = arn.resource().split('/').next().unwrap_or_default();
            (format!("the bucket {bucket}"), matches_any(&envelope.buckets, bucket))
        }
        Grant::ImportImage(arn) => {
            let name = arn.repository_name();
            let named = is_of(scope, arn) && matches_any(&envelope.pull_through, name);
            let what = if is_of(scope, arn) { name } else { arn.as_str() };
            let allowed = named || matches_any(&envelope.pull_through, arn.as_str());
            (format!("the pull-through cache {what}"), allowed)
        }
        // A secret that a step of this plan makes was checked with its manifest. Pulling images and writing logs are what
        // every execution role is for: AWS's own managed policy gives both. Where a file system is, is no secret.
        Grant::ReadSecret(Ref::From(_))
        | Grant::Login
        | Grant::DescribeFileSystems
        | Grant::PullImage(_)
        | Grant::WriteLogs(_)
        | Grant::CreateLogGroup(_) => return None,
    };
    (!allowed).then_some(what)
}

/// May this secret be written to?
pub(super) fn allows_secret_of(desired: &Desired, scope: &Scope, secret: &Arn) -> bool {
    desired.policy.envelope.as_ref().is_none_or(|envelope| allows_secret(envelope, scope, secret))
}

/// A name in the envelope is one of this account; what is elsewhere it must name by its ARN.
fn allows_secret(envelope: &Envelope, scope: &Scope, arn: &Arn) -> bool {
    let named = is_of(scope, arn) && matches_any(&envelope.secret_names, arn.secret_name());
    named || matches_any(&envelope.secret_names, arn.as_str())
}

fn is_of(scope: &Scope, arn: &Arn) -> bool {
    (arn.partition(), arn.account()) == (scope.partition.as_str(), scope.account.as_str())
}
