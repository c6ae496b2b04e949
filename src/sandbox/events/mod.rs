//! EventBridge: the default bus, its rules, and delivery to queues.
//!
//! Other services of the sandbox tell their events here ([`emit`]). Not here:
//! other buses, schedules, targets that are no queue (kept, and noted when
//! something should go there), input transformers, archives, retries. What is
//! late, comes twice or gets lost is the world's to say: [`Delivery`].
//!
//! Ledger: B5.

mod deliver;
mod fault;
mod pattern;
mod put_events;
mod rules;
mod targets;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dispatch::{Operation, reads, writes};
use super::random::Random;
use super::tags::Tags;

pub(crate) use deliver::{Told, deliver, emit};

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("DeleteRule", rules::delete_rule),
    reads("DescribeRule", rules::describe_rule),
    reads("ListRules", rules::list_rules),
    reads("ListTargetsByRule", targets::list_targets_by_rule),
    writes("PutEvents", put_events::put_events),
    writes("PutRule", rules::put_rule),
    writes("PutTargets", targets::put_targets),
    writes("RemoveTargets", targets::remove_targets),
    reads("TestEventPattern", put_events::test_event_pattern),
];

/// EventBridge in the Region.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Events {
    /// How events come to their targets.
    pub delivery: Delivery,
    rules: BTreeMap<String, EventRule>,
    /// On their way, by number.
    under_way: BTreeMap<u64, UnderWay>,
    sent: u64,
    /// A source of its own, so that an event changes no other name.
    random: Random,
}

/// What becomes of events on their way. Chances are per thousand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// How long an event takes at least.
    pub delay: Duration,
    /// By how much some take longer; with it they overtake each other.
    pub jitter: Duration,
    /// How many come twice.
    pub duplicated: u32,
    /// How many never come.
    pub lost: u32,
}

/// A rule of the default bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRule {
    /// ARN.
    pub arn: String,
    /// The pattern, as it was given.
    pub pattern: String,
    /// Free text.
    pub description: Option<String>,
    /// Whether it is looked at.
    pub enabled: bool,
    /// Targets, by id.
    pub targets: BTreeMap<String, EventTarget>,
    /// Tags.
    pub tags: Tags,
}

/// Where a rule sends events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventTarget {
    /// ARN.
    pub arn: String,
    /// Everything else that was given, as it is shown.
    pub settings: BTreeMap<String, Value>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnderWay {
    rule: String,
    target: String,
    body: String,
}

impl Default for Delivery {
    /// Half a second, once, always.
    fn default() -> Self {
        Self { delay: Duration::from_millis(500), jitter: Duration::ZERO, duplicated: 0, lost: 0 }
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::seeded(0)
    }
}

impl Events {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self {
            delivery: Delivery::default(),
            rules: BTreeMap::new(),
            under_way: BTreeMap::new(),
            sent: 0,
            random: Random::seeded(seed.rotate_left(16) ^ 0x45_76_65_6e_74),
        }
    }

    /// Does anybody listen?
    pub(crate) fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }

    /// The rules, by name.
    pub fn rules(&self) -> &BTreeMap<String, EventRule> {
        &self.rules
    }
}
