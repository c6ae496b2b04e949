//! `CreateKey`.
//!
//! Ledger: O8.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Key, describe_key, fault, policy};
use crate::sandbox::tags::{self, Tags};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    description: String,
    key_usage: Option<String>,
    key_spec: Option<String>,
    customer_master_key_spec: Option<String>,
    origin: Option<String>,
    multi_region: Option<bool>,
    policy: Option<String>,
    #[serde(default)]
    tags: Vec<KeyTag>,
}

/// KMS has its own spelling of a tag.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyTag {
    tag_key: String,
    tag_value: String,
}

pub(super) fn create_key(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let kinds = [
        (input.key_usage, "ENCRYPT_DECRYPT"),
        (input.key_spec, "SYMMETRIC_DEFAULT"),
        (input.customer_master_key_spec, "SYMMETRIC_DEFAULT"),
        (input.origin, "AWS_KMS"),
    ];
    if let Some((Some(other), _)) = kinds.iter().find(|(given, offered)| given.as_ref().is_some_and(|it| it != offered))
    {
        return Err(fault::unsupported(&format!("keys of the kind {other}")));
    }
    if input.multi_region == Some(true) {
        return Err(fault::unsupported("keys of more than one Region"));
    }
    let policy = match input.policy {
        Some(text) => policy::checked(text)?,
        None => policy::default(world.place()),
    };
    let given =
        input.tags.into_iter().map(|KeyTag { tag_key, tag_value }| tags::Tag { key: tag_key, value: tag_value });
    let tags = tags::merged(&Tags::new(), &given.collect::<Vec<_>>()).map_err(|fault| fault::tags(&fault))?;
    let id = world.random().uuid();
    let key = Key {
        arn: world.place().arn("kms", &format!("key/{id}")),
        material: world.random().hex(64),
        description: input.description,
        of_aws: false,
        disabled: false,
        deletion: None,
        policy,
        tags,
        created: world.now(),
        id: id.clone(),
    };
    let view = describe_key::metadata(world.place(), &key);
    world.kms.keys.insert(id, key);
    Ok(json!({"KeyMetadata": view}))
}
