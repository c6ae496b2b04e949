//! What ECS tasks meet that is no service of the sandbox: keys' aliases,
//! parameters, log groups, functions, databases, images.
//!
//! Ledger: K5, K6.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::database::Database;
use super::ecs::ImageBook;
use super::place::{Arn, Place};
use super::plaintext::Plaintext;
use super::secrets_manager::RotationFunction;

/// Tables that a test fills.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Surroundings {
    /// KMS aliases (`alias/orders`) to key ARNs. An alias that is not here has
    /// a key all the same, with an id made from the alias.
    pub key_aliases: BTreeMap<String, String>,
    /// SSM parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Every log group exists but these.
    pub missing_log_groups: BTreeSet<String>,
    /// Every Lambda function exists and may be invoked but these, by ARN.
    #[serde(default)]
    pub missing_functions: BTreeSet<String>,
    /// What rotation functions do, by ARN. One that is not here does nothing.
    #[serde(default)]
    pub functions: BTreeMap<String, RotationFunction>,
    /// Databases by name.
    #[serde(default)]
    pub databases: BTreeMap<String, Database>,
    /// How containers behave, by image.
    pub images: ImageBook,
}

/// An SSM parameter. No `Debug`: it holds a value.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// What a task gets.
    pub value: Plaintext,
    /// The customer's key of a `SecureString`; `None` needs no permission.
    pub kms_key_id: Option<String>,
}

/// A KMS key, and the aliases that lead to it.
pub(crate) struct Key {
    pub(crate) arn: String,
    pub(crate) aliases: Vec<String>,
}

impl Surroundings {
    /// The key behind an id, an ARN, an alias or an alias' ARN.
    pub(crate) fn key(&self, place: &Place, id: &str) -> Key {
        let resource = Arn::parse(id).map_or(id, |arn| arn.resource);
        let arn = match resource.strip_prefix("alias/") {
            Some(_) => match self.key_aliases.get(resource) {
                Some(arn) => arn.clone(),
                None => place.arn("kms", &format!("key/{}", id_from(resource))),
            },
            None if resource.starts_with("key/") => id.to_owned(),
            None => place.arn("kms", &format!("key/{resource}")),
        };
        let named = self.key_aliases.iter().filter(|(_, key)| **key == arn).map(|(alias, _)| alias.clone());
        let mut aliases: BTreeSet<String> = named.collect();
        if resource.starts_with("alias/") {
            aliases.insert(resource.to_owned());
        }
        Key { arn, aliases: aliases.into_iter().collect() }
    }
}

/// A key id of the right form that only depends on the alias.
fn id_from(alias: &str) -> String {
    let hex = hex_digest(alias);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}

/// SHA-256 in hexadecimal.
pub(crate) fn hex_digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
        .collect()
}
