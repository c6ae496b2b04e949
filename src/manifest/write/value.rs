//! Where a value comes from, as `spec.value` of a Secret. Never a value.

use serde_json::{Value, json};

use super::nouns::object;
use crate::model::password::PasswordRules;
use crate::model::secret_value::{Encrypted, Generate, Template, ValueSource, WritePolicy};

/// `spec.value`, and `spec.writePolicy` where it is not the usual one.
pub(super) fn written(value: Option<&ValueSource>) -> (Value, Option<Value>) {
    match value {
        None => (json!({"external": {}}), None),
        Some(ValueSource::Generate(rule)) => (json!({"generate": generate(rule)}), None),
        Some(ValueSource::Encrypted(encrypted)) => {
            let Encrypted { secret: _, write, path, file: _, digest: _, keys: _, ciphertext } = encrypted;
            let seed = (*write == WritePolicy::Seed).then(|| json!("Seed"));
            (json!({"encrypted": {"file": path, "format": ciphertext.format()}}), seed)
        }
    }
}

fn generate(rule: &Generate) -> Value {
    let Generate { rules, json, generation } = rule;
    let PasswordRules {
        length,
        exclude_characters,
        exclude_numbers,
        exclude_punctuation,
        exclude_uppercase,
        exclude_lowercase,
        include_space,
        require_each_included_type,
    } = rules;
    let usual = PasswordRules::default();
    let unless = |is: bool, usual: bool| (is != usual).then(|| json!(is));
    let excluded: String = exclude_characters.iter().collect();
    object([
        ("length", (*length != usual.length).then(|| json!(length))),
        ("excludeCharacters", (!excluded.is_empty()).then(|| json!(excluded))),
        ("excludeNumbers", unless(*exclude_numbers, usual.exclude_numbers)),
        ("excludePunctuation", unless(*exclude_punctuation, usual.exclude_punctuation)),
        ("excludeUppercase", unless(*exclude_uppercase, usual.exclude_uppercase)),
        ("excludeLowercase", unless(*exclude_lowercase, usual.exclude_lowercase)),
        ("includeSpace", unless(*include_space, usual.include_space)),
        ("requireEachIncludedType", unless(*require_each_included_type, usual.require_each_included_type)),
        ("json", json.as_ref().map(template)),
        ("generation", (*generation != 1).then(|| json!(generation))),
    ])
}

fn template(json: &Template) -> Value {
    let Template { members, key } = json;
    object([("template", (!members.is_empty()).then(|| members.clone().into())), ("key", Some(json!(key)))])
}
