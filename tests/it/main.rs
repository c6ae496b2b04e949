//! One binary for all integration tests, so that the SDK is linked once.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod canonical_forms;
mod cases;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod cli;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod client;
mod configs;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod coverage;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod daemon;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod deploy;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod docs;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod drill;
mod files;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod follow;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod follow_rounds;
mod generated;
#[cfg(feature = "aws")]
mod generated_chains;
#[cfg(feature = "aws")]
mod generated_manifests;
mod golden;
mod grants;
mod guides;
mod hosts;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod imports;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod laws;
mod layering;
mod ledger;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod mistakes;
#[cfg(feature = "aws")]
mod moto;
mod operations;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod oracle;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod permissions;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod preflight;
mod properties;
mod render;
#[cfg(feature = "aws")]
mod role_scenes;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod roles;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod rollouts;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod sandbox;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod secrets_managed;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod socket;
#[cfg(feature = "aws")]
mod source;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod spec_pages;
mod status;
mod support;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod sweeps;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod values;
