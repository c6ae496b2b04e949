//! An example of each field: of ECS's, a sample by which its member is covered; of evenkeel's own, one of `examples.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use evenkeel::manifest::schema;
use evenkeel::model::id::Kind;
use serde_json::Value;

use super::pages;
use crate::coverage::table::members;

/// By page and path.
static OWN: LazyLock<BTreeMap<String, BTreeMap<String, Value>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap());

/// The example of a field; one of a reference to a secret serves wherever such a reference can stand.
pub(super) fn of(page: &str, path: &str) -> Option<Value> {
    let operations: &[&str] = match page {
        "TaskDefinition" => &["RegisterTaskDefinition"],
        "Service" => &["CreateService", "UpdateService"],
        _ => &[],
    };
    let mut known = operations.iter().flat_map(|operation| members(operation)).filter(|member| !member.left_out);
    let own = &OWN[page];
    let own = own.get(path).or_else(|| own.get(&path[path.find("secretRef")?..]));
    own.cloned().or_else(|| known.find(|member| member.path == path)?.samples().into_iter().next())
}

/// As a manifest would write it, on one line.
pub(super) fn written(example: &Value) -> String {
    match example {
        Value::String(text) if reads_as(text, example) => text.clone(),
        other => flow(other),
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{}: {}", key(name), flow(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => key(text),
        other => other.to_string(),
    }
}

/// A text inside brackets, in quotes where it needs them.
fn key(text: &str) -> String {
    // What begins with a digit may be a number or a day to other parsers.
    let plain = !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c));
    let value = Value::from(text);
    if plain && reads_as(text, &value) { text.to_owned() } else { value.to_string() }
}

fn reads_as(text: &str, value: &Value) -> bool {
    serde_saphyr::from_str::<Value>(text).is_ok_and(|read| read == *value)
}

/// The schema of a field.
fn schema_of<'s>(root: &'s Value, path: &str) -> &'s Value {
    path.split('.').fold(root, |at, part| {
        let name = part.trim_end_matches(['[', ']', '{', '}']);
        let choices = at["anyOf"].as_array().into_iter().flatten();
        let member = std::iter::once(at).chain(choices).map(|schema| &schema["properties"][name]);
        let member = member.into_iter().find(|member| !member.is_null()).expect(path);
        let inside = part.as_bytes()[name.len()..].chunks(2);
        inside.fold(member, |at, brackets| if brackets == b"[]" { &at["items"] } else { &at["additionalProperties"] })
    })
}

#[test]
fn every_field_has_an_example_that_its_schema_takes() {
    let mut wrong = Vec::new();
    for (page, fields) in pages() {
        let root = Kind::parse(&page).map_or_else(schema::config, schema::spec);
        for path in fields.iter().map(|field| &field.path) {
            let Some(example) = of(&page, path) else {
                wrong.push(format!("{page}: {path} has no example"));
                continue;
            };
            if !jsonschema::draft202012::is_valid(schema_of(&root, path), &example) {
                wrong.push(format!("{page}: {path} does not take {example}"));
            }
            if !reads_as(&written(&example), &example) {
                wrong.push(format!("{page}: {path}: {} does not read as {example}", written(&example)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_example_is_of_a_field_that_there_is_not() {
    let pages: BTreeMap<String, _> = pages().into_iter().collect();
    for (page, own) in OWN.iter() {
        let known: BTreeSet<&str> = pages[page].iter().map(|field| field.path.as_str()).collect();
        let is_known = |path: &str| known.iter().any(|known| *known == path || known.ends_with(&format!(".{path}")));
        let stray: Vec<&String> = own.keys().filter(|path| !is_known(path)).collect();
        assert!(stray.is_empty(), "{page}: {stray:?}");
    }
}
