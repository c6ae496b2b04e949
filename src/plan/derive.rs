//! What an execution role needs for a revision: exactly what ECS does with it when it starts a task.
//!
//! Knows images, logs, files and references; the IAM actions behind each grant stand with the grant.

use std::collections::BTreeSet;
use std::convert::Infallible;

use serde_json::Value;

use super::step::Ref;
use crate::model::arn::{Arn, Scope};
use crate::model::grant::Grant;
use crate::model::id::{AccountId, KeyId, Region};
use crate::model::revision::Revision;
use crate::model::role::ExtraGrant;
use crate::model::secret_source::{Place, SecretSource};
use crate::model::service::ServiceFields;

/// The grants for a revision. `keys` gives the customer's keys of a secret, as far as they are known.
pub(super) fn grants(
    revision: &Revision<Ref<Arn>>,
    scope: &Scope,
    keys: impl Fn(&Arn) -> BTreeSet<KeyId>,
) -> BTreeSet<Grant<Ref<Arn>>> {
    let mut grants = BTreeSet::new();
    for (slot, source) in &revision.secrets {
        match source {
            SecretSource::Other(text) if slot.place == Place::Registry => {
                grants.extend(named_secret(text, scope).map(|arn| Grant::ReadSecret(Ref::Known(arn))));
            }
            source => grants.extend(reference(source, scope, &keys)),
        }
    }
    for container in revision.containers() {
        grants.extend(image(container.image(), scope));
        grants.extend(logs(container.log_configuration(), scope));
        let objects = container.environment_files().chain(container.router_file());
        grants.extend(objects.filter_map(Arn::parse).filter(is_literal).flat_map(file));
        grants.extend(container.credential_specs().flat_map(credential_spec));
    }
    for credentials in revision.file_server_credentials() {
        // The agent asks for the address of the file system with the same role. That action takes no resource.
        grants.insert(Grant::DescribeFileSystems);
        grants.extend(arn_of_a_secret_or_parameter(credentials, scope, &keys));
    }
    grants
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
    keys: &impl Fn(&Arn) -> BTreeSet<KeyId>,
) -> Vec<Grant<Ref<Arn>>> {
    let Ok(source) = SecretSource::parse(text, None).try_map(|arn| Ok::<_, Infallible>(Ref::Known(arn.clone())));
    if text.starts_with("arn:") { reference(&source, scope, keys) } else { Vec::new() }
}

/// The grants for a service: the agent of Service Connect logs, and reads its log options, with the tasks' role.
pub(super) fn of_service(
    fields: &ServiceFields,
    scope: &Scope,
    keys: impl Fn(&Arn) -> BTreeSet<KeyId>,
) -> BTreeSet<Grant<Ref<Arn>>> {
    let log = fields.written("serviceConnectConfiguration").and_then(|connect| connect.get("logConfiguration"));
    let options = log.and_then(|log| log.get("secretOptions")?.as_array()).into_iter().flatten();
    let sources = options.filter_map(|option| option.get("valueFrom")?.as_str()).map(|text| {
        let Ok(source) = SecretSource::parse(text, None).try_map(|arn| Ok::<_, Infallible>(Ref::Known(arn.clone())));
        source
    });
    let read = sources.flat_map(|source| reference(&source, scope, &keys));
    logs(log, scope).into_iter().chain(read).collect()
}

fn reference(
    source: &SecretSource<Ref<Arn>>,
    scope: &Scope,
    keys: &impl Fn(&Arn) -> BTreeSet<KeyId>,
) -> Vec<Grant<Ref<Arn>>> {
    match source {
        SecretSource::Secret { arn: Ref::Known(arn), .. } if !is_literal(arn) => Vec::new(),
        SecretSource::Secret { arn, .. } => {
            let mut grants = vec![Grant::ReadSecret(arn.clone())];
            if let Ref::Known(arn) = arn {
                let region = Region::new(arn.region());
                grants.extend(keys(arn).into_iter().map(|key| Grant::Decrypt(key, region.clone())));
            }
            grants
        }
        SecretSource::Other(text) => parameter(text, scope).map(Grant::ReadParameter).into_iter().collect(),
    }
}

/// A secret by its name. Its ARN ends in six characters that nobody knows here: one question mark stands for each.
fn named_secret(name: &str, scope: &Scope) -> Option<Arn> {
    let arn = scope.arn("secretsmanager", &format!("secret:{name}"));
    (!name.starts_with("arn:") && is_literal(&arn)).then(|| Arn::new(format!("{arn}-??????")))
}

/// What IAM would take for a pattern or a variable is no name of anything: it is never granted.
fn is_literal(arn: &Arn) -> bool {
    !arn.as_str().contains(['*', '?', '$'])
}

/// The grants behind one that a manifest writes out.
pub(super) fn extra(grant: &ExtraGrant, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    match grant {
        ExtraGrant::Parameter(name) => parameter(name, scope).map(Grant::ReadParameter).into_iter().collect(),
        ExtraGrant::EnvFile { bucket, key } => {
            let object = Arn::new(format!("arn:{}:s3:::{bucket}/{key}", scope.partition));
            if is_literal(&object) { file(object).into() } else { Vec::new() }
        }
    }
}

/// An object in S3, and its bucket: ECS asks where that is first.
fn file(object: Arn) -> [Grant<Ref<Arn>>; 2] {
    let bucket = object.as_str().split('/').next().unwrap_or_default().to_owned();
    [Grant::LocateBucket(Arn::new(bucket)), Grant::ReadFile(object)]
}

/// A text that is no ARN is the name of a parameter of this account and Region; `/a/b` and `a` are both names.
fn parameter(text: &str, scope: &Scope) -> Option<Arn> {
    let arn = match Arn::parse(text) {
        Some(arn) => (arn.service() == "ssm").then_some(arn)?,
        None => scope.arn("ssm", &format!("parameter/{}", text.trim_start_matches('/'))),
    };
    is_literal(&arn).then_some(arn)
}

/// `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag][@digest]`, its FIPS sibling `dkr.ecr-fips`, or the
/// dual-stack `<account>.dkr-ecr.<region>.on.aws`; other registries need no grant.
fn image(image: &str, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    let Some((host, rest)) = image.split_once('/') else { return Vec::new() };
    let labels: Vec<&str> = host.split('.').collect();
    let (account, region) = match labels.as_slice() {
        [account, "dkr", "ecr" | "ecr-fips", region, "amazonaws", ..]
        | [account, "dkr-ecr" | "dkr-ecr-fips", region, "on", "aws"] => (*account, *region),
        _ => return Vec::new(),
    };
    let repository = rest.split(['@', ':']).next().unwrap_or_default();
    let home =
        Scope { partition: scope.partition.clone(), account: AccountId::new(account), region: Region::new(region) };
    let repository = home.arn("ecr", &format!("repository/{repository}"));
    if is_literal(&repository) { vec![Grant::Login, Grant::PullImage(repository)] } else { Vec::new() }
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
