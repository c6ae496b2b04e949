//! JSON to and from the SDK's own tree for untyped members.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

pub(super) fn into_sdk(value: Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(value) => Document::Bool(value),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(positive), _) => Document::Number(Number::PosInt(positive)),
            (None, Some(negative)) => Document::Number(Number::NegInt(negative)),
            (None, None) => Document::Number(Number::Float(number.as_f64().unwrap_or_default())),
        },
        Value::String(text) => Document::String(text),
        Value::Array(list) => Document::Array(list.into_iter().map(into_sdk).collect()),
        Value::Object(map) => Document::Object(map.into_iter().map(|(key, value)| (key, into_sdk(value))).collect()),
    }
}

pub(super) fn from_sdk(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(value) => (*value).into(),
        Document::Number(Number::PosInt(number)) => (*number).into(),
        Document::Number(Number::NegInt(number)) => (*number).into(),
        Document::Number(Number::Float(number)) => (*number).into(),
        Document::String(text) => text.as_str().into(),
        Document::Array(list) => list.iter().map(from_sdk).collect(),
        Document::Object(map) => map.iter().map(|(key, value)| (key.clone(), from_sdk(value))).collect(),
    }
}
