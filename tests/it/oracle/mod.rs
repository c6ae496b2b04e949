//! The oracle: judges an account by AWS's own answers alone. Can what runs, is coming, or may be rolled back to, start?
//!
//! Written from AWS's documents (IAM's evaluation logic, ECS's pages on secrets and execution roles), and knows neither the
//! planner nor the sandbox: a mistake that those share is not shared here. A test below holds that.

mod estate;
pub(crate) mod iam;
mod needs;
mod picture;
mod start;
pub(crate) mod xml;

pub(crate) use estate::Estate;

use std::path::Path;

/// Whoever answers as AWS does.
pub(crate) trait Answers {
    /// The body of an answer to `service:Operation`; an error is its code. The input is JSON, or IAM's form.
    fn answer(&mut self, call: &str, input: &str) -> Result<String, String>;
}

#[test]
fn the_oracle_imports_neither_the_program_nor_any_other_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/oracle");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        // In two halves, so that this file does not name them itself.
        let mut foreign = vec![
            concat!("even", "keel"),
            concat!("cra", "te::"),
            concat!("sup", "er::sup", "er"),
            concat!("aws_", "sdk"),
            concat!("incl", "ude!"),
            concat!("#[pa", "th"),
        ];
        // What is above this file is the test crate.
        foreign.extend(path.ends_with("mod.rs").then_some(concat!("sup", "er")));
        for foreign in foreign {
            let found = code.iter().find(|line| line.contains(foreign));
            assert!(found.is_none(), "{}: {found:?}", path.display());
        }
        read += 1;
    }
    assert!(read >= 6, "the oracle was not read");
}
