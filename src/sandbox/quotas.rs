//! How much an account may have: AWS's default quotas, which accounts can have raised.
//!
//! What no account can change (sizes, 10 containers, 50 tags) stands where it is checked.
//!
//! Ledger: W60.

use serde::{Deserialize, Serialize};

/// The quotas of an account in its Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Quotas {
    /// Secrets.
    pub secrets: usize,
    /// Roles of the account.
    pub roles: usize,
    /// Managed policies that the account made itself.
    pub managed_policies: usize,
    /// Managed policies attached to one role.
    pub managed_policies_per_role: usize,
    /// Clusters.
    pub clusters: usize,
    /// Services of one cluster that are not INACTIVE.
    pub services_per_cluster: usize,
    /// Revisions of one family that were ever registered.
    pub revisions_per_family: u32,
}

/// Facts 2.2, 3.1, 4.3 and 4.5.
impl Default for Quotas {
    fn default() -> Self {
        Self {
            secrets: 500_000,
            roles: 1_000,
            managed_policies: 1_500,
            managed_policies_per_role: 10,
            clusters: 10_000,
            services_per_cluster: 5_000,
            revisions_per_family: 1_000_000,
        }
    }
}
