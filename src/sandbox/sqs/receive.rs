//! `ReceiveMessage`: the oldest that can be had, hidden from others for a while.
//!
//! Ledger: O1, O3, O6, O120.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::message::{Message, handle};
use super::{Queue, Sqs, digest, fault};
use crate::sandbox::clock::Millis;
use crate::sandbox::place::Place;
use crate::sandbox::wire::{AwsError, Outcome, json, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    queue_url: String,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

const MOST_MESSAGES: usize = 10;
const MOST_WAIT: u64 = 20;
const MOST_HIDDEN: u64 = 43_200;

pub(super) fn receive_message(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    check(&input)?;
    let (place, now, sender) = (world.place().clone(), world.now(), world.caller_arn());
    let queue = clean(&mut world.sqs, &place, &input.queue_url, now)?;
    let hidden = input.visibility_timeout.map_or_else(|| queue.seconds("VisibilityTimeout"), Duration::from_secs);
    let most = input.max_number_of_messages.unwrap_or(1);
    let ready: Vec<u64> = ready(queue, now).take(most).collect();
    for number in &ready {
        if let Some(message) = queue.messages.get_mut(number) {
            message.receives += 1;
            message.first_received.get_or_insert(now);
            message.visible = now + hidden;
        }
    }
    let received = ready.iter().filter_map(|number| queue.messages.get(number));
    let messages: Vec<Value> = received.map(|message| view(queue, message, &input, &sender)).collect();
    Ok(if messages.is_empty() { json!({}) } else { json!({"Messages": messages}) })
}

/// How long this request may wait, where it is a long poll that finds nothing now.
pub(crate) fn patience(world: &mut World, body: &[u8]) -> Option<Duration> {
    let input: Input = parse(&json::decode(body).ok()?).ok()?;
    check(&input).ok()?;
    let (place, now) = (world.place().clone(), world.now());
    let queue = clean(&mut world.sqs, &place, &input.queue_url, now).ok()?;
    let wait =
        input.wait_time_seconds.map_or_else(|| queue.seconds("ReceiveMessageWaitTimeSeconds"), Duration::from_secs);
    let waits = !wait.is_zero() && ready(queue, now).next().is_none();
    waits.then_some(wait)
}

/// A queue without what is too old, or has come too often for its redrive policy: that is in the dead-letter queue.
fn clean<'a>(sqs: &'a mut Sqs, place: &Place, url: &str, now: Millis) -> Result<&'a mut Queue, AwsError> {
    let queue = sqs.find(place, url)?;
    queue.forget_old(now);
    for (target, message) in too_often(queue, now) {
        if let Some(queue) = sqs.by_arn_mut(&target) {
            // It keeps the time at which it was sent (developer guide), and its id.
            queue.messages.insert(queue.next, Message { visible: now, receives: 0, first_received: None, ..message });
            queue.next += 1;
        }
    }
    sqs.find(place, url)
}

fn ready(queue: &Queue, now: Millis) -> impl Iterator<Item = u64> {
    queue.messages.iter().filter(move |(_, message)| message.visible <= now).map(|(number, _)| *number)
}

/// Takes out what was received as often as the redrive policy allows, and is asked for once more.
fn too_often(queue: &mut Queue, now: Millis) -> Vec<(String, Message)> {
    let Some((target, most)) = queue.redrive() else {
        return Vec::new();
    };
    let due = queue.messages.extract_if(.., |_, message| message.visible <= now && message.receives >= most);
    due.map(|(_, message)| (target.clone(), message)).collect()
}

fn check(input: &Input) -> Result<(), AwsError> {
    let out = |name: &str, least: u64, most: u64| {
        Err(fault::invalid_parameter(format!(
            "Value for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
        )))
    };
    if input.max_number_of_messages.is_some_and(|count| count == 0 || count > MOST_MESSAGES) {
        return out("MaxNumberOfMessages", 1, 10);
    }
    if input.wait_time_seconds.is_some_and(|seconds| seconds > MOST_WAIT) {
        return out("WaitTimeSeconds", 0, MOST_WAIT);
    }
    if input.visibility_timeout.is_some_and(|seconds| seconds > MOST_HIDDEN) {
        return out("VisibilityTimeout", 0, MOST_HIDDEN);
    }
    Ok(())
}

fn view(queue: &Queue, message: &Message, input: &Input, sender: &str) -> Value {
    let mut view = json!({
        "MessageId": message.id,
        "ReceiptHandle": handle(queue, message),
        "MD5OfBody": digest::of_text(&message.body),
        "Body": message.body,
    });
    let asked = |name: &str| {
        let names = || input.attribute_names.iter().chain(&input.message_system_attribute_names);
        names().any(|asked| asked == name || asked == "All")
    };
    let known = [
        ("SenderId", sender.to_owned()),
        ("SentTimestamp", message.sent.0.to_string()),
        ("ApproximateReceiveCount", message.receives.to_string()),
        ("ApproximateFirstReceiveTimestamp", message.first_received.unwrap_or(message.sent).0.to_string()),
    ];
    let shown: BTreeMap<&str, String> = known.into_iter().filter(|(name, _)| asked(name)).collect();
    if !shown.is_empty() {
        view["Attributes"] = json!(shown);
    }
    let wanted = |name: &str| {
        input.message_attribute_names.iter().any(|asked| {
            asked == "All" || asked == name || asked.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
        })
    };
    let attributes: BTreeMap<String, Value> = message
        .attributes
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !attributes.is_empty() {
        view["MD5OfMessageAttributes"] = json!(digest::of_attributes(&attributes));
        view["MessageAttributes"] = json!(attributes);
    }
    view
}
