//! Properties of the pure core: what holds for every input, held against many.

mod canonical;
mod differences;
mod globs;
mod marks;
mod nulls;
mod paths;
mod policies;
mod revisions;
mod schemas;
mod secret_mistakes;
mod secret_settings;
pub(crate) mod trees;
mod worlds;

use proptest::test_runner::{Config, RngSeed};

/// So many times the usual number of inputs, which `PROPTEST_CASES` sets: the same ones in every run, so that a run says
/// something of what changed. With `EVENKEEL_PROVE` they are others each time. A failure is printed, and kept in no file.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so in the environment")]
pub(crate) fn times(factor: u32) -> Config {
    let usual = Config::default();
    let rng_seed = if std::env::var_os("EVENKEEL_PROVE").is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
    Config { cases: usual.cases * factor, failure_persistence: None, rng_seed, ..usual }
}
