//! Where a value comes from, as `spec.value` of a Secret. Never a value.

use serde_json::{Map, Value, json};

use super::nouns::object;
use crate::model::password::PasswordRules;
use crate::model::secret_value::{Encrypted, FIRST_GENERATION, Generate, Template, ValueSource, WritePolicy};

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
    let usual = password(&PasswordRules::default());
    let others = password(rules).into_iter().zip(usual).filter(|(is, usual)| is != usual).map(|(is, _)| is);
    let mut members: Map<String, Value> = others.map(|(name, value)| (name.to_owned(), value)).collect();
    members.extend(json.as_ref().map(|json| ("json".to_owned(), template(json))));
    members.extend((*generation != FIRST_GENERATION).then(|| ("generation".to_owned(), json!(generation))));
    members.into()
}

/// Every rule of a password, by its field.
pub(in crate::manifest) fn password(rules: &PasswordRules) -> [(&'static str, Value); 8] {
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
    [
        ("length", json!(length)),
        ("excludeCharacters", json!(exclude_characters.iter().collect::<String>())),
        ("excludeNumbers", json!(exclude_numbers)),
        ("excludePunctuation", json!(exclude_punctuation)),
        ("excludeUppercase", json!(exclude_uppercase)),
        ("excludeLowercase", json!(exclude_lowercase)),
        ("includeSpace", json!(include_space)),
        ("requireEachIncludedType", json!(require_each_included_type)),
    ]
}

fn template(json: &Template) -> Value {
    let Template { members, key } = json;
    object([("template", (!members.is_empty()).then(|| members.clone().into())), ("key", Some(json!(key)))])
}
