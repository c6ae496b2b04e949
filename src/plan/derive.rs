//! What an execution role needs for a revision: exactly what ECS does with it when it starts a task, and where the manifest
//! says so. The one place that knows it: policies are made of it, and `check --aws` asks for it.
//!
//! Knows images, logs, files and references; the IAM actions behind each grant stand with the grant.

use std::collections::BTreeSet;
use std::convert::Infallible;

use serde_json::Value;

use super::step::Ref;
use crate::model::arn::{Arn, Scope};
use crate::model::connect_secrets;
use crate::model::grant::Grant;
use crate::model::id::{AccountId, KeyId, Partition, Region, SecretName};
use crate::model::image::{Image, is_cached};
use crate::model::parameter::ParameterName;
use crate::model::path::Path;
use crate::model::revision::{Container, Revision};
use crate::model::role::{ExtraGrant, Through};
use crate::model::secret_source::{Place, SecretSource};
use crate::model::service::ServiceFields;

/// A grant, and the field of the task definition or service that it is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Derived {
    /// The field.
    pub at: Path,
    /// The grant.
    pub grant: Grant<Ref<Arn>>,
}

/// The grants for a revision. `keys` gives the customer's keys of a secret, as far as they are known.
pub fn of_revision(
    revision: &Revision<Ref<Arn>>,
    scope: &Scope,
    keys: impl Fn(&Ref<Arn>) -> BTreeSet<KeyId>,
) -> Vec<Derived> {
    let mut all = Vec::new();
    for (slot, source) in &revision.secrets {
        let grants = match source {
            SecretSource::Other(text) if slot.place == Place::Registry => {
                named_secret(text, scope).map(|arn| Grant::ReadSecret(Ref::Known(arn))).into_iter().collect()
            }
            source => reference(source, scope, &keys),
        };
        all.extend(at(&slot.path(), grants));
    }
    for container in revision.containers() {
        all.extend(at(&container.path().member("image"), image(container.image(), scope)));
        let group = container.path().member("logConfiguration").member("options").member("awslogs-group");
        all.extend(at(&group, logs(container.log_configuration(), scope)));
        all.extend(files(container));
    }
    for (path, credentials) in revision.file_server_credentials() {
        // The agent asks for the address of the file system with the same role. That action takes no resource.
        all.extend(at(&path, vec![Grant::DescribeFileSystems]));
        all.extend(at(&path, arn_of_a_secret_or_parameter(credentials, scope, &keys)));
    }
    all
}

/// The grants for a service: the agent of Service Connect logs, and reads its log options, with the tasks' role.
pub fn of_service(fields: &ServiceFields, scope: &Scope, keys: impl Fn(&Ref<Arn>) -> BTreeSet<KeyId>) -> Vec<Derived> {
    let log = fields.written("serviceConnectConfiguration").and_then(|connect| connect.get("logConfiguration"));
    let path = Path::of("serviceConnectConfiguration").member("logConfiguration");
    let mut all: Vec<Derived> = at(&path.member("options").member("awslogs-group"), logs(log, scope)).collect();
    for (place, option) in connect_secrets::options(fields) {
        let Some(value_from) = option.get("valueFrom").and_then(Value::as_str) else { continue };
        all.extend(at(&place, reference(&known(value_from), scope, &keys)));
    }
    all
}

/// The grants alone.
pub(super) fn grants(derived: Vec<Derived>) -> BTreeSet<Grant<Ref<Arn>>> {
    derived.into_iter().map(|derived| derived.grant).collect()
}

fn at(path: &Path, grants: Vec<Grant<Ref<Arn>>>) -> impl Iterator<Item = Derived> + use<> {
    let path = path.clone();
    grants.into_iter().map(move |grant| Derived { at: path.clone(), grant })
}

