//! KMS: symmetric keys, aliases, key policies, and what is encrypted under them.
//!
//! Not here: asymmetric and HMAC keys, grants, rotation, imported material,
//! deletion. Of callers policies are not judged; for a task's role the key's
//! policy and the role's own decide together ([O102]).
//!
//! Ledger: O8, O15, O102, O125.

mod alias;
mod cipher;
mod create_key;
mod data_key;
mod describe_key;
mod disable_key;
mod encrypt;
mod fault;
mod policy;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::dispatch::{Operation, reads, writes};
use super::place::{Arn, Place};
use super::surroundings;
use super::tags::Tags;
use super::wire::AwsError;
use super::world::World;
pub(crate) use encrypt::seal;

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("CreateAlias", alias::create_alias),
    writes("CreateKey", create_key::create_key),
    reads("Decrypt", encrypt::decrypt),
    writes("DeleteAlias", alias::delete_alias),
    reads("DescribeKey", describe_key::describe_key),
    writes("DisableKey", disable_key::disable_key),
    writes("Encrypt", encrypt::encrypt),
    writes("GenerateDataKey", data_key::generate_data_key),
    reads("GetKeyPolicy", policy::get_key_policy),
    reads("ListAliases", alias::list_aliases),
    writes("PutKeyPolicy", policy::put_key_policy),
];

/// The keys of the Region.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kms {
    /// By id.
    keys: BTreeMap<String, Key>,
    /// Aliases (`alias/orders`) and where they lead.
    aliases: BTreeMap<String, Alias>,
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

/// The answer of a key to a role.
pub(crate) enum Opens<'a> {
    /// There is such a key: this is its policy.
    By(&'a str),
    /// It is disabled.
    Disabled,
    /// Nobody made it here: it is taken for granted, and what the role's policies say decides.
    Presumed,
}

impl World {
    /// Who decides about a key, for a task's role.
    pub(crate) fn key_policy(&self, given: &str) -> Opens<'_> {
        match self.kms.find(self.place(), given) {
            Ok(key) if key.disabled => Opens::Disabled,
            Ok(key) => Opens::By(&key.policy),
            Err(_) => Opens::Presumed,
        }
    }

    /// The key behind an id, for a task's role: one of KMS, else one of the surroundings.
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
    if resource.starts_with("alias/aws/") && !world.kms.aliases.contains_key(resource) {
        let alias = resource.to_owned();
        // The id that the alias has had for tasks all along.
        let arn = world.surroundings.key(world.place(), &alias).arn;
        let id = arn.rsplit('/').next().unwrap_or(&arn).to_owned();
        let service = alias.rsplit('/').next().unwrap_or(&alias);
        let description = format!("Default key that protects my {service} data when no other key is defined");
        let created = world.now();
        let made = Key {
            material: surroundings::hex_digest(&arn),
            policy: policy::default(world.place()),
            arn,
            description,
            of_aws: true,
            disabled: false,
            tags: Tags::new(),
            created,
            id: id.clone(),
        };
        world.kms.keys.insert(id.clone(), made);
        world.kms.aliases.insert(alias, Alias { key: id, created });
    }
    let place = world.place().clone();
    world.kms.find(&place, given)
}
