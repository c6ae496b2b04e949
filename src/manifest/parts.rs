//! The documents of a file, each by itself where one cannot be read: a mistake harms only its own document (law 12).

use super::diagnostic::{Diagnostic, Span};
use super::node::{self, MAX_DOCUMENTS, Node, Tree};

/// What became of a file.
pub(super) struct Parts {
    /// The documents that can be read.
    pub(super) nodes: Vec<Node>,
    /// Those that cannot: why, and all of their text. Nobody knows where its values are.
    pub(super) broken: Vec<(Diagnostic, Span)>,
}

/// Reads a file.
pub(super) fn read(file: &str, text: &str) -> Parts {
    let error = match node::parse(file, text) {
        Ok(nodes) => return Parts { nodes, broken: Vec::new() },
        Err(error) => error,
    };
    let chunks = chunks(text);
    if chunks.len() < 2 || chunks.len() > MAX_DOCUMENTS || text.len() > node::MAX_BYTES {
        let all = Span { line: 1, column: 1, bytes: (0, text.len()) };
        return Parts { nodes: Vec::new(), broken: vec![(error, all)] };
    }
    let mut parts = Parts { nodes: Vec::new(), broken: Vec::new() };
    for (line, start, end) in chunks {
        match node::parse(file, &text[start..end]) {
            Ok(nodes) => parts.nodes.extend(nodes.into_iter().map(|mut node| {
                shift(&mut node, line, start);
                node
            })),
            Err(mut error) => {
                later(&mut error.span, line, start);
                parts.broken.push((error, Span { line: line + 1, column: 1, bytes: (start, end) }));
            }
        }
    }
    parts
}

/// Where each document begins and ends: lines before it, bytes. A line that begins with `---` is a mark wherever it
/// stands (YAML 1.2, 9.1.4): not even a text in quotes can have one.
fn chunks(text: &str) -> Vec<(usize, usize, usize)> {
    let mut starts = vec![(0, 0)];
    let mut at = 0;
    for (line, content) in text.split_inclusive('\n').enumerate() {
        let mark = content
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if mark && at > 0 {
            starts.push((line, at));
        }
        at += content.len();
    }
    let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([text.len()]);
    starts.iter().zip(ends).map(|((line, start), end)| (*line, *start, end)).collect()
}

fn shift(node: &mut Node, lines: usize, bytes: usize) {
    later(&mut node.span, lines, bytes);
    match &mut node.tree {
        Tree::List(elements) => elements.iter_mut().for_each(|element| shift(element, lines, bytes)),
        Tree::Map(entries) => {
            for (key, value) in entries {
                later(&mut key.span, lines, bytes);
                shift(value, lines, bytes);
            }
        }
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => {}
    }
}

fn later(span: &mut Span, lines: usize, bytes: usize) {
    span.line += lines;
    span.bytes = (span.bytes.0 + bytes, span.bytes.1 + bytes);
}
