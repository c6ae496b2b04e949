//! `GetParameter` and `GetParameters`.
//!
//! Ledger: O9.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{arn, fault, named};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: Option<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

pub(super) fn get_parameter(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let view = one(world, &input.name.unwrap_or_default(), input.with_decryption)?;
    Ok(json!({"Parameter": view}))
}

/// Each name once; what is not there is listed, and is no error.
pub(super) fn get_parameters(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let names: BTreeSet<&String> = input.names.iter().collect();
    if names.len() < input.names.len() {
        return Err(fault::validation("Duplicate parameter names are not allowed."));
    }
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for name in names {
        match one(world, name, input.with_decryption) {
            Ok(view) => found.push(view),
            Err(_) => invalid.push(name),
        }
    }
    Ok(json!({"Parameters": found, "InvalidParameters": invalid}))
}

/// `NAME`, `NAME:VERSION`, or an ARN.
fn one(world: &World, given: &str, decrypted: bool) -> Result<Value, AwsError> {
    let (_, selector) = named(given);
    let (name, held) = world.ssm.find(given).ok_or_else(fault::not_found)?;
    let newest = held.versions.last_key_value();
    let chosen = match selector {
        None => newest,
        Some(selector) => selector.parse().ok().and_then(|number| held.versions.get_key_value(&number)),
    };
    let no_version = || {
        let message = format!("Systems Manager could not find version {} of {name}.", selector.unwrap_or_default());
        AwsError::new("ParameterVersionNotFound", message)
    };
    let (number, version) = chosen.ok_or_else(no_version)?;
    let value = match &version.sealed {
        Some(sealed) if !decrypted => sealed.as_str(),
        _ => version.value.text().unwrap_or_default(),
    };
    let mut view = json!({
        "Name": name,
        "Type": held.r#type,
        "Value": value,
        "Version": number,
        "LastModifiedDate": version.at.epoch_seconds(),
        "ARN": arn(world.place(), name),
        "DataType": held.data_type,
    });
    if let Some(selector) = selector {
        view["Selector"] = json!(format!(":{selector}"));
    }
    Ok(view)
}
