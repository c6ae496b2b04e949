//! A queue: its attributes, and which of its messages can be had.
//!
//! Ledger: O3, O4.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message::Message;
use crate::sandbox::clock::Millis;
use crate::sandbox::tags::Tags;

/// A standard queue.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// ARN.
    pub arn: String,
    /// The attributes that can be set, as they are answered; those that were never set have AWS's defaults.
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    pub tags: Tags,
    /// When it was created.
    pub created: Millis,
    /// When an attribute was last set.
    pub modified: Millis,
    /// In the order in which they came.
    pub(super) messages: BTreeMap<u64, Message>,
    pub(super) next: u64,
}

impl Queue {
    /// The messages, oldest first, those in flight too.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// An attribute that holds a number.
    pub(super) fn number(&self, name: &str) -> u64 {
        self.attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// How long a message waits that does not say so itself.
    pub(crate) fn delay(&self) -> Duration {
        self.seconds("DelaySeconds")
    }

    /// The same, in seconds.
    pub(super) fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.number(name))
    }

    /// Puts a message in; it can be had after `delay`.
    pub(crate) fn push(
        &mut self,
        id: String,
        body: String,
        attributes: BTreeMap<String, Value>,
        now: Millis,
        delay: Duration,
    ) {
        let message =
            Message { id, body, attributes, sent: now, first_received: None, receives: 0, visible: now + delay };
        self.messages.insert(self.next, message);
        self.next += 1;
    }

    /// What is older than the retention period is gone.
    pub(super) fn forget_old(&mut self, now: Millis) {
        let kept = self.seconds("MessageRetentionPeriod");
        self.messages.retain(|_, message| message.sent + kept > now);
    }

    /// Where messages go that were received too often, and what is too often.
    pub(super) fn redrive(&self) -> Option<(String, u32)> {
        let policy: Value = serde_json::from_str(self.attributes.get("RedrivePolicy")?).ok()?;
        let most = match &policy["maxReceiveCount"] {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        };
        Some((policy["deadLetterTargetArn"].as_str()?.to_owned(), most?))
    }
}