fn files(container: Container<'_>) -> Vec<Derived> {
    let path = container.path();
    let object = |text: &str| Arn::parse(text).filter(is_literal).map(file).into_iter().flatten().collect::<Vec<_>>();
    let mut all = Vec::new();
    for text in container.environment_files() {
        all.extend(at(&path.member("environmentFiles"), object(text)));
    }
    if let Some(text) = container.router_file() {
        let option = path.member("firelensConfiguration").member("options").member("config-file-value");
        all.extend(at(&option, object(text)));
    }
    if let Some((member, text)) = container.credential_spec() {
        all.extend(at(&path.member(member), credential_spec(text)));
    }
    all
}

/// `credentialspec:ARN` or `credentialspecdomainless:ARN`, of a parameter or of an object in S3; a `file://` stands on the
/// instance. The secret that a domainless one names stands inside it, where nobody can see it from here.
fn credential_spec(text: &str) -> Vec<Grant<Ref<Arn>>> {
    let arn = ["credentialspecdomainless:", "credentialspec:"].iter().find_map(|kind| text.strip_prefix(kind));
    match arn.and_then(Arn::parse).filter(is_literal) {
        Some(arn) if arn.service() == "s3" => file(arn).into(),
        Some(arn) if arn.service() == "ssm" => vec![Grant::ReadParameter(arn)],
        _ => Vec::new(),
    }
}

/// Here ECS takes an ARN alone.
fn arn_of_a_secret_or_parameter(
    text: &str,
    scope: &Scope,
    keys: &impl Fn(&Ref<Arn>) -> BTreeSet<KeyId>,
) -> Vec<Grant<Ref<Arn>>> {
    if text.starts_with("arn:") { reference(&known(text), scope, keys) } else { Vec::new() }
}

fn known(value_from: &str) -> SecretSource<Ref<Arn>> {
    let Ok(source) = SecretSource::parse(value_from, None).try_map(|arn| Ok::<_, Infallible>(Ref::Known(arn.clone())));
    source
}

fn reference(
    source: &SecretSource<Ref<Arn>>,
    scope: &Scope,
    keys: &impl Fn(&Ref<Arn>) -> BTreeSet<KeyId>,
) -> Vec<Grant<Ref<Arn>>> {
    match source {
        SecretSource::Secret { arn, .. } => of_secret(arn, scope, keys(arn)),
        SecretSource::Other(text) => parameter(text, scope),
    }
}

/// The grants for a secret that is under one of these keys of the customer's.
pub fn of_secret(arn: &Ref<Arn>, scope: &Scope, keys: BTreeSet<KeyId>) -> Vec<Grant<Ref<Arn>>> {
    if arn.known().is_some_and(|arn| !is_literal(arn)) {
        return Vec::new();
    }
    // What this plan makes, it makes here.
    let region = arn.known().map_or_else(|| scope.region.clone(), |arn| Region::new(arn.region()));
    let decrypt = keys.into_iter().map(|key| Grant::Decrypt(key, region.clone()));
    std::iter::once(Grant::ReadSecret(arn.clone())).chain(decrypt).collect()
}

/// What stands for the six characters at the end of a secret's ARN that nobody knows here.
pub const ANY_SIX: &str = "-??????";

/// The ARN of a secret that is known by its name: that of one that is yet to be made.
pub fn to_come(name: &SecretName, scope: &Scope) -> Arn {
    Arn::new(format!("{}{ANY_SIX}", scope.arn("secretsmanager", &format!("secret:{name}"))))
}

/// A secret by its name.
fn named_secret(name: &str, scope: &Scope) -> Option<Arn> {
    let is_name = !name.starts_with("arn:") && is_literal(&Arn::new(name));
    is_name.then(|| to_come(&SecretName::new(name), scope))
}

/// What IAM would take for a pattern or a variable is no name of anything: it is never granted.
fn is_literal(arn: &Arn) -> bool {
    !arn.as_str().contains(['*', '?', '$'])
}

