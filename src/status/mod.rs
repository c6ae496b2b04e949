//! What became of the manifests' resources: rollouts under way and how they ended. Pure: it is told what was seen,
//! and when.

pub mod rollout;
