//! Numbers in the template of a generated value: what would be written of them is what stands there, or they are refused.
//!
//! A fraction, and a whole number of more than 64 bits, is read as the nearest number of 53 bits.

use super::super::node::{Node, Tree};
use super::Findings;

/// Looks at the template of a secret's document.
pub(in crate::manifest) fn template_numbers(document: &Node, text: &str, found: &mut Findings<'_>) {
    for template in document.at("spec.value.generate.json.template") {
        of(template, text, found);
    }
}

fn of(node: &Node, text: &str, found: &mut Findings<'_>) {
    match &node.tree {
        Tree::Map(members) => members.iter().for_each(|(_, member)| of(member, text, found)),
        Tree::List(elements) => elements.iter().for_each(|element| of(element, text, found)),
        Tree::Number(number) if number.is_f64() && text.get(node.span.range()) != Some(&number.to_string()) => {
            let help = "put it in quotes, as a text, or write it with no more digits than it needs, as in `1.5`";
            found.wrong(&node.span, "this number would be written with other digits", help);
        }
        Tree::Number(_) | Tree::Null | Tree::Bool(_) | Tree::Text(_) => {}
    }
}
