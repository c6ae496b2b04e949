//! Tags: which keys are not the user's. Lengths and characters stand in the schema.

use super::super::node::{Node, Tree};
use super::{Findings, again};

/// Source: API model, Tag. The prefix is reserved in any case, in keys and in values.
pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    let Some(tags) = spec.get("tags") else { return };
    if let Tree::Map(entries) = &tags.tree {
        for (key, value) in entries {
            reserved(&key.text, &key.span, found);
            of_aws(value, found);
        }
    }
    for tag in tags.elements() {
        if let Some((key, text)) = tag.get("key").and_then(|key| Some((key, key.text()?))) {
            reserved(text, &key.span, found);
        }
        tag.get("value").into_iter().for_each(|value| of_aws(value, found));
    }
    for (first, second) in again(tags.elements(), "key") {
        let text = second.text().unwrap_or_default();
        let help = format!("it is first given in line {}", first.span.line);
        found.wrong(&second.span, format!("the tag `{text}` is given twice"), help);
    }
}

fn reserved(key: &str, span: &super::super::diagnostic::Span, found: &mut Findings<'_>) {
    if key.to_ascii_lowercase().starts_with("aws:") {
        let help = "take it out: AWS sets such a tag itself, and takes none from others";
        found.wrong(span, format!("the tag `{key}` is reserved for AWS"), help);
    }
    if key.starts_with("evenkeel.dev/") {
        let help = "take it out: evenkeel writes its own tags itself";
        found.wrong(span, format!("the tag `{key}` is reserved for evenkeel"), help);
    }
}

fn of_aws(value: &Node, found: &mut Findings<'_>) {
    if value.text().is_some_and(|text| text.to_ascii_lowercase().starts_with("aws:")) {
        let help = "use another value, or take the tag out where AWS has set it";
        found.wrong(&value.span, "a value of a tag that begins with `aws:` is reserved for AWS", help);
    }
}
