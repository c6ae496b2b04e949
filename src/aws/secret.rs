//! Secrets Manager: metadata, tags and version ids. Never a value.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_secretsmanager::types::Tag;

use super::look::all;
use super::secret_settings::{replicas, rotation};
use super::{Aws, receipt, seen, timestamp};
use crate::cloud::Receipt;
use crate::cloud::fault::Fault;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{KeyId, Name, Region, SecretName, Stage, VersionId};
use crate::model::observed::Seen;
use crate::model::secret::ObservedSecret;
use crate::model::tags::Tags;
use crate::model::time::Timestamp;

impl Aws {
    pub(super) async fn read_secrets(&self, desired: &Desired) -> BTreeMap<Name, Seen<ObservedSecret>> {
        let mut listed = if self.is_sweep() { self.list_secrets(desired).await } else { BTreeMap::new() };
        listed.retain(|name, _| !self.exactly.contains(name));
        // What the list does not show may still exist: it is five minutes behind.
        let missing = desired.secrets.iter().filter(|(name, _)| !listed.contains_key(*name));
        let described = missing.map(|(name, secret)| async move {
            let seen = self.describe_secret(&secret.secret_name).await;
            (name.clone(), seen)
        });
        let described = all(described.collect()).await;
        listed.into_iter().chain(described).collect()
    }

    /// Everything that one list shows of the secrets that manifests name; the rest is dropped here.
    async fn list_secrets(&self, desired: &Desired) -> BTreeMap<Name, Seen<ObservedSecret>> {
        let of_here = desired.secrets.iter().filter(|(_, secret)| secret.arn().is_none());
        let wanted: BTreeMap<&str, &Name> = of_here.map(|(name, secret)| (secret.secret_name.as_str(), name)).collect();
        let mut found = BTreeMap::new();
        if wanted.is_empty() {
            return found;
        }
        let list = self.clients.secrets.list_secrets().max_results(100).include_planned_deletion(true);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            // A list that breaks off says nothing of the rest: that is described.
            let Ok(page) = page else { break };
            for entry in page.secret_list() {
                let Some(name) = entry.name().and_then(|name| wanted.get(name)) else { continue };
                let versions = entry.secret_versions_to_stages();
                let secret = ObservedSecret {
                    arn: Arn::new(entry.arn().unwrap_or_default()),
                    description: entry.description().map(str::to_owned),
                    kms_key_id: entry.kms_key_id().map(KeyId::new),
                    tags: tags(entry.tags()),
                    stages: stages(versions.into_iter().flatten()),
                    deleted: entry.deleted_date().map(timestamp),
                    owning_service: entry.owning_service().map(str::to_owned),
                    partner: entry.r#type().map(str::to_owned),
                    rotation: rotation(entry.rotation_enabled(), entry.rotation_lambda_arn(), entry.rotation_rules()),
                    last_rotated: entry.last_rotated_date().map(timestamp),
                    next_rotation: entry.next_rotation_date().map(timestamp),
                    primary_region: entry.primary_region().map(Region::new),
                    replicas: BTreeMap::new(),
                    exact: false,
                };
                found.insert((*name).clone(), Seen::Present(secret));
            }
        }
        found
    }

    pub(super) async fn describe_secret(&self, name: &SecretName) -> Seen<ObservedSecret> {
        let answer = self.secrets_of(name.as_str()).describe_secret().secret_id(name.as_str()).send().await;
        let answer = answer.map_err(|error| self.fault("secretsmanager:DescribeSecret", &error));
        seen(answer.map(|secret| ObservedSecret {
            arn: Arn::new(secret.arn().unwrap_or_default()),
            description: secret.description().map(str::to_owned),
            kms_key_id: secret.kms_key_id().map(KeyId::new),
            tags: tags(secret.tags()),
            stages: stages(secret.version_ids_to_stages().into_iter().flatten()),
            deleted: secret.deleted_date().map(timestamp),
            owning_service: secret.owning_service().map(str::to_owned),
            partner: secret.r#type().map(str::to_owned),
            rotation: rotation(secret.rotation_enabled(), secret.rotation_lambda_arn(), secret.rotation_rules()),
            last_rotated: secret.last_rotated_date().map(timestamp),
            next_rotation: secret.next_rotation_date().map(timestamp),
            primary_region: secret.primary_region().map(Region::new),
            replicas: replicas(secret.replication_status()),
            exact: true,
        }))
    }

    /// When the version that carries AWSCURRENT was made.
    pub(super) async fn current_version_date(&self, secret: &ObservedSecret) -> Seen<Timestamp> {
        let arn = secret.arn.as_str();
        let mut pages = self.secrets_of(arn).list_secret_version_ids().secret_id(arn).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    return Seen::Unreadable(self.fault("secretsmanager:ListSecretVersionIds", &error).in_full());
                }
            };
            for version in page.versions() {
                if version.version_stages().iter().any(|stage| stage == Stage::CURRENT) {
                    return version.created_date().map_or(Seen::Absent, |date| Seen::Present(timestamp(date)));
                }
            }
        }
        Seen::Absent
    }

    /// Where the secret is: a copy of it in its own Region.
    pub(super) async fn update_secret(
        &self,
        secret: &Arn,
        description: Option<&String>,
        key: Option<&KeyId>,
    ) -> Result<Receipt, Fault> {
        let call = self.secrets_of(secret.as_str()).update_secret().secret_id(secret.as_str());
        let call = call.set_description(description.cloned()).set_kms_key_id(key.map(KeyId::to_string));
        let answer = call.send().await.map_err(|error| self.fault("secretsmanager:UpdateSecret", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn tag_secret(&self, secret: &Arn, tags: &Tags) -> Result<Receipt, Fault> {
        let call = self.clients.secrets.tag_resource().secret_id(secret.as_str()).set_tags(Some(sdk_tags(tags)));
        let answer = call.send().await.map_err(|error| self.fault("secretsmanager:TagResource", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn untag_secret(&self, secret: &Arn, keys: &BTreeSet<String>) -> Result<Receipt, Fault> {
        let keys = keys.iter().cloned().collect();
        let call = self.clients.secrets.untag_resource().secret_id(secret.as_str()).set_tag_keys(Some(keys));
        let answer = call.send().await.map_err(|error| self.fault("secretsmanager:UntagResource", &error))?;
        Ok(receipt(&answer))
    }

    /// The client for the Region where a secret lives.
    pub(super) fn secrets_of(&self, id: &str) -> aws_sdk_secretsmanager::Client {
        match Arn::parse(id) {
            Some(arn) if arn.region() != self.scope.region.as_str() && !arn.region().is_empty() => {
                let region = aws_types::region::Region::new(arn.region().to_owned());
                let config = self.config.to_builder().region(region).build();
                aws_sdk_secretsmanager::Client::new(&config)
            }
            _ => self.clients.secrets.clone(),
        }
    }
}

pub(super) fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tags(tags: &[Tag]) -> Tags {
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

fn stages<'a>(versions: impl Iterator<Item = (&'a String, &'a Vec<String>)>) -> BTreeMap<Stage, VersionId> {
    let labels = |(id, stages): (&'a String, &'a Vec<String>)| {
        stages.iter().map(move |stage| (Stage::new(stage), VersionId::new(id)))
    };
    versions.flat_map(labels).collect()
}
