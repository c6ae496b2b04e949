//! `GetResources`.
//!
//! Ledger: O11, O12, W12.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::filter::{TagFilter, is_of_type};
use super::inventory::everything;
use crate::sandbox::page::{Order, page};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    tag_filters: Vec<TagFilter>,
    #[serde(default)]
    resource_type_filters: Vec<String>,
    #[serde(rename = "ResourceARNList", default)]
    arns: Vec<String>,
    resources_per_page: Option<usize>,
    tags_per_page: Option<usize>,
    pagination_token: Option<String>,
    include_compliance_details: Option<bool>,
    exclude_compliant_resources: Option<bool>,
}

const MOST: usize = 100;

pub(super) fn get_resources(world: &mut World, input: &Value) -> Outcome {
    let asked = input;
    let input: Input = parse(input)?;
    if input.tags_per_page.is_some()
        || input.include_compliance_details == Some(true)
        || input.exclude_compliant_resources == Some(true)
    {
        return Err(invalid("the sandbox does not offer TagsPerPage and compliance"));
    }
    if !input.arns.is_empty()
        && (!input.tag_filters.is_empty()
            || !input.resource_type_filters.is_empty()
            || input.resources_per_page.is_some())
    {
        return Err(invalid("ResourceARNList cannot be combined with other filters or with pages"));
    }
    if input.resource_type_filters.len() > MOST {
        return Err(invalid("ResourceTypeFilters can have at most 100 items"));
    }
    let size = input.resources_per_page.unwrap_or(MOST);
    if size == 0 || size > MOST {
        return Err(invalid("ResourcesPerPage must be between 1 and 100"));
    }
    let wanted: BTreeSet<&String> = input.arns.iter().collect();
    let entries = everything(world).into_iter().filter(|(arn, tags)| {
        let is_shown = !tags.is_empty() || world.tagging.once_tagged.contains(arn);
        let types = &input.resource_type_filters;
        is_shown
            && (wanted.is_empty() || wanted.contains(arn))
            && (types.is_empty() || types.iter().any(|kind| is_of_type(arn, kind)))
            && input.tag_filters.iter().all(|filter| filter.passes(tags))
    });
    let entries = entries.map(|(arn, tags)| {
        let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let view = json!({"ResourceARN": arn, "Tags": tags});
        (arn, view)
    });
    let listing = format!("GetResources {} {}", asked["TagFilters"], asked["ResourceTypeFilters"]);
    let token = input.pagination_token.as_deref().filter(|token| !token.is_empty());
    let page = page(&listing, entries, Order::Ascending, token, size).map_err(|_| {
        AwsError::new("PaginationTokenExpiredException", "The pagination token is not of this request.")
    })?;
    // The last page has an empty token, not none.
    Ok(json!({"ResourceTagMappingList": page.items, "PaginationToken": page.next.unwrap_or_default()}))
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}
