//! Resource Groups Tagging: which resources of the world carry which tags.
//!
//! As on AWS not IAM's. A resource that never had a tag is not shown; one that
//! had some once is, without any. Not here: tag policies and compliance.
//!
//! Ledger: O12.

mod filter;
mod get_resources;
mod inventory;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::dispatch::{Operation, reads};

pub(crate) use inventory::untagged;

pub(crate) const OPERATIONS: &[Operation] = &[reads("GetResources", get_resources::get_resources)];

/// What Resource Groups Tagging remembers by itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tagging {
    /// ARNs of what once lost a tag.
    once_tagged: BTreeSet<String>,
}
