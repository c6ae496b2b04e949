//! `GetQueueAttributes`, `SetQueueAttributes`, and what an attribute may be.
//!
//! Ledger: O4, O122, O123.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Queue, fault};
use crate::sandbox::clock::Millis;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Set {
    queue_url: String,
    attributes: BTreeMap<String, String>,
}

/// Numbers: least, most and default (BC:sqs CreateQueue).
const NUMBERS: [(&str, u64, u64, u64); 6] = [
    ("DelaySeconds", 0, 900, 0),
    ("KmsDataKeyReusePeriodSeconds", 60, 86_400, 300),
    ("MaximumMessageSize", 1024, 1_048_576, 1_048_576),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    ("VisibilityTimeout", 0, 43_200, 30),
];
/// Texts without a default; an empty one is none.
const TEXTS: [&str; 4] = ["KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy"];
const OF_FIFO: [&str; 4] = ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];
const COUNTED: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

pub(super) fn get_queue_attributes(world: &mut World, input: &Value) -> Outcome {
    let Get { queue_url, attribute_names } = parse(input)?;
    let (place, now) = (world.place().clone(), world.now());
    let queue = world.sqs.find(&place, &queue_url)?;
    queue.forget_old(now);
    let all = all(queue, now);
    let wants_all = attribute_names.iter().any(|name| name == "All");
    let known = |name: &String| name == "All" || all.contains_key(name) || is_known(name);
    if let Some(unknown) = attribute_names.iter().find(|name| !known(name)) {
        return Err(fault::unknown_attribute(unknown));
    }
    let shown: BTreeMap<&String, &String> =
        all.iter().filter(|(name, _)| wants_all || attribute_names.contains(name)).collect();
    Ok(if shown.is_empty() { json!({}) } else { json!({"Attributes": shown}) })
}

pub(super) fn set_queue_attributes(world: &mut World, input: &Value) -> Outcome {
    let Set { queue_url, attributes } = parse(input)?;
    let (place, now) = (world.place().clone(), world.now());
    world.sqs.find(&place, &queue_url)?;
    check(world, &attributes)?;
    let queue = world.sqs.find(&place, &queue_url)?;
    set(queue, attributes);
    queue.modified = now;
    Ok(json!({}))
}

/// Those that every queue has.
pub(super) fn defaults() -> BTreeMap<String, String> {
    let numbers = NUMBERS.into_iter().filter(|(name, ..)| *name != "KmsDataKeyReusePeriodSeconds");
    let numbers = numbers.map(|(name, _, _, default)| (name.to_owned(), default.to_string()));
    numbers.chain([("SqsManagedSseEnabled".to_owned(), "true".to_owned())]).collect()
}

pub(super) fn set(queue: &mut Queue, attributes: BTreeMap<String, String>) {
    for (name, value) in attributes {
        if value.is_empty() {
            queue.attributes.remove(&name);
        } else {
            queue.attributes.insert(name, value);
        }
    }
}

pub(super) fn check(world: &mut World, attributes: &BTreeMap<String, String>) -> Result<(), AwsError> {
    for (name, value) in attributes {
        if let Some((_, least, most, _)) = NUMBERS.iter().find(|(number, ..)| number == name) {
            if !value.parse().is_ok_and(|number: u64| (*least..=*most).contains(&number)) {
                return Err(fault::invalid_attribute(name));
            }
        } else if OF_FIFO.contains(&name.as_str()) {
            return Err(fault::unsupported("FIFO queues"));
        } else if COUNTED.contains(&name.as_str()) || !is_known(name) {
            return Err(fault::unknown_attribute(name));
        }
    }
    if let Some(text) = attributes.get("RedrivePolicy").filter(|text| !text.is_empty()) {
        check_redrive(world, text)?;
    }
    if let Some(text) = attributes.get("Policy").filter(|text| !text.is_empty()) {
        let document: Option<Value> = serde_json::from_str(text).ok();
        if document.is_none_or(|document| document.get("Statement").is_none()) {
            return Err(fault::invalid_attribute("Policy"));
        }
    }
    Ok(())
}

fn check_redrive(world: &mut World, text: &str) -> Result<(), AwsError> {
    let invalid = |reason: &str| {
        let message = format!("Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}.");
        Err(fault::invalid_parameter(message))
    };
    let Ok(policy) = serde_json::from_str::<Value>(text) else {
        return invalid("Redrive policy is not a valid JSON map");
    };
    for member in ["maxReceiveCount", "deadLetterTargetArn"] {
        if policy[member].is_null() {
            return invalid(&format!("Redrive policy does not contain mandatory attribute: {member}"));
        }
    }
    let most = match &policy["maxReceiveCount"] {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    };
    if most.is_none_or(|most| !(1..=1000).contains(&most)) {
        return invalid("Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive");
    }
    let target = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    if world.sqs.by_arn(target).is_none() {
        return invalid("Dead letter target does not exist");
    }
    Ok(())
}

fn is_known(name: &str) -> bool {
    NUMBERS.iter().any(|(number, ..)| *number == name)
        || TEXTS.contains(&name)
        || COUNTED.contains(&name)
        || OF_FIFO.contains(&name)
        || name == "SqsManagedSseEnabled"
}

fn all(queue: &Queue, now: Millis) -> BTreeMap<String, String> {
    let (mut visible, mut delayed, mut in_flight) = (0, 0, 0);
    for message in queue.messages.values() {
        match (message.visible <= now, message.receives) {
            (true, _) => visible += 1,
            (false, 0) => delayed += 1,
            (false, _) => in_flight += 1,
        }
    }
    let seconds = |at: Millis| (at.0 / 1000).to_string();
    let counted = [
        ("ApproximateNumberOfMessages", visible.to_string()),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", in_flight.to_string()),
        ("CreatedTimestamp", seconds(queue.created)),
        ("LastModifiedTimestamp", seconds(queue.modified)),
        ("QueueArn", queue.arn.clone()),
    ];
    let counted = counted.into_iter().map(|(name, value)| (name.to_owned(), value));
    queue.attributes.clone().into_iter().chain(counted).collect()
}
