//! `GetSecretValue`, and which version a reader means.
//!
//! Ledger: S15, S31, S60.

use serde::Deserialize;
use serde_json::{Value, json};

use super::secret::{CURRENT, Secret, Version};
use super::{fault, key};
use crate::sandbox::plaintext::Plaintext;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

/// Which version a reader asks for; neither is `AWSCURRENT`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Which<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) stage: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

pub(super) fn get_secret_value(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let secret = world.secrets.find(&input.secret_id)?;
    let which = Which { id: input.version_id.as_deref(), stage: input.version_stage.as_deref() };
    let (id, version, value) = choose(secret, which)?;
    let mut output = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": id,
        "VersionStages": version.stages,
        "CreatedDate": version.created.epoch_seconds(),
    });
    match value {
        Plaintext::Text(text) => output["SecretString"] = json!(text),
        Plaintext::Binary(base64) => output["SecretBinary"] = json!(base64),
    }
    let (name, id) = (secret.name.clone(), id.to_owned());
    key::open(world, &name, &id)?;
    world.secrets.touch(&name, world.now());
    Ok(output)
}

/// The version that `which` means, with its value.
pub(crate) fn choose<'a>(
    secret: &'a Secret,
    which: Which<'_>,
) -> Result<(&'a str, &'a Version, &'a Plaintext), AwsError> {
    if secret.deletion.is_some() {
        return Err(fault::marked_for_deletion());
    }
    let found = match (which.id, which.stage) {
        (Some(id), stage) => {
            let found = secret.versions.get_key_value(id).map(|(id, version)| (id.as_str(), version));
            if let (Some((_, version)), Some(stage)) = (found, stage)
                && !version.stages.contains(stage)
            {
                return Err(fault::invalid_request(
                    "You provided a VersionStage that is not associated to the provided VersionId.",
                ));
            }
            found
        }
        (None, stage) => secret.with_label(stage.unwrap_or(CURRENT)),
    };
    let filled = found.and_then(|(id, version)| Some((id, version, version.value.as_ref()?)));
    filled.ok_or_else(|| match which.id {
        Some(id) => fault::no_such_version(&format!("VersionId: {id}")),
        None => fault::no_such_version(&format!("staging label: {}", which.stage.unwrap_or(CURRENT))),
    })
}
