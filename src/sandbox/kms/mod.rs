//! KMS: symmetric keys, aliases, key policies, and what is encrypted under them.
//!
//! Not here: asymmetric and HMAC keys, grants, rotation, imported material. For
//! a task's role, for who calls Secrets Manager, and for who calls KMS itself,
//! the key's policy and the caller's own decide together ([O102], [I22]).
//!
//! Ledger: O8, O15, O102, O125.

mod alias;
mod cipher;
mod create_key;
mod data_key;
mod describe_key;
mod encrypt;
mod fault;
mod key_state;
mod policy;
mod presumed;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::clock::Millis;
use super::dispatch::{Operation, reads, writes};
use super::place::{Arn, Place};
use super::surroundings;
use super::tags::{self, Tags};
use super::wire::AwsError;
use super::world::World;
pub(crate) use encrypt::{key_of, seal};
pub(crate) use key_state::deletion_due;

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("CancelKeyDeletion", key_state::cancel_key_deletion),
    writes("CreateAlias", alias::create_alias),
    writes("CreateKey", create_key::create_key),
    reads("Decrypt", encrypt::decrypt),
    writes("DeleteAlias", alias::delete_alias),
    reads("DescribeKey", describe_key::describe_key),
    writes("DisableKey", key_state::disable_key),
    writes("EnableKey", key_state::enable_key),
    writes("Encrypt", encrypt::encrypt),
    writes("GenerateDataKey", data_key::generate_data_key),
    reads("GetKeyPolicy", policy::get_key_policy),
    reads("ListAliases", alias::list_aliases),
    writes("PutKeyPolicy", policy::put_key_policy),
    writes("ScheduleKeyDeletion", key_state::schedule_key_deletion),
];

/// The keys of the Region.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kms {
    /// By id.
    keys: BTreeMap<String, Key>,
    /// Aliases (`alias/orders`) and where they lead.
    aliases: BTreeMap<String, Alias>,
    /// What was here and is no more: `key/…`, `alias/…`.
    #[serde(default)]
    gone: BTreeSet<String>,
}

/// A key. No `Debug`: it holds what its ciphertexts are made with.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// UUID.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// Free text.
    pub description: String,
    /// AWS's own, such as that of `alias/aws/secretsmanager`.
    pub of_aws: bool,
    /// Nothing can be sealed or opened with it.
    #[serde(default)]
    pub disabled: bool,
    /// When it will be deleted; until then nothing can be sealed or opened with it either.
    #[serde(default)]
    pub deletion: Option<Millis>,
    /// The policy document, as it was given.
    pub policy: String,
    /// Tags.
    pub tags: Tags,
    /// When it was created.
    pub created: Millis,
    material: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alias {
    key: String,
    created: Millis,
}

impl Kms {
    /// The keys, by id.
    pub fn keys(&self) -> &BTreeMap<String, Key> {
        &self.keys
    }

    /// The aliases that lead to a key.
    fn aliases_of(&self, id: &str) -> impl Iterator<Item = &String> {
        self.aliases.iter().filter(move |(_, alias)| alias.key == id).map(|(name, _)| name)
    }

    /// A key by id, ARN, alias or alias' ARN.
    fn find(&self, place: &Place, given: &str) -> Result<&Key, AwsError> {
        let resource = Arn::parse(given).map_or(given, |arn| arn.resource);
        if resource.starts_with("alias/") {
            let id = self.aliases.get(resource).map(|alias| &alias.key);
            return id.and_then(|id| self.keys.get(id)).ok_or_else(|| fault::no_alias(&place.arn("kms", resource)));
        }
        let id = resource.strip_prefix("key/").unwrap_or(resource);
        let found = self.keys.get(id).filter(|key| Arn::parse(given).is_none() || key.arn == given);
        found.ok_or_else(|| fault::no_key(&place.arn("kms", &format!("key/{id}"))))
    }
}

/// What can be had of a key.
pub(crate) enum Opens {
    /// There is such a key, and this policy decides who may use it.
    By(Value),
    /// It is disabled.
    Disabled,
    /// It waits to be deleted.
    PendingDeletion,
    /// There is none: it was deleted, or nobody made it in a closed world.
    Missing,
    /// Nobody made it here: it is taken for granted, and what the role's policies say decides.
    Presumed,
}

