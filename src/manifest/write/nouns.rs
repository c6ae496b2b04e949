//! Each noun as the `spec` of its manifest: evenkeel's own members beside ECS's, defaults left out.
//!
//! Takes every noun apart as a whole, so that a new field cannot be forgotten here.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::model::deletion::DeletionPolicy;
use crate::model::desired::Desired;
use crate::model::id::{Kind, ResourceId, Stage};
use crate::model::path::Path;
use crate::model::role::{ExecutionRole, ExtraGrant, RoleMode};
use crate::model::secret::Secret;
use crate::model::secret_rotation::{Rotation, RotationSettings};
use crate::model::secret_source::{Place, Slot};
use crate::model::service::{DriftPolicy, Rollout, Service};
use crate::model::tags::Tags;
use crate::model::task_definition::{RoleUse, SecretUse, TaskDefinition};
use crate::model::time::Timestamp;

/// What a noun becomes.
pub(super) struct Written {
    pub(super) spec: Value,
    pub(super) adopt: bool,
    pub(super) retry: Option<Timestamp>,
}

/// One of the nouns, where there is one of this name.
pub(super) fn written(desired: &Desired, id: &ResourceId) -> Option<Written> {
    let name = &id.name;
    Some(match id.kind {
        Kind::Secret => secret(desired.secrets.get(name)?),
        Kind::ExecutionRole => role(desired.roles.get(name)?),
        Kind::TaskDefinition => task_definition(desired.task_definitions.get(name)?),
        Kind::Service => service(desired.services.get(name)?),
    })
}

fn secret(secret: &Secret) -> Written {
    let Secret {
        secret_name,
        description,
        kms_key_id,
        tags,
        rotation,
        replicas,
        resource_policy,
        value,
        deletion_policy,
        adopt,
        retry_after,
    } = secret;
    let (value, write_policy) = super::value::written(value.as_ref());
    let window = match deletion_policy {
        DeletionPolicy::Retain => None,
        DeletionPolicy::ScheduleDeletion { days } => Some(days),
    };
    let rotation = rotation.as_ref().map(|rotation| match rotation {
        Rotation::Off => json!({}),
        Rotation::On(RotationSettings { lambda_arn, schedule, window, rotate_immediately }) => object([
            ("lambdaArn", Some(json!(lambda_arn))),
            ("schedule", Some(json!(schedule))),
            ("window", window.as_ref().map(|window| json!(window))),
            ("rotateImmediately", rotate_immediately.then_some(json!(true))),
        ]),
    });
    let replicas = replicas.as_ref().map(|replicas| {
        let each = |(region, key): (&_, &Option<_>)| {
            object([("region", Some(json!(region))), ("kmsKeyId", key.as_ref().map(|key| json!(key)))])
        };
        Value::Array(replicas.iter().map(each).collect())
    });
    let policy = resource_policy.as_ref().map(|policy| serde_json::from_str(&policy.to_json()).unwrap_or_default());
    let spec = object([
        ("secretName", Some(json!(secret_name))),
        ("description", description.as_ref().map(|text| json!(text))),
        ("kmsKeyId", kms_key_id.as_ref().map(|key| json!(key))),
        ("tags", tags.as_ref().map(|tags| json!(tags))),
        ("value", Some(value)),
        ("writePolicy", write_policy),
        ("rotation", rotation),
        ("replicas", replicas),
        ("resourcePolicy", policy),
        ("deletionPolicy", window.map(|_| json!("ScheduleDeletion"))),
        ("recoveryWindowDays", window.map(|days| json!(days))),
    ]);
    Written { spec, adopt: *adopt, retry: *retry_after }
}

fn role(role: &ExecutionRole) -> Written {
    let ExecutionRole { role_name, mode, path, permissions_boundary, managed_policy_arns, narrow, grants, adopt } =
        role;
    let grant = |grant: &ExtraGrant| match grant {
        ExtraGrant::Parameter(name) => json!({"parameter": name}),
        ExtraGrant::EnvFile { bucket, key } => json!({"envFile": {"bucket": bucket, "key": key}}),
        ExtraGrant::PullThrough(prefix) => json!({"pullThrough": prefix}),
        ExtraGrant::Decrypt { key, through } => json!({"decrypt": {"key": key, "through": through}}),
    };
    let grants: Vec<Value> = grants.iter().map(grant).collect();
    let spec = object([
        ("roleName", Some(json!(role_name))),
        ("mode", (*mode != RoleMode::default()).then(|| json!(mode))),
        ("path", (path != "/").then(|| json!(path))),
        ("permissionsBoundary", permissions_boundary.as_ref().map(|arn| json!(arn))),
        ("managedPolicyArns", managed_policy_arns.as_ref().map(|arns| json!(arns))),
        ("narrow", narrow.then_some(json!(true))),
        ("grants", (!grants.is_empty()).then_some(Value::Array(grants))),
    ]);
    Written { spec, adopt: *adopt, retry: None }
}

