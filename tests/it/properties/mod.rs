//! Properties of the pure core: what holds for every input, held against many.

mod canonical;
mod differences;
mod globs;
mod marks;
mod paths;
mod policies;
mod revisions;
mod schemas;
mod trees;
mod worlds;

use proptest::test_runner::Config;

/// So many times the usual number of inputs, which `PROPTEST_CASES` sets. A failure is printed, and kept in no file.
fn times(factor: u32) -> Config {
    let usual = Config::default();
    Config { cases: usual.cases * factor, failure_persistence: None, ..usual }
}
