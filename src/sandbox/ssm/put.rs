//! `PutParameter`.
//!
//! Ledger: O9, O10, W13.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DEFAULT_KEY, StoredParameter, Version, arn, fault};
use crate::sandbox::kms;
use crate::sandbox::plaintext::Plaintext;
use crate::sandbox::tags::{self, Tag, Tags};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: String,
    value: String,
    r#type: Option<String>,
    description: Option<String>,
    key_id: Option<String>,
    overwrite: Option<bool>,
    allowed_pattern: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    tier: Option<String>,
    data_type: Option<String>,
    policies: Option<String>,
}

/// BC:ssm PutParameter.
const MOST_LEVELS: usize = 15;
const MOST_VERSIONS: usize = 100;
const SECURE: &str = "SecureString";

pub(super) fn put_parameter(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    check_name(&input.name)?;
    if input.allowed_pattern.is_some() || input.policies.is_some() {
        return Err(fault::validation("the sandbox does not offer AllowedPattern and Policies"));
    }
    let held = world.ssm.parameters.get(&input.name);
    if held.is_some() && input.overwrite != Some(true) {
        let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request \
                       to true.";
        return Err(AwsError::new("ParameterAlreadyExists", message));
    }
    if held.is_some() && !input.tags.is_empty() {
        return Err(fault::validation("Invalid request: tags and overwrite can't be used together."));
    }
    let r#type = input.r#type.or_else(|| held.map(|held| held.r#type.clone()));
    let r#type =
        r#type.ok_or_else(|| fault::validation("A parameter type is required when you create a parameter."))?;
    if held.is_some_and(|held| held.r#type != r#type) {
        let message = "The parameter type can't be changed.";
        return Err(AwsError::new("HierarchyTypeMismatchException", message));
    }
    let tier = input.tier.unwrap_or_else(|| held.map_or("Standard", |held| held.tier.as_str()).to_owned());
    if tier == "Standard" && held.is_some_and(|held| held.tier == "Advanced") {
        let message = "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the \
                       advanced-parameter tier to the standard-parameter tier.";
        return Err(fault::validation(message));
    }
    let most = if tier == "Standard" { 4096 } else { 8192 };
    if input.value.len() > most {
        let message = format!("The parameter value exceeds the maximum limit of {most} bytes of its tier.");
        return Err(fault::validation(message));
    }
    if input.key_id.is_some() && r#type != SECURE {
        return Err(fault::validation("KeyId can only be used with SecureString parameters."));
    }
    let tags = tags::merged(&Tags::new(), &input.tags).map_err(|fault| fault::validation(fault.to_string()))?;
    let held_key = held.and_then(|held| held.kms_key_id.clone());
    let key = (r#type == SECURE).then(|| input.key_id.or(held_key).unwrap_or_else(|| DEFAULT_KEY.to_owned()));
    let sealed = key.as_ref().map(|key| sealed(world, &input.name, key, &input.value)).transpose()?;
    let version = Version { value: Plaintext::Text(input.value), sealed, at: world.now() };
    let held = world.ssm.parameters.entry(input.name).or_insert(StoredParameter {
        r#type,
        description: None,
        kms_key_id: None,
        data_type: "text".to_owned(),
        tier: tier.clone(),
        versions: BTreeMap::new(),
        tags,
    });
    held.kms_key_id = key;
    held.tier = tier;
    held.description = input.description.or(held.description.take());
    held.data_type = input.data_type.unwrap_or_else(|| held.data_type.clone());
    let number = held.versions.last_key_value().map_or(1, |(number, _)| number + 1);
    held.versions.insert(number, version);
    if held.versions.len() > MOST_VERSIONS {
        held.versions.pop_first();
    }
    Ok(json!({"Version": number, "Tier": held.tier}))
}

/// What the value looks like to those who do not decrypt it.
fn sealed(world: &mut World, name: &str, key: &str, value: &str) -> Result<String, AwsError> {
    let context = BTreeMap::from([("PARAMETER_ARN".to_owned(), arn(world.place(), name))]);
    let (_, blob) = kms::seal(world, key, &context, value.as_bytes())
        .map_err(|error| AwsError::new("InvalidKeyId", error.message))?;
    Ok(aws_smithy_types::base64::encode(blob))
}

fn check_name(name: &str) -> Result<(), AwsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte);
    let bare = name.trim_start_matches('/').to_ascii_lowercase();
    if name.is_empty() || !name.bytes().all(allowed) || name.ends_with('/') || name.contains("//") {
        return Err(fault::validation(
            "Parameter name: can't be empty, and has only letters, numbers and the symbols period (.), hyphen (-), \
             underscore (_) and forward slash (/) between levels.",
        ));
    }
    if bare.starts_with("aws") || bare.starts_with("ssm") {
        return Err(fault::validation("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(fault::validation("Parameter name must be a fully qualified name."));
    }
    if name.matches('/').count() > MOST_LEVELS {
        let message = format!("The hierarchy can have a maximum of {MOST_LEVELS} levels.");
        return Err(AwsError::new("HierarchyLevelLimitExceededException", message));
    }
    Ok(())
}
