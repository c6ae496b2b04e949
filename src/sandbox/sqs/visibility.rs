//! `ChangeMessageVisibility`.
//!
//! Ledger: O2.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::message::{held, read_handle};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: u64,
}

/// From now on, not on top of what is left.
pub(super) fn change_message_visibility(world: &mut World, input: &Value) -> Outcome {
    let Input { queue_url, receipt_handle, visibility_timeout } = parse(input)?;
    if visibility_timeout > 43_200 {
        return Err(fault::invalid_parameter(
            "Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.",
        ));
    }
    let (place, now) = (world.place().clone(), world.now());
    let queue = world.sqs.find(&place, &queue_url)?;
    let receipt = read_handle(queue, &receipt_handle).ok_or_else(fault::bad_receipt)?;
    let number = held(queue, &receipt).ok_or_else(fault::not_in_flight)?;
    let message = queue.messages.get_mut(&number).filter(|message| message.visible > now);
    message.ok_or_else(fault::not_in_flight)?.visible = now + Duration::from_secs(visibility_timeout);
    Ok(json!({}))
}