fn task_definition(definition: &TaskDefinition) -> Written {
    let TaskDefinition { family, execution_role, pinning, content, secrets, tags, ignore, keep_revisions, adopt } =
        definition;
    let (declared, raw) = match execution_role {
        Some(RoleUse::Declared(name)) => (Some(json!({"name": name})), None),
        Some(RoleUse::Raw(arn)) => (None, Some(json!(arn))),
        None => (None, None),
    };
    let own = object([
        ("family", Some(json!(family))),
        ("executionRoleRef", declared),
        ("executionRoleArn", raw),
        ("secretPinning", pinning.map(|pinning| json!(pinning))),
        ("tags", (!tags.is_empty()).then(|| listed(tags))),
        ("keepRevisions", keep_revisions.map(|kept| json!(kept))),
        ("ignoreDifferences", ignored(ignore)),
    ]);
    let mut spec = content.to_send();
    let containers = spec.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = container.get("name").map(crate::model::document::scalar).unwrap_or_default();
        for (slot, used) in secrets.iter().filter(|(slot, _)| slot.container == name) {
            put(container, slot, used);
        }
    }
    Written { spec: merged(spec, own), adopt: *adopt, retry: None }
}

fn put(container: &mut Map<String, Value>, slot: &Slot, used: &SecretUse) {
    let source = match used {
        SecretUse::Raw(text) => json!(text),
        SecretUse::Declared { secret, key, stage, pin } => json!({"secretRef": object([
            ("name", Some(json!(secret))),
            ("key", key.as_ref().map(|key| json!(key))),
            ("stage", stage.as_ref().map(Stage::as_str).map(Value::from)),
            ("pin", pin.map(|pinning| json!(pinning))),
        ])}),
    };
    let append = |map: &mut Map<String, Value>, list: &str, name: &str, source: Value| {
        if let Value::Array(list) = map.entry(list).or_insert_with(|| json!([])) {
            list.push(json!({"name": name, "valueFrom": source}));
        }
    };
    match &slot.place {
        Place::Environment(name) => append(container, "secrets", name, source),
        Place::LogOption(name) => {
            if let Value::Object(log) = container.entry("logConfiguration").or_insert_with(|| json!({})) {
                append(log, "secretOptions", name, source);
            }
        }
        Place::Registry => {
            container.insert("repositoryCredentials".to_owned(), json!({"credentialsParameter": source}));
        }
    }
}

fn service(service: &Service) -> Written {
    let Service {
        service_name,
        cluster,
        cluster_arn,
        task_definition,
        fields,
        tags,
        rollout,
        drift_policy,
        suspend,
        ignore,
        adopt,
        retry_after,
    } = service;
    let own = object([
        ("serviceName", Some(json!(service_name))),
        ("cluster", Some(cluster_arn.as_ref().map_or_else(|| json!(cluster), |arn| json!(arn)))),
        ("taskDefinitionRef", Some(json!({"name": task_definition}))),
        ("rollout", rolled_out(rollout)),
        ("driftPolicy", (*drift_policy != DriftPolicy::default()).then(|| json!(drift_policy))),
        ("suspend", suspend.then_some(json!(true))),
        ("tags", tags.as_ref().map(listed)),
        ("ignoreDifferences", ignored(ignore)),
    ]);
    let spec = merged(Value::Object(fields.all_written().clone()), own);
    Written { spec, adopt: *adopt, retry: *retry_after }
}

fn rolled_out(rollout: &Rollout) -> Option<Value> {
    let Rollout { on_secret_change, debounce, timeout, wave, retry } = rollout;
    let default = Rollout::default();
    let written = object([
        ("onSecretChange", (*on_secret_change != default.on_secret_change).then(|| json!(on_secret_change))),
        ("debounce", (*debounce != default.debounce).then(|| json!(period(*debounce)))),
        ("timeout", (*timeout != default.timeout).then(|| json!(period(*timeout)))),
        ("wave", (*wave != default.wave).then_some(json!(wave))),
        ("retry", (*retry != default.retry).then_some(json!(retry))),
    ]);
    written.as_object().is_some_and(|members| !members.is_empty()).then_some(written)
}

/// `1h30m`, `45s`.
fn period(length: Duration) -> String {
    let units = [(length.as_secs() / 3600, "h"), (length.as_secs() / 60 % 60, "m"), (length.as_secs() % 60, "s")];
    let milliseconds = (u64::from(length.subsec_millis()), "ms");
    let parts = units.into_iter().chain([milliseconds]).filter(|(count, _)| *count > 0);
    let text = parts.fold(String::new(), |text, (count, unit)| text + &format!("{count}{unit}"));
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn listed(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

fn ignored(paths: &[Path]) -> Option<Value> {
    (!paths.is_empty()).then(|| paths.iter().map(|path| json!({"path": path})).collect())
}

fn merged(content: Value, own: Value) -> Value {
    match (content, own) {
        (Value::Object(mut content), Value::Object(own)) => {
            content.extend(own);
            Value::Object(content)
        }
        (content, _) => content,
    }
}

pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
