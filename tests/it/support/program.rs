//! `evenkeel` as a process of its own.

use std::process::{Command, Stdio};

#[cfg(feature = "sandbox")]
pub(crate) use logged::{Program, signal};

/// The program with these arguments, an empty environment and nothing to read.
pub(crate) fn evenkeel(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

/// One that goes on until it is told to end: those work on the sandbox.
#[cfg(feature = "sandbox")]
mod logged;
