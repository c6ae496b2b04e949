//! A message, and the handles on it.
//!
//! Ledger: O2, O121.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Queue;
use crate::sandbox::clock::Millis;

/// A message of a queue.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// UUID.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// Message attributes, as they stand on the wire.
    pub attributes: BTreeMap<String, Value>,
    /// When it was sent.
    pub sent: Millis,
    /// When it was first received.
    pub first_received: Option<Millis>,
    /// How often it was received.
    pub receives: u32,
    /// From when on it can be received.
    pub visible: Millis,
}

/// A handle names the queue, the message, and which of its receipts it is of: an older one has no power any more.
pub(super) fn handle(queue: &Queue, message: &Message) -> String {
    aws_smithy_types::base64::encode(format!("{} {} {}", queue.arn, message.id, message.receives))
}

/// Id and receipt of a handle of that queue.
pub(super) fn read_handle(queue: &Queue, handle: &str) -> Option<(String, u32)> {
    let text = String::from_utf8(aws_smithy_types::base64::decode(handle).ok()?).ok()?;
    let (id, receipt) = text.strip_prefix(&queue.arn)?.strip_prefix(' ')?.split_once(' ')?;
    Some((id.to_owned(), receipt.parse().ok()?))
}

/// The place of the message of a handle, while that is the newest one.
pub(super) fn held(queue: &Queue, (id, receipt): &(String, u32)) -> Option<u64> {
    let mut all = queue.messages.iter();
    all.find(|(_, message)| message.id == *id && message.receives == *receipt).map(|(number, _)| *number)
}
