//! What an execution role needs for a revision: exactly what ECS does with it when it starts a task.
//!
//! Knows images, logs, files and references; the IAM actions behind each grant stand with the grant.

use std::collections::BTreeSet;

use super::step::Ref;
use crate::model::arn::{Arn, Scope};
use crate::model::grant::Grant;
use crate::model::id::{AccountId, KeyId, Region};
use crate::model::revision::{Container, Revision};
use crate::model::role::ExtraGrant;
use crate::model::secret_source::SecretSource;

/// The grants for a revision. `keys` gives the customer's keys of a secret, as far as they are known.
pub(super) fn grants(
    revision: &Revision<Ref<Arn>>,
    scope: &Scope,
    keys: impl Fn(&Arn) -> BTreeSet<KeyId>,
) -> BTreeSet<Grant<Ref<Arn>>> {
    let mut grants = BTreeSet::new();
    for source in revision.secrets.values() {
        match source {
            SecretSource::Secret { arn, .. } => {
                grants.insert(Grant::ReadSecret(arn.clone()));
                if let Ref::Known(arn) = arn {
                    let region = Region::new(arn.region());
                    grants.extend(keys(arn).into_iter().map(|key| Grant::Decrypt(key, region.clone())));
                }
            }
            SecretSource::Other(text) => grants.extend(parameter(text, scope).map(Grant::ReadParameter)),
        }
    }
    for container in revision.containers() {
        grants.extend(image(container.image(), scope));
        grants.extend(logs(container, scope));
        grants.extend(container.environment_files().filter_map(Arn::parse).flat_map(file));
    }
    grants
}

/// The grants behind one that a manifest writes out.
pub(super) fn extra(grant: &ExtraGrant, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    match grant {
        ExtraGrant::Parameter(name) => parameter(name, scope).map(Grant::ReadParameter).into_iter().collect(),
        ExtraGrant::EnvFile { bucket, key } => {
            file(Arn::new(format!("arn:{}:s3:::{bucket}/{key}", scope.partition))).into()
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
    match Arn::parse(text) {
        Some(arn) => (arn.service() == "ssm").then_some(arn),
        None => Some(scope.arn("ssm", &format!("parameter/{}", text.trim_start_matches('/')))),
    }
}

/// `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag][@digest]`; other registries need no grant.
fn image(image: &str, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    let Some((host, rest)) = image.split_once('/') else { return Vec::new() };
    let mut labels = host.split('.');
    let (account, registry) = (labels.next().unwrap_or_default(), [labels.next(), labels.next()]);
    let region = labels.next().unwrap_or_default();
    if registry != [Some("dkr"), Some("ecr")] || labels.next() != Some("amazonaws") {
        return Vec::new();
    }
    let repository = rest.split(['@', ':']).next().unwrap_or_default();
    let home =
        Scope { partition: scope.partition.clone(), account: AccountId::new(account), region: Region::new(region) };
    vec![Grant::Login, Grant::PullImage(home.arn("ecr", &format!("repository/{repository}")))]
}

fn logs(container: Container<'_>, scope: &Scope) -> Vec<Grant<Ref<Arn>>> {
    let option = |name: &str| container.log_option("awslogs", name);
    let Some(group) = option("awslogs-group") else { return Vec::new() };
    let region = option("awslogs-region").map_or_else(|| scope.region.clone(), Region::new);
    let home = Scope { region, ..scope.clone() };
    let arn = home.arn("logs", &format!("log-group:{group}"));
    let mut grants = vec![Grant::WriteLogs(arn.clone())];
    if option("awslogs-create-group") == Some("true") {
        grants.push(Grant::CreateLogGroup(arn));
    }
    grants
}
