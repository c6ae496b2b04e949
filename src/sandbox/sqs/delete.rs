//! `DeleteMessage` and `DeleteMessageBatch`.
//!
//! Ledger: O2.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::message::{held, read_handle};
use super::{Queue, fault};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    receipt_handle: String,
}

const MOST_ENTRIES: usize = 10;

pub(super) fn delete_message(world: &mut World, input: &Value) -> Outcome {
    let Input { queue_url, receipt_handle } = parse(input)?;
    let place = world.place().clone();
    delete(world.sqs.find(&place, &queue_url)?, &receipt_handle)?;
    Ok(json!({}))
}

pub(super) fn delete_message_batch(world: &mut World, input: &Value) -> Outcome {
    let Batch { queue_url, entries } = parse(input)?;
    let refused = |code: &'static str, query: &'static str, message: &str| {
        Err(AwsError::new(code, message).with_query_code(query))
    };
    if entries.is_empty() {
        let message = "There should be at least one DeleteMessageBatchRequestEntry in the request.";
        return refused("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", message);
    }
    if entries.len() > MOST_ENTRIES {
        let message =
            format!("Maximum number of entries per request are {MOST_ENTRIES}. You have sent {}.", entries.len());
        return refused(
            "TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            &message,
        );
    }
    let ids: BTreeSet<&String> = entries.iter().map(|entry| &entry.id).collect();
    if ids.len() < entries.len() {
        let message = "Two or more batch entries in the request have the same Id.";
        return refused("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", message);
    }
    let place = world.place().clone();
    let queue = world.sqs.find(&place, &queue_url)?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for Entry { id, receipt_handle } in entries {
        match delete(queue, &receipt_handle) {
            Ok(()) => done.push(json!({"Id": id})),
            Err(error) => {
                failed.push(json!({"Id": id, "SenderFault": true, "Code": error.code, "Message": error.message}));
            }
        }
    }
    Ok(json!({"Successful": done, "Failed": failed}))
}

/// An older receipt deletes nothing, and is no error (BC:sqs DeleteMessage).
fn delete(queue: &mut Queue, handle: &str) -> Result<(), AwsError> {
    let receipt = read_handle(queue, handle).ok_or_else(fault::bad_receipt)?;
    if let Some(number) = held(queue, &receipt) {
        queue.messages.remove(&number);
    }
    Ok(())
}
