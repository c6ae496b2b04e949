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

/// A file as it may be shown.
#[derive(Clone, Debug)]
pub struct Masked {
    /// The text, with every place that must not be shown replaced by a mask of one length.
    pub text: String,
    /// Where text was replaced, in bytes of the file, and how long its mask is.
    edits: Vec<(usize, usize, usize)>,
}

/// Says that something stands there, and not how long it is.
const MASK: &str = "******";

impl Masked {
    /// The file with the places masked. Lines stay lines.
    pub(super) fn new(text: &str, places: &[Span]) -> Self {
        let mut places: Vec<(usize, usize)> = places.iter().map(|place| place.bytes).filter(|(a, b)| a < b).collect();
        places.sort_unstable();
        let mut masked = Self { text: String::new(), edits: Vec::new() };
        let mut at = 0;
        for (start, end) in places {
            let (Some(before), Some(value)) = (text.get(at..start), text.get(start..end)) else { continue };
            masked.text.push_str(before);
            let mask =
                vec![MASK; value.lines().count().max(1)].join("\n") + if value.ends_with('\n') { "\n" } else { "" };
            masked.edits.push((start, end, mask.len()));
            masked.text.push_str(&mask);
            at = end;
        }
        masked.text.push_str(text.get(at..).unwrap_or_default());
        masked
    }

    /// Where bytes of the file stand in the masked text; those of a masked place are all of its mask.
    pub fn find(&self, span: &Span) -> (usize, usize) {
        let (start, end) = span.bytes;
        let (start, end) = (self.shift(start, false), self.shift(end, true));
        (start, end.max(start))
    }

    fn shift(&self, offset: usize, is_end: bool) -> usize {
        let mut shifted = offset;
        for (start, end, length) in self.edits.iter().rev() {
            if offset >= *end {
                shifted = shifted + length - (end - start);
            } else if offset > *start {
                shifted = if is_end { start + length } else { *start };
            }
        }
        shifted
    }
}
