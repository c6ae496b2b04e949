//! The sandbox, driven by the real SDK clients on a paused clock.

mod callers;
mod chaos;
mod databases;
mod evaluation;
mod failures;
mod health;
mod iam_roles;
mod keys_and_parameters;
mod queues;
mod raw;
mod readings;
mod rollouts;
mod secret_lists;
mod secret_versions;
mod secrets;
mod secrets_policies;
mod secrets_replicas;
mod secrets_rotation;
mod services;
mod startup;
mod state_file;
mod story;
pub(crate) mod support;
mod tagged;
mod task_definitions;
mod time_and_chance;
mod wire;