impl World {
    /// Who decides about a key.
    pub(crate) fn key_policy(&self, given: &str) -> Opens {
        match self.kms.find(self.place(), given) {
            Ok(Key { deletion: Some(_), .. }) => Opens::PendingDeletion,
            Ok(Key { disabled: true, .. }) => Opens::Disabled,
            Ok(key) => Opens::By(policy::judged(&key.policy)),
            Err(_) if self.lacks_key(given) => Opens::Missing,
            Err(_) => Opens::Presumed,
        }
    }

    /// The policy of a key, whether it can be used or not; of one that nobody made here there is none.
    pub(crate) fn policy_of_key(&self, given: &str) -> Option<Value> {
        self.kms.find(self.place(), given).ok().map(|key| policy::judged(&key.policy))
    }

    /// What policies may ask of a call on a key, whoever makes it: the account, the key's aliases and tags, and what is
    /// sealed with it. (Not here: the alias that a caller names, and the service that calls for somebody.)
    pub(crate) fn key_context(&self, given: &str, sealed_with: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let mut context = vec![
            ("kms:CallerAccount".to_owned(), vec![self.place().account.clone()]),
            ("kms:ResourceAliases".to_owned(), self.key(given).aliases),
        ];
        let tags = self.kms.find(self.place(), given).ok().map(|key| &key.tags);
        context.extend(tags.into_iter().flatten().map(|tag| tags::condition("aws:ResourceTag", tag)));
        let pair = |(name, value): &(&str, &str)| (format!("kms:EncryptionContext:{name}"), vec![(*value).to_owned()]);
        context.extend(sealed_with.iter().map(pair));
        if !sealed_with.is_empty() {
            let names = sealed_with.iter().map(|(name, _)| (*name).to_owned()).collect();
            context.push(("kms:EncryptionContextKeys".to_owned(), names));
        }
        context
    }

    /// What a ciphertext names its key by: an alias may lead elsewhere tomorrow.
    pub(crate) fn key_of_ciphertext(&self, given: &str) -> String {
        self.kms.find(self.place(), given).map_or_else(|_| given.to_owned(), |key| key.arn.clone())
    }

    fn lacks_key(&self, given: &str) -> bool {
        let resource = Arn::parse(given).map_or(given, |arn| arn.resource);
        let is_alias = resource.starts_with("alias/");
        let named = if is_alias || resource.starts_with("key/") { resource } else { &format!("key/{resource}") };
        let is_of_aws = resource.starts_with("alias/aws/");
        // Other accounts and Regions are not known.
        let is_here = Arn::parse(given).is_none() || given == self.place().arn("kms", resource);
        is_here && (self.kms.gone.contains(named) || (self.closed && !is_of_aws))
    }

    /// The key behind an id, for a role: one of KMS, else one of the surroundings.
    pub(crate) fn key(&self, given: &str) -> surroundings::Key {
        match self.kms.find(self.place(), given) {
            Ok(found) => {
                surroundings::Key { arn: found.arn.clone(), aliases: self.kms.aliases_of(&found.id).cloned().collect() }
            }
            Err(_) => self.surroundings.key(self.place(), given),
        }
    }
}

/// Finds a key by id or ARN, as what is done to the key itself wants it: an alias names none there.
fn key_itself<'a>(world: &'a mut World, given: &str) -> Result<&'a Key, AwsError> {
    let resource = Arn::parse(given).map_or(given, |arn| arn.resource);
    if resource.starts_with("alias/") {
        return Err(fault::no_key_id(given));
    }
    key(world, given)
}

/// Finds a key; AWS's own are made when first asked for, as on AWS.
fn key<'a>(world: &'a mut World, given: &str) -> Result<&'a Key, AwsError> {
    let resource = Arn::parse(given).map_or(given, |arn| arn.resource);
    if let Some(service) = resource.strip_prefix("alias/aws/")
        && !world.kms.aliases.contains_key(resource)
    {
        let description = format!("Default key that protects my {service} data when no other key is defined");
        presumed::write_down(world, given, description, true);
    }
    let place = world.place().clone();
    world.kms.find(&place, given)
}
