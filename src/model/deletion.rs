//! What becomes of a secret that no manifest names any more.
//!
//! It stands on the secret itself, as a tag: when it is asked for, its manifest is gone.

use serde::{Deserialize, Serialize};

use super::tags::Tags;

/// Present on secrets that may be scheduled for deletion; absent where the secret is to stay.
pub const DELETION: &str = "evenkeel.dev/deletion";

/// What pruning does with a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeletionPolicy {
    /// Nothing: it stays.
    #[default]
    Retain,
    /// It is deleted once the window is over; until then the deletion can be taken back.
    ScheduleDeletion {
        /// The window in days, 7 to 30.
        days: u8,
    },
}

/// The shortest and the longest window: API reference, DeleteSecret.
const WINDOW: std::ops::RangeInclusive<u8> = 7..=30;

impl DeletionPolicy {
    /// As Secrets Manager has it where nothing is said.
    pub const USUAL_WINDOW: u8 = 30;

    /// The tag's value; `None` where there is none.
    pub fn tag(self) -> Option<String> {
        match self {
            Self::Retain => None,
            Self::ScheduleDeletion { days } => Some(format!("ScheduleDeletion:{days}")),
        }
    }

    /// From a secret's tags. What cannot be read is no leave to delete.
    pub fn read(tags: &Tags) -> Self {
        let days = tags.get(DELETION).and_then(|value| value.strip_prefix("ScheduleDeletion:"));
        match days.and_then(|days| days.parse().ok()).filter(|days| WINDOW.contains(days)) {
            Some(days) => Self::ScheduleDeletion { days },
            None => Self::Retain,
        }
    }
}
