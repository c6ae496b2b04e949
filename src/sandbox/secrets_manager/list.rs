//! `ListSecrets`: pages, filters, and the past.
//!
//! Ledger: S27, S28, S29.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::describe::{metadata, primary_region};
use super::secret::Secret;
use super::words;
use crate::sandbox::page::{Order, page};
use crate::sandbox::readings::{Reading, Readings};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    include_planned_deletion: bool,
    max_results: Option<usize>,
    next_token: Option<String>,
    #[serde(default)]
    filters: Vec<Filter>,
    sort_order: Option<String>,
    sort_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

pub(super) fn list_secrets(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let sort_by = input.sort_by.as_deref().unwrap_or("created-date");
    let usual = if world.readings.is_other(Reading::SecretsOrder) { "asc" } else { "desc" };
    let order = match input.sort_order.as_deref().unwrap_or(usual) {
        "asc" => Order::Ascending,
        _ => Order::Descending,
    };
    let seen = world.secrets.secrets.late(world.now());
    let entries = seen
        .into_values()
        .filter(|secret| input.include_planned_deletion || secret.deletion.is_none())
        .filter(|secret| input.filters.iter().all(|filter| filter.admits(secret)))
        .map(|secret| (sort_key(secret, sort_by), secret));
    let size = input.max_results.unwrap_or(100);
    let page = page("ListSecrets", entries, order, input.next_token.as_deref(), size)
        .map_err(|_| AwsError::new("InvalidNextTokenException", "Invalid pagination token."))?;
    let mut output =
        json!({"SecretList": page.items.into_iter().map(|secret| entry(secret, &world.readings)).collect::<Vec<_>>()});
    if let Some(next) = page.next {
        output["NextToken"] = json!(next);
    }
    Ok(output)
}

fn entry(secret: &Secret, readings: &Readings) -> Map<String, Value> {
    let mut entry = metadata(secret, readings);
    entry.insert("SecretVersionsToStages".to_owned(), secret.labelled());
    entry
}

/// Dates are padded, so that they sort as text; the name makes keys unique.
fn sort_key(secret: &Secret, sort_by: &str) -> String {
    let date = match sort_by {
        "name" => return secret.name.clone(),
        "last-changed-date" => secret.changed.0,
        "last-accessed-date" => secret.accessed.map_or(0, |at| at.0),
        _ => secret.created.0,
    };
    format!("{date:020} {}", secret.name)
}

impl Filter {
    /// Values are alternatives. A leading `!` negates.
    fn admits(&self, secret: &Secret) -> bool {
        self.values.is_empty()
            || self.values.iter().any(|value| match value.strip_prefix('!') {
                Some(value) => !self.finds(secret, value),
                None => self.finds(secret, value),
            })
    }

    fn finds(&self, secret: &Secret, value: &str) -> bool {
        let starts = |text: &String| text.starts_with(value);
        match self.key.as_deref() {
            Some("name") => starts(&secret.name),
            Some("description") => {
                secret.description.as_ref().is_some_and(|text| text.to_lowercase().starts_with(&value.to_lowercase()))
            }
            Some("tag-key") => secret.tags.keys().any(starts),
            Some("tag-value") => secret.tags.values().any(starts),
            Some("owning-service") => secret.owning_service.as_ref().is_some_and(starts),
            Some("primary-region") => primary_region(secret).is_some_and(|region| region.starts_with(value)),
            _ => {
                let sought = words::of(value);
                let tags = secret.tags.iter().flat_map(|(key, value)| [key, value]);
                let attributes = [&secret.name].into_iter().chain(&secret.description).chain(tags);
                attributes.flat_map(|text| words::of(text)).any(|word| sought.contains(&word))
            }
        }
    }
}
