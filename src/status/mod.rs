//! What became of the manifests' resources: conditions, history, what is in force and why. Pure: it is told what was seen,
//! and when.
//!
//! [`report`] is served by the daemon and shown by `get`, `tree` and `explain`; its JSON stands in `docs/spec/Status.md`.
//! [`rollout`] follows one rollout from look to look.

pub mod condition;
pub mod detail;
pub mod history;
pub mod manifests;
pub mod moment;
pub mod reason;
pub mod report;
pub mod rollout;

mod content;
pub mod detail_role;
pub mod detail_secret;
pub mod detail_service;
pub mod detail_task_definition;
mod needs;
mod rollout_state;
pub mod unwanted;
mod verdict;
mod words;
