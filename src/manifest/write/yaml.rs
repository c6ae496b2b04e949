//! A tree with remarks as YAML, laid out as a person would: short things on one line, the rest below each other.
//!
//! Knows no manifest: what is never put on one line, and in which order members stand, is the tree's.

use serde_json::Value;

use super::scalar::{self, Place};

/// As wide as a line may be, where it can be kept.
const WIDTH: usize = 100;

/// As many members as a map on one line may have.
const SHORT: usize = 3;

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    /// Text, number or truth.
    Scalar(Value),
    /// In order.
    List(Vec<Item>),
    /// In order; `open` ones never stand on one line.
    Map { entries: Vec<Entry>, open: bool },
}

/// An element, with what is said of it above it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) remarks: Vec<String>,
    pub(super) value: Tree,
}

/// A member, with what is said of it above it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) remarks: Vec<String>,
    pub(super) key: String,
    pub(super) value: Tree,
}

/// The members of a document.
pub(super) fn document(entries: &[Entry]) -> String {
    let mut out = String::new();
    map(&mut out, entries, 0, false);
    out
}

/// A remark: as many lines as it takes.
pub(super) fn remark(out: &mut String, text: &str, indent: usize) {
    for line in scalar::fold(text, WIDTH - 2 - indent) {
        out.extend([" ".repeat(indent).as_str(), "# ", line.as_str(), "\n"]);
    }
}

fn say(out: &mut String, remarks: &[String], indent: usize) {
    for text in remarks {
        remark(out, text, indent);
    }
}

/// Below each other. `begun`: the first stands behind the dash of an element, and needs no indentation.
fn map(out: &mut String, entries: &[Entry], indent: usize, mut begun: bool) {
    for Entry { remarks, key, value } in entries {
        if !begun {
            say(out, remarks, indent);
            out.push_str(&" ".repeat(indent));
        }
        begun = false;
        let key = scalar::text(key, Place::Block);
        out.push_str(&key);
        out.push(':');
        after(out, value, indent, indent + key.chars().count() + 1);
    }
}

/// What stands behind a key: on its line, or below it. `column` is where that line ends so far.
fn after(out: &mut String, value: &Tree, indent: usize, column: usize) {
    match value {
        Tree::Scalar(value) => {
            out.push(' ');
            scalar(out, value, indent + 2, column + 1);
        }
        value => {
            if let Some(text) = flow(value).filter(|text| column + 1 + text.chars().count() <= WIDTH) {
                out.extend([" ", text.as_str(), "\n"]);
            } else {
                out.push('\n');
                below(out, value, indent + 2);
            }
        }
    }
}

fn below(out: &mut String, value: &Tree, indent: usize) {
    match value {
        Tree::Scalar(value) => scalar(out, value, indent, indent),
        Tree::Map { entries, .. } => map(out, entries, indent, false),
        Tree::List(items) => {
            for Item { remarks, value } in items {
                say(out, remarks, indent);
                let inside = match value {
                    // Its first line stands behind the dash, so what is said of that comes before the dash.
                    Tree::Map { entries, .. } => {
                        entries.first().map(|first| first.remarks.as_slice()).unwrap_or_default()
                    }
                    _ => &[],
                };
                say(out, inside, indent);
                out.extend([" ".repeat(indent).as_str(), "- "]);
                item(out, value, indent + 2);
            }
        }
    }
}

fn item(out: &mut String, value: &Tree, indent: usize) {
    match (value, flow(value).filter(|text| indent + text.chars().count() <= WIDTH)) {
        (Tree::Scalar(value), _) => scalar(out, value, indent, indent),
        (_, Some(text)) => out.push_str(&(text + "\n")),
        (Tree::Map { entries, .. }, None) => map(out, entries, indent, true),
        (Tree::List(_), None) => {
            out.push('\n');
            below(out, value, indent);
        }
    }
}

/// A scalar to the end of its line, or over several at this indentation.
fn scalar(out: &mut String, value: &Value, indent: usize, column: usize) {
    let Value::String(text) = value else {
        return out.push_str(&(value.to_string() + "\n"));
    };
    let width = WIDTH.saturating_sub(indent).max(40);
    let one_line = scalar::text(text, Place::Block);
    let long = column + one_line.chars().count() > WIDTH;
    let lines = scalar::lines(text, width).filter(|_| long || text.contains('\n'));
    let Some((mark, lines)) = lines else {
        return out.push_str(&(one_line + "\n"));
    };
    out.extend([mark, "\n"]);
    for line in lines {
        let indent = if line.is_empty() { 0 } else { indent };
        out.extend([" ".repeat(indent).as_str(), line.as_str(), "\n"]);
    }
}

/// On one line, where that is easy to read; whether it fits is for the caller to say.
fn flow(value: &Tree) -> Option<String> {
    match value {
        Tree::Scalar(Value::String(text)) if text.contains('\n') => None,
        Tree::Scalar(Value::String(text)) => Some(scalar::text(text, Place::Flow)),
        Tree::Scalar(value) => Some(value.to_string()),
        Tree::List(items) => {
            let maps = items.iter().filter(|item| !matches!(item.value, Tree::Scalar(_))).count();
            if items.iter().any(|item| !item.remarks.is_empty()) || (maps > 0 && items.len() > 1) {
                return None;
            }
            let items: Option<Vec<String>> = items.iter().map(|item| flow(&item.value)).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Tree::Map { entries, open } => {
            let remarked = entries.iter().any(|entry| !entry.remarks.is_empty());
            if remarked || (!entries.is_empty() && (*open || entries.len() > SHORT)) {
                return None;
            }
            let entries: Option<Vec<String>> = entries
                .iter()
                .map(|Entry { key, value, .. }| Some(format!("{}: {}", scalar::text(key, Place::Flow), flow(value)?)))
                .collect();
            Some(format!("{{{}}}", entries?.join(", ")))
        }
    }
}
