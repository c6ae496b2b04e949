//! The published schemas beside `check`: they refuse every mistake that they can know, and nothing that is right.

use std::collections::BTreeMap;

use evenkeel::manifest::published;
use evenkeel::model::id::Kind;
use serde_json::Value;

use super::{all, folder, listed};

#[test]
fn a_schema_refuses_exactly_the_mistakes_that_say_so() {
    let schemas = schemas();
    let mut wrong = Vec::new();
    for mistake in all() {
        let refused = refusals(&schemas, &mistake.text);
        let as_it_says = refused.as_ref().map_or(!mistake.schema, |said| said.is_empty() != mistake.schema);
        if !as_it_says {
            wrong.push(format!("{}: says {}, and the schema: {refused:?}", mistake.name, mistake.schema));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_schema_accepts_everything_that_check_finds_right() {
    let schemas = schemas();
    for file in listed(&folder().join("good")) {
        let said = refusals(&schemas, &std::fs::read_to_string(&file).unwrap());
        assert_eq!(said, Some(Vec::new()), "{}", file.display());
    }
}

#[test]
fn a_fair_part_of_the_mistakes_is_known_to_the_schemas() {
    let (known, other): (Vec<_>, Vec<_>) = all().into_iter().partition(|mistake| mistake.schema);
    assert!(known.len() >= 180, "{} of {}", known.len(), known.len() + other.len());
}

#[test]
fn every_pattern_says_in_words_what_it_takes() {
    let mut silent = Vec::new();
    let config = std::iter::once(("Config".to_owned(), published::config_schema()));
    for (name, schema) in
        Kind::ALL.into_iter().map(|kind| (kind.to_string(), published::json_schema(kind))).chain(config)
    {
        patterns_without_words(&schema, &name, &mut silent);
    }
    assert!(silent.is_empty(), "people would be shown a regular expression: {silent:#?}");
}

/// But for patterns that are nothing but words, such as `^(a|b)$`, which are listed.
fn patterns_without_words(node: &Value, place: &str, silent: &mut Vec<String>) {
    if let Some(pattern) = node.get("pattern").and_then(Value::as_str) {
        let are_words = pattern.chars().all(|c| c.is_ascii_alphanumeric() || "^()|_$".contains(c));
        if node.get("patternErrorMessage").is_none() && !are_words {
            silent.push(format!("{place}: {pattern}"));
        }
    }
    let members = node.as_object().into_iter().flatten().map(|(name, inner)| (name.clone(), inner));
    let elements = node.as_array().into_iter().flatten().enumerate().map(|(index, inner)| (index.to_string(), inner));
    for (name, inner) in members.chain(elements) {
        patterns_without_words(inner, &format!("{place}/{name}"), silent);
    }
}

fn schemas() -> BTreeMap<Kind, jsonschema::Validator> {
    let validator = |kind| jsonschema::draft202012::new(&published::json_schema(kind)).unwrap();
    Kind::ALL.into_iter().map(|kind| (kind, validator(kind))).collect()
}

/// What the schemas say of the documents of a text; `None` where it is no YAML, or has documents of no known kind.
fn refusals(schemas: &BTreeMap<Kind, jsonschema::Validator>, text: &str) -> Option<Vec<String>> {
    let mut said = Vec::new();
    for document in documents(text)? {
        let kind = document.get("kind").and_then(Value::as_str).and_then(Kind::parse)?;
        let foreign = document["apiVersion"].as_str().is_some_and(|version| !version.starts_with("evenkeel.dev/"));
        if foreign {
            return None;
        }
        said.extend(schemas[&kind].iter_errors(&document).map(|error| format!("{error} at {}", error.instance_path())));
    }
    Some(said)
}

fn documents(text: &str) -> Option<Vec<Value>> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).ok()?;
    Some(documents.into_iter().filter(|document| !document.is_null()).collect())
}
