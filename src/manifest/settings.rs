//! Keys of the configuration that are given elsewhere than in its file: they are laid over the file, and the whole is
//! checked as one document. Knows nothing of flags and variables but the name that messages give them.

use serde_json::Value;

use super::diagnostic::{Diagnostic, Span};
use super::node::{self, Key, Node, Tree};

/// A key that is given elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What messages call it.
    pub name: String,
    /// The keys that lead to it, for example `rollouts.maxConcurrent`.
    pub path: &'static str,
    /// As it was typed; a list has commas between its elements.
    pub text: String,
}

/// Of these only one can be: what is given elsewhere takes the place of all that the file says of it.
const ALTERNATIVES: [(&str, &str); 4] = [
    ("source.dir", "source.git"),
    ("source.git", "source.dir"),
    ("source.git.ref", "source.git.ref"),
    ("source.git.auth", "source.git.auth"),
];

/// Lays the settings over a document.
pub(super) fn lay(settings: &[Setting], schema: &Value, document: &mut Node) {
    for (given, replaced) in ALTERNATIVES {
        let is_given = |setting: &Setting| setting.path == given || setting.path.starts_with(&format!("{given}."));
        if settings.iter().any(is_given) {
            remove(document, replaced);
        }
    }
    for (index, setting) in settings.iter().enumerate() {
        // No line: the column is the setting's number.
        let span = Span { line: 0, column: index + 1, bytes: (0, 0) };
        let keys: Vec<&str> = setting.path.split('.').collect();
        let tree = tree(&setting.text, wanted(schema, &keys), &span);
        put(document, &keys, Node { tree, span: span.clone() }, &span);
    }
}

/// Names the setting of each finding that is about one.
pub(super) fn name(settings: &[Setting], found: &mut [Diagnostic]) {
    for diagnostic in found.iter_mut().filter(|diagnostic| diagnostic.span.line == 0) {
        if let Some(setting) = diagnostic.span.column.checked_sub(1).and_then(|index| settings.get(index)) {
            diagnostic.file.clone_from(&setting.name);
            diagnostic.span = Span::default();
        }
    }
}

fn wanted<'s>(schema: &'s Value, keys: &[&str]) -> Option<&'s str> {
    let mut at = schema;
    for key in keys {
        at = at.get("properties")?.get(key)?;
    }
    at.get("type")?.as_str()
}

fn tree(text: &str, wanted: Option<&str>, span: &Span) -> Tree {
    let word = |text: &str| Node { tree: Tree::Text(text.to_owned()), span: span.clone() };
    match wanted {
        Some("array") => Tree::List(text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(word).collect()),
        Some("number" | "integer" | "boolean") => {
            let parsed = node::parse("", text).ok().and_then(|mut documents| documents.pop());
            match parsed.map(|node| node.tree) {
                Some(tree @ (Tree::Number(_) | Tree::Bool(_))) => tree,
                _ => Tree::Text(text.to_owned()),
            }
        }
        _ => Tree::Text(text.to_owned()),
    }
}

fn put(at: &mut Node, keys: &[&str], value: Node, span: &Span) {
    let [first, rest @ ..] = keys else { return *at = value };
    if !matches!(at.tree, Tree::Map(_)) {
        *at = Node { tree: Tree::Map(Vec::new()), span: span.clone() };
    }
    let Tree::Map(entries) = &mut at.tree else { return };
    let index = entries.iter().position(|(key, _)| key.text == *first).unwrap_or_else(|| {
        let key = Key { text: (*first).to_owned(), span: span.clone() };
        entries.push((key, Node { tree: Tree::Map(Vec::new()), span: span.clone() }));
        entries.len() - 1
    });
    if let Some((_, next)) = entries.get_mut(index) {
        put(next, rest, value, span);
    }
}

fn remove(at: &mut Node, path: &str) {
    let Tree::Map(entries) = &mut at.tree else { return };
    match path.split_once('.') {
        None => entries.retain(|(key, _)| key.text != path),
        Some((first, rest)) => {
            entries.iter_mut().filter(|(key, _)| key.text == first).for_each(|(_, next)| remove(next, rest));
        }
    }
}
