//! Every error that the API documents of an operation of Secrets Manager, met once: `tests/sandbox/secret-errors.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::raw::Raw;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Errors {
    /// Why some of them are never met, by error.
    never: BTreeMap<String, Never>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Never {
    of: BTreeSet<String>,
    because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "in")]
    operation: String,
    is: String,
    /// What is asked.
    input: Value,
    /// What went before: calls, with their input.
    #[serde(default)]
    after: Vec<(String, Value)>,
    /// The most secrets that the account may have.
    #[serde(default)]
    secrets: Option<usize>,
    /// What the text of the refusal says.
    says: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read() -> Errors {
    let text = std::fs::read_to_string(root().join("tests/sandbox/secret-errors.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn each_documented_error_is_met_as_the_table_says() {
    for Case { operation, is, input, after, secrets, says } in read().cases {
        let mut raw = Raw::new();
        raw.world.quotas.secrets = secrets.unwrap_or(raw.world.quotas.secrets);
        let mut key = None;
        let filled = |input: &Value, key: &Option<String>| -> Value {
            serde_json::from_str(&input.to_string().replace("<key>", key.as_deref().unwrap_or_default())).unwrap()
        };
        for (call, input) in &after {
            let answer = raw.ask(call, &filled(input, &key));
            key = answer["KeyMetadata"]["Arn"].as_str().map(str::to_owned).or(key);
        }
        let before = serde_json::to_value(&raw.world.secrets).unwrap();
        let (status, answer) = raw.send(&format!("secretsmanager:{operation}"), &filled(&input, &key).to_string());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let name = format!("{is} of {operation}: {answer}");
        assert_eq!((status, answer["__type"].as_str()), (400, Some(is.as_str())), "{name}");
        assert!(answer["message"].as_str().unwrap().contains(&says), "{name}");
        assert_eq!(serde_json::to_value(&raw.world.secrets).unwrap(), before, "{name}: it changed something");
    }
}

#[test]
fn the_table_holds_each_error_that_the_api_documents_of_its_operations() {
    let Errors { never, cases } = read();
    let model = std::fs::read_to_string(root().join("src/sandbox/api/secretsmanager.json")).unwrap();
    let model: Value = serde_json::from_str(&model).unwrap();
    let operations: BTreeSet<&str> = cases.iter().map(|case| case.operation.as_str()).collect();
    assert!(
        ["CreateSecret", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"]
            .iter()
            .all(|it| operations.contains(it))
    );
    let documented: BTreeSet<(&str, &str)> = operations
        .iter()
        .flat_map(|operation| {
            model["errors"][*operation].as_object().unwrap().keys().map(|error| (*operation, error.as_str()))
        })
        .collect();
    let met = cases.iter().map(|case| (case.operation.as_str(), case.is.as_str()));
    let mut held: Vec<(&str, &str)> = met.collect();
    for (error, Never { of, because }) in &never {
        assert!(because.len() > 20, "{error}: say why");
        held.extend(of.iter().map(|operation| (operation.as_str(), error.as_str())));
    }
    let once: BTreeSet<(&str, &str)> = held.iter().copied().collect();
    assert_eq!(once, documented);
    assert_eq!(once.len(), held.len(), "each once");
}