/// The grants behind one that a manifest writes out.
pub(super) fn extra(grant: &ExtraGrant, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    match grant {
        ExtraGrant::Parameter(name) => parameter(name, scope),
        ExtraGrant::EnvFile { bucket, key } => {
            let object = Arn::new(format!("arn:{}:s3:::{bucket}/{key}", scope.partition));
            if is_literal(&object) { file(object).into() } else { Vec::new() }
        }
        // Which images that are follows from the others: `imports`.
        ExtraGrant::PullThrough(_) => Vec::new(),
        ExtraGrant::Decrypt { key, through } => {
            // A key is used where it is.
            let region = Arn::parse(key.as_str()).map_or_else(|| scope.region.clone(), |arn| Region::new(arn.region()));
            vec![match through {
                Through::SecretsManager => Grant::Decrypt(key.clone(), region),
                Through::ParameterStore => Grant::DecryptParameter(key.clone(), region),
            }]
        }
    }
}

/// What a role needs beside these grants for the images among them that come through its pull-through caches: ECR imports an
/// image in the name of who pulls it.
pub(super) fn imports(extra: &[ExtraGrant], grants: &BTreeSet<Grant<Ref<Arn>>>) -> BTreeSet<Grant<Ref<Arn>>> {
    let is_imported = |repository: &Arn| {
        let name = repository.repository_name();
        extra.iter().any(|grant| matches!(grant, ExtraGrant::PullThrough(prefix) if is_cached(prefix, name)))
    };
    let pulled = grants.iter().filter_map(|grant| match grant {
        Grant::PullImage(repository) if is_imported(repository) => Some(Grant::ImportImage(repository.clone())),
        _ => None,
    });
    pulled.collect()
}

/// An object in S3, and its bucket: ECS asks where that is first.
fn file(object: Arn) -> [Grant<Ref<Arn>>; 2] {
    let bucket = object.as_str().split('/').next().unwrap_or_default().to_owned();
    [Grant::LocateBucket(Arn::new(bucket)), Grant::ReadFile(object)]
}

/// A parameter; and the secret that it stands for, which Parameter Store reads as whoever asks.
fn parameter(text: &str, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    let Some(parameter) = ParameterName::read(text, scope).filter(|it| is_literal(&it.arn)) else { return Vec::new() };
    let arn = &parameter.arn;
    let (partition, account) = (Partition::new(arn.partition()), AccountId::new(arn.account()));
    let home = Scope { partition, account, region: parameter.region.clone() };
    let secret = parameter.secret().and_then(|name| named_secret(name, &home));
    let secret = secret.map(|arn| Grant::ReadSecret(Ref::Known(arn)));
    std::iter::once(Grant::ReadParameter(arn.clone())).chain(secret).collect()
}

/// Registries other than ECR need no grant.
fn image(image: &str, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    let repository = Image::in_ecr(image).map(|image| image.repository_arn(&scope.partition));
    repository.filter(is_literal).map(|arn| vec![Grant::Login, Grant::PullImage(arn)]).unwrap_or_default()
}

/// As the log driver reads a flag: what Go's `strconv.ParseBool` takes for true.
fn is_yes(text: &str) -> bool {
    ["1", "t", "T", "true", "TRUE", "True"].contains(&text)
}

fn logs(configuration: Option<&Value>, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    let Some(log) = configuration.filter(|log| log.get("logDriver").is_some_and(|driver| driver == "awslogs")) else {
        return Vec::new();
    };
    let option = |name: &str| log.get("options")?.get(name)?.as_str();
    let Some(group) = option("awslogs-group") else { return Vec::new() };
    let region = option("awslogs-region").map_or_else(|| scope.region.clone(), Region::new);
    let home = Scope { region, ..scope.clone() };
    let arn = home.arn("logs", &format!("log-group:{group}"));
    if !is_literal(&arn) {
        return Vec::new();
    }
    let mut grants = vec![Grant::WriteLogs(arn.clone())];
    if option("awslogs-create-group").is_some_and(is_yes) {
        grants.push(Grant::CreateLogGroup(arn));
    }
    grants
}
