//! `ListSecretVersionIds`: the one place that shows deprecated versions.
//!
//! Ledger: S15, S61.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::page::{Order, page};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    max_results: Option<usize>,
    next_token: Option<String>,
    #[serde(default)]
    include_deprecated: bool,
}

pub(super) fn list_secret_version_ids(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let secret = world.secrets.find(&input.secret_id)?;
    let entries = secret
        .versions
        .iter()
        // Versions that a rotation has named but not filled are not listed.
        .filter(|(_, version)| version.value.is_some())
        .filter(|(_, version)| input.include_deprecated || !version.stages.is_empty())
        .map(|(id, version)| {
            let mut entry = json!({
                "VersionId": id,
                "CreatedDate": version.created.epoch_seconds(),
                "KmsKeyIds": [version.key.as_deref().unwrap_or("DefaultEncryptionKey")],
            });
            if !version.stages.is_empty() {
                entry["VersionStages"] = json!(version.stages);
            }
            (format!("{:020} {id}", version.created.0), entry)
        });
    let listing = format!("ListSecretVersionIds {}", secret.arn);
    let size = input.max_results.unwrap_or(100);
    let page = page(&listing, entries, Order::Descending, input.next_token.as_deref(), size)
        .map_err(|_| AwsError::new("InvalidNextTokenException", "Invalid pagination token."))?;
    let mut output = json!({"ARN": secret.arn, "Name": secret.name, "Versions": page.items});
    if let Some(next) = page.next {
        output["NextToken"] = json!(next);
    }
    Ok(output)
}
