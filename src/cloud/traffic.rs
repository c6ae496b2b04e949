//! How many requests went out and how they ended: counted where they are sent, shown by whoever wants to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts, shared by all clones.
#[derive(Clone, Debug, Default)]
pub struct Traffic(Arc<Mutex<BTreeMap<Request, u64>>>);

/// Requests that are counted together. Every attempt is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// For example `ecs:DescribeServices`.
    pub operation: String,
    /// `200`, AWS's error code, or `timeout` or `unanswered`.
    pub code: String,
    /// Did AWS ask to slow down?
    pub throttled: bool,
}

impl Traffic {
    /// One more.
    pub fn count(&self, request: Request) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(request).or_default() += 1;
    }

    /// All so far.
    pub fn requests(&self) -> BTreeMap<Request, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
