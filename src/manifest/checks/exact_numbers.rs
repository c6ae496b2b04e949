//! Numbers where any JSON can stand: what would be sent of them is what stands there, or they are refused.
//!
//! A fraction, and a whole number of more than 64 bits, is read as the nearest number of 53 bits.

use super::super::node::{Node, Tree};
use super::Findings;

/// Where any JSON can stand. Of a policy only conditions have numbers.
const PLACES: [&str; 4] = [
    "spec.value.generate.json.template",
    "spec.resourcePolicy.Statement.Condition",
    "spec.resourcePolicy.Statement[].Condition",
    "spec.deploymentConfiguration.lifecycleHooks[].hookDetails",
];

/// Looks at such places of a document.
pub(in crate::manifest) fn exact_numbers(document: &Node, text: &str, found: &mut Findings<'_>) {
    for place in PLACES.iter().flat_map(|path| document.at(path)) {
        of(place, text, found);
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
