//! evenkeel keeps Amazon ECS on an even keel: secrets, execution roles, task definitions and services as manifests say.
//!
//! The tree is a grid. Rows are phases: [`manifest`] reads what should be, `aws` observes what is, [`plan`] decides,
//! [`execute`] acts, [`follow`] watches what ECS makes of it, [`render`] shows. Columns are resources: `secret`, `role`, `task_definition`, `service` stand in
//! every row. [`model`] holds the nouns that all of them share. Who may import whom is written in
//! `docs/architecture.md` and held by a test.
//!
//! Everything up to [`render`] is pure: no clock, no environment, no logging, no async, no randomness.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "aws")]
pub mod cli;
pub mod cloud;
#[cfg(feature = "aws")]
pub mod daemon;
pub mod execute;
pub mod follow;
pub mod manifest;
pub mod model;
pub mod plan;
pub mod preflight;
pub mod render;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod status;
pub mod survey;
#[cfg(feature = "aws")]
pub mod values;
