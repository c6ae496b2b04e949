//! Configurations, right and wrong ones, beside what `check` and the published schema make of each.

use std::path::Path;

use evenkeel::manifest::config::ConfigSpec;
use evenkeel::manifest::{SourceFile, published};
use serde::Deserialize;
use serde_json::Value;

const HEAD: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: prod\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    config: String,
    /// What is wrong with it.
    says: Option<String>,
    /// How much else is found.
    #[serde(default)]
    beside: usize,
    /// `takes` where a schema cannot know that; `refuses` where it knows what only the daemon says.
    schema: Option<String>,
}

fn cases() -> Vec<Case> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/cases.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn check_finds_what_is_wrong_with_a_configuration_and_nothing_else() {
    let mut wrong = Vec::new();
    for Case { config, says, beside, schema: _ } in cases() {
        let read = ConfigSpec::read(&SourceFile { name: "evenkeel.yaml".into(), text: format!("{HEAD}{config}\n") });
        let found: Vec<String> = read.err().into_iter().flatten().map(|found| found.message).collect();
        let as_agreed_on = match &says {
            None => found.is_empty(),
            Some(words) => found.len() == 1 + beside && found.iter().any(|found| found.contains(words)),
        };
        if !as_agreed_on {
            wrong.push(format!("{config}: {says:?}, and it says {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_schema_of_the_configuration_refuses_what_check_refuses_and_nothing_else() {
    let schema = jsonschema::draft202012::new(&published::config_schema()).unwrap();
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for Case { config, says, beside: _, schema: knows } in cases() {
        let document: Value = serde_saphyr::from_str(&format!("{HEAD}{config}\n")).unwrap();
        let said: Vec<String> =
            schema.iter_errors(&document).map(|error| format!("{error} at {}", error.instance_path())).collect();
        let expected = match knows.as_deref() {
            Some(word @ ("takes" | "refuses")) => word == "refuses",
            Some(word) => panic!("{word}"),
            None => says.is_some(),
        };
        refused += usize::from(expected);
        if said.is_empty() == expected {
            wrong.push(format!("{config}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused > 20, "{refused}");
}
