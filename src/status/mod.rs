//! What became of the manifests' resources: rollouts under way, how they ended, and why. Pure: it is told what was seen,
//! and when.

pub mod cause;
pub mod rollout;
