//! `SendMessage`.
//!
//! Ledger: O4, O129, W13.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{digest, fault};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    queue_url: String,
    message_body: String,
    delay_seconds: Option<u64>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Value>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

const MOST_DELAY: u64 = 900;
const DATA_TYPES: [&str; 3] = ["String", "Number", "Binary"];

pub(super) fn send_message(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    if input.message_group_id.or(input.message_deduplication_id).is_some() {
        return Err(fault::unsupported("FIFO queues and fair queues"));
    }
    if input.message_body.is_empty() {
        return Err(fault::invalid_parameter("The request must contain the parameter MessageBody."));
    }
    if !input.message_body.chars().all(is_of_xml) {
        return Err(fault::invalid_contents());
    }
    for (name, attribute) in &input.message_attributes {
        let kind = attribute.get("DataType").and_then(Value::as_str).unwrap_or_default();
        // Behind a dot anything may stand.
        if !DATA_TYPES.contains(&kind.split('.').next().unwrap_or_default()) {
            return Err(fault::invalid_parameter(format!(
                "The type of message (user) attribute '{name}' is invalid. You must use only the following supported \
                 type prefixes: Binary, Number, String."
            )));
        }
    }
    if input.delay_seconds.is_some_and(|seconds| seconds > MOST_DELAY) {
        return Err(fault::invalid_parameter(format!(
            "Value for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= {MOST_DELAY}."
        )));
    }
    let (place, now, id) = (world.place().clone(), world.now(), world.random().uuid());
    let queue = world.sqs.find(&place, &input.queue_url)?;
    let most = queue.number("MaximumMessageSize");
    let size = input.message_body.len() as u64
        + input
            .message_attributes
            .iter()
            .map(|(name, value)| (name.len() + value.to_string().len()) as u64)
            .sum::<u64>();
    if size > most {
        return Err(fault::invalid_parameter(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        )));
    }
    let delay = input.delay_seconds.map_or_else(|| queue.seconds("DelaySeconds"), Duration::from_secs);
    let mut output = json!({"MessageId": id, "MD5OfMessageBody": digest::of_text(&input.message_body)});
    if !input.message_attributes.is_empty() {
        output["MD5OfMessageAttributes"] = json!(digest::of_attributes(&input.message_attributes));
    }
    queue.push(id, input.message_body, input.message_attributes, now, delay);
    Ok(output)
}

/// The characters that XML allows.
fn is_of_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
