//! An operation is a behaviour: what it does stands in a row, and a test that the row names makes the call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use evenkeel::sandbox::{Service, World};

use super::{function_of, root, rows};
use crate::files::below;

/// What every test of the sandbox may call.
const HELPERS: [&str; 2] = ["tests/it/sandbox/support.rs", "tests/it/sandbox/raw.rs"];

/// Bodies of functions by their names.
type Functions = BTreeMap<String, String>;

#[test]
fn every_operation_of_the_sandbox_is_named_by_a_row_of_its_service_whose_test_calls_it() {
    let rows = rows();
    let tests = Tests::read();
    let mut silent = Vec::new();
    for service in Service::ALL {
        let sections: &[&str] = match service {
            Service::SecretsManager => &["Secrets Manager"],
            Service::Iam | Service::Sts => &["IAM"],
            Service::Ecs => &["ECS: task definitions", "ECS: services and rollouts", "ECS: tasks"],
            Service::Events => &["Events"],
            Service::Kms
            | Service::Sqs
            | Service::Tagging
            | Service::Ssm
            | Service::Logs
            | Service::Ec2
            | Service::Ecr => &["Services around"],
        };
        let about: Vec<_> = rows.iter().filter(|row| sections.contains(&row.section.as_str())).collect();
        for operation in World::offers(service) {
            let mut naming = about.iter().filter(|row| words(&row.fact).contains(operation)).peekable();
            let name = format!("{}:{operation}", service.signing_name());
            if naming.peek().is_none() {
                silent.push(format!("{name}: no row of its service says so"));
            } else if !naming.any(|row| row.tests.iter().any(|test| tests.calls(test, operation))) {
                silent.push(format!("{name}: no test of a row that names it calls it"));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

/// The texts of all tests.
struct Tests {
    /// By the file's name; a `mod.rs` has its folder's.
    modules: BTreeMap<String, Functions>,
    helpers: Functions,
}

impl Tests {
    fn read() -> Self {
        let mut modules: BTreeMap<String, Functions> = BTreeMap::new();
        for path in below(&root().join("tests/it"), "rs") {
            let of = if path.ends_with("mod.rs") { path.parent().unwrap().to_owned() } else { path.clone() };
            let name = of.file_stem().unwrap().to_string_lossy().into_owned();
            modules.entry(name).or_default().extend(functions(&path));
        }
        let helpers = HELPERS.iter().flat_map(|path| functions(&root().join(path))).collect();
        Self { modules, helpers }
    }

    /// Is the operation in the text of the test, or of what it calls of its module and of the helpers?
    fn calls(&self, test: &str, operation: &str) -> bool {
        let test = test.trim_matches(['`', '(', ')', ',']);
        let Some((module, name)) = test.rsplit_once("::") else {
            let paths: [PathBuf; 2] = ["tests/it", "tests/it/sandbox"].map(|folder| root().join(folder).join(test));
            let mut texts = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok());
            return texts.any(|text| says(&text, operation));
        };
        let module = module.rsplit("::").next().unwrap_or(module).to_lowercase();
        let Some(own) = self.modules.get(&module) else { return false };
        let mut open: Vec<&String> =
            own.iter().filter(|(own, _)| name == "*" || *own == name).map(|(_, text)| text).collect();
        let mut seen = BTreeSet::new();
        while let Some(text) = open.pop() {
            if says(text, operation) {
                return true;
            }
            let called = words(text);
            let near = own.iter().chain(&self.helpers).filter(|(function, _)| called.contains(function.as_str()));
            open.extend(near.filter(|(function, _)| seen.insert(*function)).map(|(_, text)| text));
        }
        false
    }
}

/// In AWS's spelling, or in that of the SDK.
fn says(text: &str, operation: &str) -> bool {
    let mut snake = String::new();
    for letter in operation.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    let words = words(text);
    words.contains(operation) || words.contains(snake.as_str())
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect()
}

/// The functions of a file; each ends with a brace as far to the right as it begins.
fn functions(path: &Path) -> Functions {
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Functions::new();
    for (first, line) in lines.iter().enumerate() {
        let Some(name) = function_of(line.trim_start()) else { continue };
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let is_whole = line.ends_with('}');
        let rest = lines[first..].iter().position(|line| *line == end).filter(|_| !is_whole).unwrap_or(0);
        found.entry(name.to_owned()).or_default().push_str(&lines[first..=first + rest].join("\n"));
    }
    found
}
