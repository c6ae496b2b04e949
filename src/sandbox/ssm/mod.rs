//! Systems Manager: parameters. No paths, labels, policies or documents.
//!
//! A task reads these, and those of `Surroundings`.
//!
//! Ledger: O9, O15.

mod describe;
mod fault;
mod get;
mod put;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clock::Millis;
use super::dispatch::{Operation, reads, writes};
use super::place::{Arn, Place};
use super::plaintext::Plaintext;
use super::tags::Tags;
use super::wire::{Outcome, parse};
use super::world::World;

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("DeleteParameter", delete_parameter),
    reads("DescribeParameters", describe::describe_parameters),
    reads("GetParameter", get::get_parameter),
    reads("GetParameters", get::get_parameters),
    writes("PutParameter", put::put_parameter),
];

/// The parameters of the Region.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ssm {
    parameters: BTreeMap<String, StoredParameter>,
}

/// A parameter. No `Debug`: it holds values.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredParameter {
    /// `String`, `StringList` or `SecureString`.
    pub r#type: String,
    /// Free text.
    pub description: Option<String>,
    /// The key of a `SecureString`, as it was given.
    pub kms_key_id: Option<String>,
    /// `text` or what else it was said to be.
    pub data_type: String,
    /// `Standard` or `Advanced`.
    pub tier: String,
    /// By number, from 1; the newest hundred.
    versions: BTreeMap<u64, Version>,
    /// Tags.
    pub tags: Tags,
}

#[derive(Clone, Serialize, Deserialize)]
struct Version {
    value: Plaintext,
    /// What a reader gets that does not ask for decryption.
    sealed: Option<String>,
    at: Millis,
}

/// The account's key, which needs no permission of its own.
const DEFAULT_KEY: &str = "alias/aws/ssm";

impl Ssm {
    /// The parameters, by name.
    pub fn parameters(&self) -> &BTreeMap<String, StoredParameter> {
        &self.parameters
    }

    /// The parameter that is meant, and its name: see [`named`].
    pub(crate) fn find(&self, given: &str) -> Option<(&String, &StoredParameter)> {
        let (name, _) = named(given);
        // `a` and `/a` are written alike in an ARN.
        let bare = name.trim_start_matches('/');
        let by_arn = || self.parameters.get_key_value(bare).filter(|_| Arn::parse(given).is_some());
        self.parameters.get_key_value(name).or_else(by_arn)
    }
}

/// Name and selector of `NAME`, `NAME:SELECTOR`, or an ARN of either.
pub(crate) fn named(given: &str) -> (&str, Option<&str>) {
    let name = Arn::parse(given).map_or(given, |arn| arn.resource.strip_prefix("parameter").unwrap_or(arn.resource));
    name.split_once(':').map_or((name, None), |(name, selector)| (name, Some(selector)))
}

impl StoredParameter {
    /// What the newest version holds.
    pub(crate) fn value(&self) -> Option<&Plaintext> {
        self.versions.last_key_value().map(|(_, version)| &version.value)
    }

    /// The key that a reader needs a permission for.
    pub(crate) fn customers_key(&self) -> Option<&str> {
        self.kms_key_id.as_deref().filter(|key| *key != DEFAULT_KEY)
    }
}

/// `/a/b` becomes `parameter/a/b`, and so does `a/b`.
pub(crate) fn arn(place: &Place, name: &str) -> String {
    place.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/')))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
}

fn delete_parameter(world: &mut World, input: &Value) -> Outcome {
    let Named { name } = parse(input)?;
    world.ssm.parameters.remove(&name).ok_or_else(fault::not_found)?;
    Ok(json!({}))
}
