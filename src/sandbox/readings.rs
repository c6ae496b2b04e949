//! What no source settles, and where it matters which way it is: the other
//! reading of a row that the ledger marks UNCONFIRMED.
//!
//! Ledger: V3, V4, V5, S11, K4, T2, W9.

use serde::{Deserialize, Serialize};

/// Switches; off is the reading of the ledger's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "one switch a row of the ledger, each for itself")]
pub struct Readings {
    /// [V3] `UpdateService` with the task definition in force starts a deployment.
    pub unchanged_task_definition_deploys: bool,
    /// [V4] The other members that start a deployment do so only with another value.
    pub only_another_value_deploys: bool,
    /// [V5] `deploymentConfiguration` is replaced as a whole, not merged.
    pub deployment_configuration_is_replaced: bool,
    /// [S11] Another key of a secret makes a version.
    pub another_key_makes_a_version: bool,
    /// [K4] A partial ARN of a secret is judged as the ARN that it stands for.
    pub partial_arns_are_resolved: bool,
    /// [T2] An INACTIVE revision is described only while a service uses it.
    pub inactive_revisions_are_forgotten: bool,
}
