//! What is deployed: policies that allow what evenkeel does, and nothing of what it must not.

mod container;
mod forbidden;
mod module;
mod own;
mod policies;
mod preflight;
mod stack;
mod tutorial;
mod workflows;

pub(crate) use policies::filled;
