//! Where a value can stand in a manifest: such places are never shown in an excerpt.

use super::diagnostic::Span;
use super::node::{Node, Tree};

/// The places of a document that must not be shown.
pub(super) fn places(document: &Node) -> Vec<Span> {
    let mut out = Vec::new();
    let Some(spec) = document.get("spec") else { return out };
    for name in ["value", "resourcePolicy"] {
        out.extend(spec.get(name).map(|node| node.span.clone()));
    }
    for container in spec.get("containerDefinitions").into_iter().flat_map(Node::elements) {
        if let Some(environment) = container.get("environment") {
            variables(environment, &mut out);
        }
    }
    out
}

/// The values of environment variables, however they are written.
fn variables(environment: &Node, out: &mut Vec<Span>) {
    match &environment.tree {
        Tree::Map(entries) => out.extend(entries.iter().map(|(_, value)| value.span.clone())),
        Tree::List(elements) => {
            for element in elements {
                match element.get("value") {
                    Some(value) => out.push(value.span.clone()),
                    None if element.get("name").is_some() => {}
                    None => out.push(element.span.clone()),
                }
            }
        }
        _ => out.push(environment.span.clone()),
    }
}

/// The text with every such place replaced; the same number of bytes, so that places stay where they are, and of
/// lines; what the places hold cannot be told from it.
pub(super) fn mask(text: &str, places: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for place in places {
        let end = place.bytes.1.min(bytes.len());
        for byte in bytes.get_mut(place.bytes.0.min(end)..end).into_iter().flatten() {
            if *byte != b'\n' && *byte != b'\r' {
                *byte = b'*';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}
