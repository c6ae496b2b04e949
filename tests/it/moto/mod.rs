//! The production code against moto, a real emulator of AWS by other people, over HTTP. Needs `.venv`, which `make test`
//! installs. What moto does otherwise than AWS stands in `docs/aws-behaviour.md`, section "Where moto differs".

mod chains;
mod changes;
mod cost;
#[cfg(feature = "sandbox")]
mod differential;
mod drift;
mod drift_of_services;
mod events;
mod every_field;
mod exit_codes;
mod from_nothing;
mod front;
mod gaps;
mod hands;
pub(crate) mod http;
pub(crate) mod lab;
mod lost_replies;
mod many;
mod output;
mod ownership;
mod program;
mod prune;
mod roles;
mod rotation;
mod secrets;
mod secrets_policies;
mod secrets_settings;
mod server;
mod shop;
mod silence;
mod sweep;
mod unreadable;
mod values;
mod wire;
