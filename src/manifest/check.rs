//! Checks a document against its schema: all mistakes at once, each where it stands.
//!
//! Also accepts what people write where ECS wants text: `PORT: 8080` is quoted.

use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind as Kind};
use serde_json::Value;

use super::diagnostic::{Diagnostic, closest};
use super::node::{Key, Node, Tree};

/// Quotes scalars where the schema wants text, as far as they stand in the file as they should read.
pub(super) fn quote(node: &mut Node, schema: &Value, source: &str) {
    let wants_text = schema.get("type").is_some_and(|kind| kind == "string");
    match &mut node.tree {
        Tree::Number(_) | Tree::Bool(_) if wants_text => {
            if let Some(text) = source.get(node.span.range()) {
                node.tree = Tree::Text(text.to_owned());
            }
        }
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

/// Keys that stand twice in one map.
pub(super) fn duplicates(file: &str, node: &Node, out: &mut Vec<Diagnostic>) {
    let mut seen: Vec<&Key> = Vec::new();
    for (key, value) in node.entries() {
        if let Some(first) = seen.iter().find(|first| first.text == key.text) {
            let message = format!("`{}` is written twice", key.text);
            let help = format!("it is first written in line {}", first.span.line);
            out.push(Diagnostic::error(file, &key.span, message).help(help));
        }
        seen.push(key);
        duplicates(file, value, out);
    }
    for element in node.elements() {
        duplicates(file, element, out);
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
pub(super) fn against(file: &str, node: &Node, checker: &Checker, out: &mut Vec<Diagnostic>) {
    let Checker { schema, validator } = checker;
    let validator = match validator {
        Ok(validator) => validator,
        Err(error) => {
            let message = format!("the built-in schema cannot be used: {error}");
            return out.push(Diagnostic::error(file, &node.span, message));
        }
    };
    let value = node.to_value();
    for error in validator.iter_errors(&value) {
        report(file, node, schema, &error, out);
    }
}

fn report(file: &str, root: &Node, schema: &Value, error: &ValidationError<'_>, out: &mut Vec<Diagnostic>) {
    let pointer = error.instance_path().to_string();
    let (key, node) = find(root, &pointer);
    let span = &node.span;
    let name = pointer.rsplit('/').next().unwrap_or_default();
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let known = known_members(schema, &pointer);
            for member in unexpected {
                let span = node.key(member).map_or(span, |key| &key.span);
                let found = Diagnostic::error(file, span, format!("unknown field `{member}`"));
                out.push(match (elsewhere(member), closest(member, known.iter().map(String::as_str))) {
                    (Some(help), _) => found.help(help),
                    (None, Some(word)) => found.help(format!("did you mean `{word}`?")),
                    (None, None) => found.help(format!("known here: {}", listed(&known))),
                });
            }
        }
        Kind::Required { property } => {
            let span = key.map_or(span, |key| &key.span);
            out.push(Diagnostic::error(file, span, format!("missing field `{}`", super::text_of(property))));
        }
        Kind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(one) => article(&one.to_string()),
                TypeKind::Multiple(_) => "another type".to_owned(),
            };
            out.push(Diagnostic::error(file, span, format!("`{name}` must be {wanted}, not {}", found(node))));
        }
        Kind::Enum { options } => {
            let words: Vec<String> = options.as_array().into_iter().flatten().map(super::text_of).collect();
            let wrong = Diagnostic::error(file, span, format!("`{name}` must be one of {}", listed(&words)));
            let near = node.text().and_then(|text| closest(text, words.iter().map(String::as_str)));
            out.push(match near {
                Some(word) => wrong.help(format!("did you mean `{word}`?")),
                None => wrong,
            });
        }
        Kind::Constant { expected_value } => {
            out.push(Diagnostic::error(file, span, format!("`{name}` must be `{}`", super::text_of(expected_value))));
        }
        // Of the alternatives, the one of the same type is what was meant.
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let of_other_type = |errors: &&Vec<ValidationError<'_>>| {
                errors.iter().any(|e| matches!(e.kind(), Kind::Type { .. }) && e.instance_path().to_string() == pointer)
            };
            let Some(meant) = context.iter().find(|errors| !of_other_type(errors)) else {
                return out.push(Diagnostic::error(file, span, format!("`{name}` cannot be {}", found(node))));
            };
            for error in meant {
                report(file, root, schema, error, out);
            }
        }
        Kind::Pattern { pattern } => {
            out.push(Diagnostic::error(file, span, format!("`{name}` must match {pattern}")));
        }
        _ => out.push(Diagnostic::error(file, span, format!("`{name}`: {}", error.masked()))),
    }
}

/// Fields that people bring from elsewhere, and what takes their place here.
fn elsewhere(member: &str) -> Option<String> {
    Some(match member {
        "taskDefinition" | "taskDefinitionArn" => {
            "use `taskDefinitionRef: {name: …}`, the name of a TaskDefinition".into()
        }
        "forceNewDeployment" => "evenkeel deploys when content changes; nothing forces it".into(),
        "clientToken" => "evenkeel makes its own".into(),
        "namespace" => "there are no namespaces: an installation works in one account and Region".into(),
        _ => return None,
    })
}

/// Follows a JSON pointer to the node, and to the key that it stands behind.
fn find<'n>(root: &'n Node, pointer: &str) -> (Option<&'n Key>, &'n Node) {
    let mut at = (None, root);
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        let next = match &at.1.tree {
            Tree::Map(_) => at.1.get(&name).map(|node| (at.1.key(&name), node)),
            Tree::List(elements) => {
                name.parse().ok().and_then(|index: usize| elements.get(index)).map(|node| (None, node))
            }
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn known_members(schema: &Value, pointer: &str) -> Vec<String> {
    let mut at = schema;
    for part in pointer.split('/').skip(1) {
        let inside = at.get("properties").and_then(|members| members.get(part));
        let inside = inside.or_else(|| at.get("items")).or_else(|| at.get("additionalProperties"));
        let object = |schema: &&Value| schema.get("properties").is_some();
        let chosen = at.get("anyOf").and_then(|choices| choices.as_array()?.iter().find(object));
        at = match inside.or_else(|| chosen?.get("properties")?.get(part)) {
            Some(inside) => inside,
            None => return Vec::new(),
        };
    }
    let chosen = at.get("anyOf").and_then(|choices| choices.as_array()?.iter().find(|s| s.get("properties").is_some()));
    let members = chosen.unwrap_or(at).get("properties").and_then(Value::as_object);
    members.into_iter().flat_map(serde_json::Map::keys).cloned().collect()
}

fn listed(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn article(kind: &str) -> String {
    match kind {
        "string" => "a text".into(),
        "object" => "a map".into(),
        "array" => "a list".into(),
        "boolean" => "true or false".into(),
        "integer" => "a whole number".into(),
        other => format!("a {other}"),
    }
}

fn found(node: &Node) -> &'static str {
    match &node.tree {
        Tree::Null => "empty",
        Tree::Bool(_) => "true or false",
        Tree::Number(_) => "a number",
        Tree::Text(_) => "a text",
        Tree::List(_) => "a list",
        Tree::Map(_) => "a map",
    }
}
