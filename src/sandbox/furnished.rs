//! How far a sandbox is furnished, by whoever furnishes it.
//!
//! A world says whether it is still as it was made: what has been written in
//! it before anyone furnishes it, by whomever and in whatever service, makes it
//! somebody's.
//!
//! Ledger: X9.

use serde::{Deserialize, Serialize};

/// How far a world is furnished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Furnished {
    /// Nobody has written anything in it.
    NotYet,
    /// Somebody furnishes it, or was stopped at it. What others write meanwhile does not end that.
    Begun,
    /// It is in use.
    NoMore,
}

impl Furnished {
    /// A call has changed something: what nobody had furnished by then is furnished no more.
    pub(crate) fn written(&mut self) {
        if *self == Self::NotYet {
            *self = Self::NoMore;
        }
    }
}
