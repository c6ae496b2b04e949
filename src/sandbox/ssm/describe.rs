//! `DescribeParameters`: everything about parameters but their values.
//!
//! Ledger: O10.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{StoredParameter, arn, fault};
use crate::sandbox::page::{Order, page};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    #[serde(default)]
    filters: Vec<Value>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: String,
    option: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

pub(super) fn describe_parameters(world: &mut World, input: &Value) -> Outcome {
    let asked = input;
    let input: Input = parse(input)?;
    if !input.filters.is_empty() {
        return Err(fault::validation("the sandbox takes ParameterFilters, not Filters, which AWS replaced by them"));
    }
    let place = world.place();
    let mut entries = Vec::new();
    for (name, held) in &world.ssm.parameters {
        let mut shown = true;
        for filter in &input.parameter_filters {
            shown &= filter.passes(name, held)?;
        }
        if shown {
            let mut view = json!({
                "Name": name,
                "ARN": arn(place, name),
                "Type": held.r#type,
                "Tier": held.tier,
                "DataType": held.data_type,
                "Policies": [],
            });
            if let Some((number, version)) = held.versions.last_key_value() {
                view["Version"] = json!(number);
                view["LastModifiedDate"] = json!(version.at.epoch_seconds());
            }
            let texts = [("KeyId", &held.kms_key_id), ("Description", &held.description)];
            for (member, text) in texts {
                if let Some(text) = text {
                    view[member] = json!(text);
                }
            }
            entries.push((name.clone(), view));
        }
    }
    let listing = format!("DescribeParameters {}", asked["ParameterFilters"]);
    let size = input.max_results.unwrap_or(50);
    let page = page(&listing, entries, Order::Ascending, input.next_token.as_deref(), size)
        .map_err(|_| AwsError::new("InvalidNextToken", "The specified token isn't valid."))?;
    let mut output = json!({"Parameters": page.items});
    if let Some(next) = page.next {
        output["NextToken"] = json!(next);
    }
    Ok(output)
}

impl Filter {
    fn passes(&self, name: &str, held: &StoredParameter) -> Result<bool, AwsError> {
        let text = match self.key.as_str() {
            "Name" => Some(name),
            "Type" => Some(held.r#type.as_str()),
            "Tier" => Some(held.tier.as_str()),
            "DataType" => Some(held.data_type.as_str()),
            "KeyId" => held.kms_key_id.as_deref(),
            key => {
                let Some(tag) = key.strip_prefix("tag:") else {
                    let message = format!("the sandbox does not offer the filter {key}");
                    return Err(AwsError::new("InvalidFilterKey", message));
                };
                held.tags.get(tag).map(String::as_str)
            }
        };
        let holds = |value: &String| match self.option.as_deref() {
            None | Some("Equals") => text == Some(value),
            Some("BeginsWith") => text.is_some_and(|text| text.starts_with(value)),
            Some("Contains") => text.is_some_and(|text| text.contains(value.as_str())),
            Some(_) => false,
        };
        match self.option.as_deref() {
            None | Some("Equals" | "BeginsWith" | "Contains") => {}
            Some(other) => {
                let message = format!("the sandbox does not offer the option {other}");
                return Err(AwsError::new("InvalidFilterOption", message));
            }
        }
        Ok(self.values.iter().any(holds) || (self.values.is_empty() && text.is_some()))
    }
}
