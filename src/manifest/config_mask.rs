//! Where a credential can stand in a configuration, which names credentials and holds none but by mistake: such places are
//! never shown in an excerpt.
//!
//! Where it should be named, what is not as the schema has it may be the credential itself, whatever it looks like; elsewhere
//! only what looks like one.

use serde_json::Value;

use super::diagnostic::Span;
use super::mask::{all, is_scalar, names, strangers};
use super::node::{Node, Tree};
use super::schema;
use crate::model::credential;

/// The keys in which credentials are named.
const NAMED_IN: [&str; 2] = ["age", "source"];

/// The places of a file that must not be shown.
pub(super) fn places(text: &str, documents: &[Node]) -> Vec<Span> {
    let mut out = comments(text);
    let schema = schema::config();
    for document in documents {
        if !matches!(document.tree, Tree::Map(_)) {
            out.push(document.extent());
        }
        strangers(document, &schema, &|name| NAMED_IN.contains(&name), &mut out);
        for name in NAMED_IN {
            let rule = &schema["properties"][name];
            all(document, name).for_each(|node| others(node, rule, &mut out));
        }
        for age in all(document, "age") {
            let names = ["identityFile", "identityEnv"].into_iter().flat_map(|name| all(age, name));
            out.extend(names.map(Node::extent));
            let recipients = all(age, "recipients").flat_map(Node::elements);
            let is_one = |node: &&Node| node.text().is_some_and(credential::is_public_key);
            out.extend(recipients.filter(|node| !is_one(node)).map(Node::extent));
        }
        let git = all(document, "source").flat_map(|source| all(source, "git"));
        out.extend(git.flat_map(|git| all(git, "auth")).map(Node::extent));
        names(document, &mut out);
        credentials(document, &mut out);
    }
    out
}

/// What is not as its schema has it: of another form, or in a field that nobody knows.
fn others(node: &Node, rule: &Value, out: &mut Vec<Span>) {
    let wanted = match rule.get("type").and_then(Value::as_str) {
        Some("object") => matches!(node.tree, Tree::Map(_)),
        Some("array") => matches!(node.tree, Tree::List(_)),
        _ => is_scalar(node),
    };
    if !wanted {
        return out.push(node.extent());
    }
    for (key, value) in node.entries() {
        match rule.get("properties").and_then(|members| members.get(&key.text)) {
            Some(inside) => others(value, inside, out),
            None => out.push(value.extent()),
        }
    }
    if let Some(items) = rule.get("items") {
        node.elements().iter().for_each(|element| others(element, items, out));
    }
}

/// Texts that look like a credential, wherever they stand.
fn credentials(node: &Node, out: &mut Vec<Span>) {
    // In an ARN, colons and what looks like a user say nothing.
    let is_one = |text: &str| credential::is_one(text) || !text.starts_with("arn:") && credential::signs_in(text);
    if node.text().is_some_and(is_one) {
        out.push(node.extent());
    }
    node.elements().iter().for_each(|element| credentials(element, out));
    node.entries().for_each(|(_, value)| credentials(value, out));
}

/// Comments, in which a line that was wrong may live on. What stands behind a `#` in a text is hidden with them.
fn comments(text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let begins = |(place, _): &(usize, &str)| line[..*place].chars().next_back().is_none_or(char::is_whitespace);
        if let Some((place, _)) = line.match_indices('#').find(begins) {
            let (start, end) = (at + place + 1, at + line.trim_end().len());
            let column = line[..place].chars().count() + 2;
            out.push(Span { line: index + 1, column, bytes: (start, end) });
        }
        at += line.len();
    }
    out
}
