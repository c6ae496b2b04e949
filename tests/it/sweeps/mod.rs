//! Sweeps: for a table of scenarios, every prefix of every plan is safe, and a crash before or after any call, or the lost
//! reply of any call, ends in the world of the undisturbed run. The judge is the oracle.
//!
//! A scenario is prepared once; every point starts from a copy of the world, not from nothing.

mod judge;
mod points;
mod prefixes;
mod recorder;
pub(crate) mod scenarios;

use std::io::Write as _;

pub(crate) use points::{Course, Disturbed};

/// Is the long run asked for?
#[expect(clippy::disallowed_methods, reason = "the long run is asked for by a variable")]
pub(crate) fn proving() -> bool {
    std::env::var_os("EVENKEEL_PROVE").is_some()
}

/// A line that is shown also where the output of tests is kept back.
pub(crate) fn tell(line: &str) {
    // Nobody's test depends on it.
    let _shown = writeln!(std::io::stderr(), "{line}");
}
