//! What is wrong with the manifests that a report is made from. A document of which not even the name can be read is no
//! resource of the report: here alone it is told of.

use serde::{Deserialize, Serialize};

/// More of them nobody reads at once; the others are counted.
const TOLD: usize = 100;

/// The manifests, as far as they have errors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifests {
    /// How many errors they have.
    pub errors: usize,
    /// The first hundred of them, in the order of the files.
    pub findings: Vec<Finding>,
}

/// One error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// `file:line:column`; the file alone where it is about all of it.
    pub at: String,
    /// What is wrong. Never a value.
    pub message: String,
    /// What to do, where that is known.
    pub help: Option<String>,
}

impl Manifests {
    /// All of these are counted, and the first are kept.
    pub fn new(findings: impl IntoIterator<Item = Finding>) -> Self {
        let mut findings = findings.into_iter();
        let told: Vec<Finding> = findings.by_ref().take(TOLD).collect();
        Self { errors: told.len() + findings.count(), findings: told }
    }

    /// How many errors are only counted.
    pub fn untold(&self) -> usize {
        self.errors - self.findings.len().min(self.errors)
    }
}
