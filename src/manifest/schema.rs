//! The schema of each kind, from its Rust types: what a document is checked against.
//!
//! Strict (`additionalProperties: false`), without null: a key without a value is a key that is not there.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, transform};
use serde_json::{Value, json};

use super::advice;
use super::config::ConfigSpec;
use super::explain::WORDS;
use super::kinds::{SecretRef, SecretSpec, ServiceSpec, TaskDefinitionSpec};
use super::limits;
use super::role_kinds::ExecutionRoleSpec;
use crate::model::id::Kind;
use crate::model::shapes::{ServiceContent, ServiceUpdate, TaskDefinitionContent};

/// The kind of the configuration file.
pub const CONFIG: &str = "Config";

/// The version of every document.
pub const API_VERSION: &str = "evenkeel.dev/v1alpha1";

/// A name of a manifest: a DNS-1123 label.
pub(super) const NAME_PATTERN: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

/// The schema of `spec` of a kind.
pub fn spec(kind: Kind) -> Value {
    let mut spec = of_kind(kind);
    limits::put(kind, &mut spec);
    spec
}

fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Secret => of::<SecretSpec>(),
        Kind::ExecutionRole => of::<ExecutionRoleSpec>(),
        Kind::TaskDefinition => {
            let mut schema = merged([of::<TaskDefinitionSpec>(), of::<TaskDefinitionContent>()]);
            add_references(&mut schema);
            schema
        }
        Kind::Service => {
            let mut schema = merged([of::<ServiceSpec>(), of::<ServiceContent>(), of::<ServiceUpdate>()]);
            let connect = &mut schema["properties"]["serviceConnectConfiguration"]["properties"];
            connect["logConfiguration"]["properties"]["secretOptions"] = secrets();
            schema
        }
    }
}

/// The schema of a document of a kind.
pub fn document(kind: Kind) -> Value {
    let mut schema = envelope(kind.as_str(), &spec(kind));
    schema["required"] = json!(["apiVersion", "kind", "metadata", "spec"]);
    schema
}

/// The schema of the configuration, whose keys stand beside `kind`.
pub fn config() -> Value {
    let mut schema = of::<ConfigSpec>();
    schema["properties"]["apiVersion"] = json!({"const": API_VERSION});
    schema["properties"]["kind"] = json!({"const": CONFIG});
    schema["required"] = json!(["apiVersion", "kind", "installation"]);
    schema
}

fn envelope(kind: &str, spec: &Value) -> Value {
    let texts = json!({"type": "object", "additionalProperties": {"type": "string"}});
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind},
            "metadata": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "pattern": NAME_PATTERN, WORDS: advice::LABEL},
                    "labels": texts,
                    "annotations": texts,
                },
            },
            "spec": spec,
        },
    })
}

fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let settings = settings.with_transform(transform::RecursiveTransform(without_null));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// An absent member is absent, never null; and what has members has no others.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get("anyOf")
        && let [one, null] = choices.as_slice()
        && *null == json!({"type": "null"})
        && let Value::Object(one) = one.clone()
    {
        object.remove("anyOf");
        object.extend(one);
    }
    if object.contains_key("properties") {
        object.entry("additionalProperties").or_insert_with(|| false.into());
    }
    if let Some((least, most)) = object.get("format").and_then(Value::as_str).and_then(range) {
        object.entry("minimum").or_insert_with(|| least.into());
        object.entry("maximum").or_insert_with(|| most.into());
    }
    for meaningless in ["format", "default"] {
        object.remove(meaningless);
    }
}

/// What a whole number of a type can be: what goes beyond could not be sent. Bounds of the API model are narrower.
fn range(format: &str) -> Option<(i64, i64)> {
    match format {
        "int32" => Some((i32::MIN.into(), i32::MAX.into())),
        "uint32" => Some((0, u32::MAX.into())),
        _ => None,
    }
}

/// Does a bound say nothing of a field, but of the type that it is sent as?
pub(super) fn is_end_of_a_type(bound: &Value) -> bool {
    let ends = [i32::MIN.into(), i32::MAX.into(), u32::MAX.into()];
    bound.as_i64().is_some_and(|bound| ends.contains(&bound))
}

/// One schema with the members of several.
fn merged<const N: usize>(schemas: [Value; N]) -> Value {
    let mut merged = json!({"type": "object", "additionalProperties": false, "properties": {}, "required": []});
    for schema in schemas {
        if let (Some(Value::Object(into)), Some(Value::Object(from))) =
            (merged.get_mut("properties"), schema.get("properties"))
        {
            for (name, property) in from {
                into.entry(name.clone()).or_insert_with(|| property.clone());
            }
        }
        if let (Some(Value::Array(into)), Some(Value::Array(from))) =
            (merged.get_mut("required"), schema.get("required"))
        {
            into.extend(from.iter().cloned());
        }
    }
    merged
}

/// Where ECS takes the text of a secret's place, a reference to a manifest can stand.
fn add_references(schema: &mut Value) {
    let container = &mut schema["properties"]["containerDefinitions"]["items"]["properties"];
    container["logConfiguration"]["properties"]["secretOptions"] = secrets();
    container["secrets"] = secrets();
    container["repositoryCredentials"]["properties"]["credentialsParameter"] = place();
}

fn secrets() -> Value {
    json!({"type": "array", "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "valueFrom"],
        "properties": {"name": {"type": "string", "minLength": 1}, "valueFrom": place()},
    }})
}

fn place() -> Value {
    let reference = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["secretRef"],
        "properties": {"secretRef": of::<SecretRef>()},
    });
    json!({"anyOf": [{"type": "string", "minLength": 1}, reference]})
}
