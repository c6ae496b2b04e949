//! Checks a document against its schema: all mistakes at once, each where it stands.
//!
//! Also accepts what people write where ECS wants text, `PORT: 8080`, or a whole number, `memory: 512.0`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::explain;
use super::mask::Hidden;
use super::node::{Node, Tree};
use crate::model::document;

/// Quotes scalars where the schema wants text, as far as they stand in the file as they should read; and makes `128` of
/// `128.0` where it wants a whole number, which the SDK takes in no other form.
pub(super) fn quote(node: &mut Node, schema: &Value, source: &str) {
    let wants = |wanted: &str| schema.get("type").is_some_and(|kind| kind == wanted);
    match &mut node.tree {
        Tree::Number(_) | Tree::Bool(_) if wants("string") => {
            // A tag makes a number of what stands in quotes: that is not taken for another text.
            if let Some(text) = source.get(node.span.range()).filter(|text| !text.starts_with(['"', '\''])) {
                node.tree = Tree::Text(text.to_owned());
            }
        }
        Tree::Number(number) if wants("integer") => *number = document::whole(number),
        Tree::List(elements) => {
            if let Some(items) = schema.get("items") {
                for element in elements {
                    quote(element, items, source);
                }
            }
        }
        Tree::Map(entries) => {
            for (key, value) in entries {
                let member = schema.get("properties").and_then(|members| members.get(&key.text));
                if let Some(schema) = member.or_else(|| schema.get("additionalProperties")) {
                    quote(value, schema, source);
                }
            }
        }
        _ => {}
    }
}

/// Takes away the members that are null: a key without a value is a key that is not there. One that the schema does not
/// know stays, and is refused; so does one of a map of texts, where nobody knows whether it is meant to be empty. Where any
/// JSON can stand, null is a value.
pub(super) fn leave_out_nulls(node: &mut Node, schema: &Value) {
    if is_anything(schema) {
        return;
    }
    match &mut node.tree {
        Tree::List(elements) => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            for element in elements {
                leave_out_nulls(element, items);
            }
        }
        Tree::Map(entries) => {
            let known = schema.get("properties");
            let others = schema.get("additionalProperties").filter(|others| others.is_object());
            let is_closed = known.is_some() || schema.get("additionalProperties") == Some(&Value::Bool(false));
            entries.retain_mut(|(key, value)| {
                let field = known.and_then(|members| members.get(&key.text));
                let member = field.or(others);
                leave_out_nulls(value, member.unwrap_or(&Value::Null));
                let is_text = field.is_none() && others.is_some_and(|others| others["type"] == "string");
                !matches!(value.tree, Tree::Null) || (is_closed && member.is_none()) || is_text
            });
        }
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => {}
    }
}

/// Does a schema say nothing of what stands there?
fn is_anything(schema: &Value) -> bool {
    let says = |keyword: &str| schema.get(keyword).is_some();
    let open = schema.get("additionalProperties") == Some(&Value::Bool(true)) && !says("properties");
    *schema == Value::Bool(true)
        || open
        || schema.is_object() && !["type", "anyOf", "const", "enum"].into_iter().any(says)
}

/// Keys that stand twice in one map. The first stays, so that the second is not found wrong for anything else.
pub(super) fn duplicates(file: &str, node: &mut Node, hidden: &Hidden<'_>, out: &mut Vec<Diagnostic>) {
    match &mut node.tree {
        Tree::Map(entries) => {
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            entries.retain_mut(|(key, value)| {
                duplicates(file, value, hidden, out);
                let Some(first) = seen.get(&key.text) else {
                    seen.insert(key.text.clone(), key.span.line);
                    return true;
                };
                let message = format!("`{}` is written twice", hidden.key(key, []));
                let help = format!("it is first written in line {first}");
                out.push(Diagnostic::error(file, &key.span, message).help(help));
                false
            });
        }
        Tree::List(elements) => elements.iter_mut().for_each(|element| duplicates(file, element, hidden, out)),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => {}
    }
}

/// A schema, ready to be checked against.
pub(super) struct Checker {
    pub(super) schema: Value,
    validator: Result<jsonschema::Validator, String>,
}

impl Checker {
    pub(super) fn new(schema: Value) -> Self {
        let validator = jsonschema::draft202012::new(&schema).map_err(|error| error.masked().to_string());
        Self { schema, validator }
    }
}

/// Everything in which a document does not follow its schema.
pub(super) fn against(file: &str, node: &Node, checker: &Checker, hidden: &Hidden<'_>, out: &mut Vec<Diagnostic>) {
    let Checker { schema, validator } = checker;
    let validator = match validator {
        Ok(validator) => validator,
        Err(error) => {
            let message = format!("the built-in schema cannot be used: {error}");
            return out.push(Diagnostic::error(file, &node.span, message));
        }
    };
    let value = node.to_value();
    let errors: Vec<_> = validator.iter_errors(&value).collect();
    let document = explain::Written { file, root: node, schema, hidden };
    for error in errors.iter().filter(|error| !explain::is_said(node, schema, error, &errors)) {
        explain::report(&document, error, out);
    }
}
