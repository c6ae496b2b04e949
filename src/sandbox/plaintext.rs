//! The one type that holds a secret value.
//!
//! It has no `Debug` and no `Display`. `Serialize` is there for the state
//! file alone, which is the one place where the sandbox keeps values.

use serde::{Deserialize, Serialize};

/// A secret value, as it stands on the wire.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Plaintext {
    /// A text value.
    Text(String),
    /// A binary value, still in base64.
    Binary(String),
}

impl Plaintext {
    /// How many bytes the value has; a base64 text is counted decoded.
    pub(crate) fn byte_count(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(base64) => base64.trim_end_matches('=').len() * 3 / 4,
        }
    }

    /// The text, which only a text value has.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }
}
