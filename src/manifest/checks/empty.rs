//! Names without a value in the maps that become ECS's lists of names and values, and in those lists. There a value that is
//! absent is an empty text; whether that is meant, only the person who wrote the name can say.

use super::super::advice::EMPTY;
use super::super::node::{Key, Node, Tree};
use super::{Findings, containers};

/// Looks at both as they are written. The name of a variable is not repeated: braces make one of a value, `{hunter2}`.
pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    for variables in containers(spec).iter().filter_map(|container| container.get("environment")) {
        for key in without_value(variables) {
            found.wrong(&key.span, "a variable has no value", EMPTY);
        }
        in_a_list(variables, found);
    }
    if let Some(tags) = spec.get("tags") {
        for key in without_value(tags) {
            found.wrong(&key.span, format!("the tag `{}` has no value", key.text), EMPTY);
        }
        in_a_list(tags, found);
    }
}

/// ECS's own form, in which null is absent, and absent is empty.
fn in_a_list(list: &Node, found: &mut Findings<'_>) {
    for key in list.elements().iter().flat_map(without_value).filter(|key| key.text == "value") {
        found.doubt(&key.span, "a `value` of nothing is an empty text", EMPTY);
    }
}

fn without_value(map: &Node) -> impl Iterator<Item = &Key> {
    map.entries().filter(|(_, value)| matches!(value.tree, Tree::Null)).map(|(key, _)| key)
}
