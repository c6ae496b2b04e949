//! Variables with two sources: nobody can say which one is meant.

use super::super::node::{Node, Tree};
use super::{Findings, again, containers, name};

/// A `secretRef` beside a `valueFrom`, as it is written.
pub(super) fn two_sources(spec: &Node, found: &mut Findings<'_>) {
    let lists = ["secrets", "logConfiguration.secretOptions"];
    for list in containers(spec).iter().flat_map(|container| lists.iter().flat_map(|path| container.at(path))) {
        let entries = if let Tree::Map(entries) = &list.tree { entries.as_slice() } else { &[] };
        for entry in entries.iter().map(|(_, source)| source).chain(list.elements()) {
            if let (Some(reference), Some(_)) = (entry.key("secretRef"), entry.key("valueFrom")) {
                let help = "keep `secretRef` for a Secret of these manifests, `valueFrom` for any other";
                found.wrong(&reference.span, "`secretRef` and `valueFrom` exclude each other", help);
            }
        }
    }
}

/// ECS refuses a secret whose name another secret or a variable has: "The secret name must be unique and not shared
/// with any new or existing environment variables", "Duplicate secret names found" (ECS-ERR). Two variables of one name it
/// registers, and the later one counts; but it keeps no order (T5), so nobody can see which one is later.
pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    for container in containers(spec) {
        for (list, what) in
            [("environment", "variable"), ("secrets", "secret"), ("logConfiguration.secretOptions", "option")]
        {
            let entries = container.at(list).into_iter().flat_map(Node::elements);
            for (first, second) in again(entries, "name") {
                let text = second.text().unwrap_or_default();
                let help = format!("it is first given in line {}", first.span.line);
                found.wrong(&second.span, format!("the {what} `{text}` is given twice"), help);
            }
        }
        let variables: Vec<&Node> = container.at("environment[]");
        for secret in container.at("secrets[]") {
            let (Some(place), Some(text)) = (secret.get("name"), name(secret)) else { continue };
            let plain = variables.iter().find(|variable| name(variable) == Some(text));
            if let Some(plain) = plain {
                let message = format!("`{text}` is both a secret and a plain variable");
                let help = format!("take it out of `environment`, line {}", plain.span.line);
                found.wrong(&place.span, message, help);
            }
        }
    }
}
