//! One version of a secret: its id, its labels, when it was made. A value is not part of the model.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::id::{Stage, VersionId};
use super::time::Timestamp;

/// A version as Secrets Manager lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretVersion {
    /// Its id.
    pub id: VersionId,
    /// Its labels; without any, Secrets Manager may remove it.
    #[serde(default)]
    pub stages: BTreeSet<Stage>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<Timestamp>,
}
