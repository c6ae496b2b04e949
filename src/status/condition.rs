//! Conditions, in the vocabulary of kstatus and Flux.
//!
//! `Ready` is always there; the others only while they are true.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::moment::Moment;
use super::reason::Reason;

/// One thing that is so, or not, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Which.
    #[serde(rename = "type")]
    pub kind: ConditionType,
    /// Is it so?
    pub status: Truth,
    /// Why, in a word.
    pub reason: Reason,
    /// Why, in a sentence; the root cause first.
    pub message: String,
    /// Since when the status is what it is.
    pub last_transition_time: Moment,
    /// The generation that this is said of.
    pub observed_generation: u64,
}

/// What a condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConditionType {
    /// AWS is as the manifest says, and it works.
    Ready,
    /// Something is under way that ends by itself.
    Reconciling,
    /// Only a person can go on.
    Stalled,
    /// It was changed by hand.
    Drifted,
    /// It is left alone, as its manifest says.
    Suspended,
}

/// Is a condition so?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truth {
    /// Yes.
    True,
    /// No.
    False,
    /// Nobody can say, or not yet.
    Unknown,
}

impl Condition {
    /// What kstatus makes of conditions, in one word.
    pub fn kstatus(conditions: &[Self]) -> &'static str {
        let has = |kind: ConditionType| conditions.iter().any(|condition| condition.kind == kind);
        let ready = conditions.iter().find(|condition| condition.kind == ConditionType::Ready);
        if has(ConditionType::Stalled) {
            "Failed"
        } else if has(ConditionType::Reconciling) || ready.is_none_or(|ready| ready.status != Truth::True) {
            "InProgress"
        } else {
            "Current"
        }
    }
}

impl fmt::Display for ConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::Drifted => "Drifted",
            Self::Suspended => "Suspended",
        })
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        })
    }
}
