//! CloudWatch Logs: log groups. No streams, no events.
//!
//! A task finds every group that `Surroundings` does not call missing. A group
//! that is deleted here is missing from then on, until it is created again.
//!
//! Ledger: O13.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clock::Millis;
use super::dispatch::{Operation, reads, writes};
use super::page::{Order, page};
use super::tags::{self, Tag, Tags};
use super::wire::{AwsError, Outcome, parse};
use super::world::World;

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("CreateLogGroup", create_log_group),
    writes("DeleteLogGroup", delete_log_group),
    reads("DescribeLogGroups", describe_log_groups),
    writes("PutRetentionPolicy", put_retention_policy),
];

/// The log groups of the Region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Logs {
    /// By name.
    pub groups: BTreeMap<String, LogGroup>,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    /// ARN of a key.
    pub kms_key_id: Option<String>,
    /// Days; `None` is for ever.
    pub retention_in_days: Option<u32>,
    /// When it was created.
    pub created: Millis,
    /// Tags.
    pub tags: Tags,
}

impl Logs {
    /// A group with nothing set, where there is none.
    pub(crate) fn make(&mut self, name: String, now: Millis) {
        let group = LogGroup { kms_key_id: None, retention_in_days: None, created: now, tags: Tags::new() };
        self.groups.entry(name).or_insert(group);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    log_group_name: String,
    kms_key_id: Option<String>,
    retention_in_days: Option<u32>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Describe {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

/// The days that PutRetentionPolicy takes (BC:logs).
const DAYS: [u32; 23] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, 3654];

fn create_log_group(world: &mut World, input: &Value) -> Outcome {
    let Input { log_group_name, kms_key_id, tags, .. } = parse(input)?;
    let tags: Vec<Tag> = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
    let tags = tags::merged(&Tags::new(), &tags).map_err(|fault| invalid(fault.to_string()))?;
    let created = world.now();
    if world.logs.groups.contains_key(&log_group_name) {
        return Err(AwsError::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    world.surroundings.missing_log_groups.remove(&log_group_name);
    world.logs.groups.insert(log_group_name, LogGroup { kms_key_id, retention_in_days: None, created, tags });
    Ok(json!({}))
}

fn delete_log_group(world: &mut World, input: &Value) -> Outcome {
    let Input { log_group_name, .. } = parse(input)?;
    world.logs.groups.remove(&log_group_name).ok_or_else(no_such_group)?;
    world.surroundings.missing_log_groups.insert(log_group_name);
    Ok(json!({}))
}

fn put_retention_policy(world: &mut World, input: &Value) -> Outcome {
    let Input { log_group_name, retention_in_days, .. } = parse(input)?;
    if retention_in_days.is_none_or(|days| !DAYS.contains(&days)) {
        return Err(invalid(format!("retentionInDays must be one of {DAYS:?}")));
    }
    world.logs.groups.get_mut(&log_group_name).ok_or_else(no_such_group)?.retention_in_days = retention_in_days;
    Ok(json!({}))
}

fn describe_log_groups(world: &mut World, input: &Value) -> Outcome {
    let Describe { log_group_name_prefix: prefix, log_group_name_pattern: pattern, limit, next_token } = parse(input)?;
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
    }
    let place = world.place();
    let wanted = |name: &str| {
        prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
            && pattern.as_ref().is_none_or(|pattern| name.contains(pattern.as_str()))
    };
    let entries = world.logs.groups.iter().filter(|(name, _)| wanted(name)).map(|(name, group)| {
        let arn = place.arn("logs", &format!("log-group:{name}"));
        let mut view = json!({
            "logGroupName": name,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "creationTime": group.created.0,
            "metricFilterCount": 0,
            "storedBytes": 0,
            "logGroupClass": "STANDARD",
        });
        if let Some(days) = group.retention_in_days {
            view["retentionInDays"] = json!(days);
        }
        if let Some(key) = &group.kms_key_id {
            view["kmsKeyId"] = json!(key);
        }
        (name.clone(), view)
    });
    let listing = format!("DescribeLogGroups {prefix:?} {pattern:?}");
    let page = page(&listing, entries, Order::Ascending, next_token.as_deref(), limit.unwrap_or(50))
        .map_err(|_| invalid("The specified nextToken is invalid."))?;
    let mut output = json!({"logGroups": page.items});
    if let Some(next) = page.next {
        output["nextToken"] = json!(next);
    }
    Ok(output)
}

fn no_such_group() -> AwsError {
    AwsError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}
