//! Keys of JSON values that evenkeel writes itself, as far as its manifests show them: a container that asks for another one
//! could not start.

use std::collections::BTreeMap;

use super::super::document::{Document, Noun};
use super::super::node::Node;
use super::{Findings, suggest};
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::secret_value::ValueSource;

/// Looks at every reference to such a secret.
pub(in super::super) fn value_keys(documents: &BTreeMap<ResourceId, Document>) -> Vec<(&ResourceId, Findings<'_>)> {
    let mut out = Vec::new();
    for (id, document) in documents {
        let mut found = Findings::new(&document.file);
        let mut references = Vec::new();
        collect(&document.node, &mut references);
        for reference in references {
            check(reference, documents, &mut found);
        }
        out.push((id, found));
    }
    out
}

/// Source: ECS-SM (ECS looks the key up in the JSON object, and starts no container without it).
fn check(reference: &Node, documents: &BTreeMap<ResourceId, Document>, found: &mut Findings<'_>) {
    let (Some(name), Some(key)) = (reference.get("name"), reference.get("key")) else { return };
    let (Some(manifest), Some(wanted)) = (name.text().and_then(Name::parse), key.text()) else { return };
    let secret = documents.get(&ResourceId::new(Kind::Secret, &manifest));
    let Some(Noun::Secret(secret)) = secret.and_then(|document| document.noun.as_ref()) else { return };
    let Some(keys) = secret.value.as_ref().and_then(ValueSource::keys) else { return };
    if keys.contains(wanted) {
        return;
    }
    if keys.is_empty() {
        let message = format!("the value of Secret/{manifest} is no JSON object, and has no key `{wanted}`");
        found.wrong(&key.span, message, "leave `key` out, or give the value a `json` template");
    } else {
        let message = format!("the value of Secret/{manifest} has no key `{wanted}`");
        found.wrong(&key.span, message, suggest(wanted, keys.iter().map(String::as_str)));
    }
}

/// Every `secretRef`, however deep it stands.
fn collect<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
    for (key, value) in node.entries() {
        if key.text == "secretRef" {
            out.push(value);
        } else {
            collect(value, out);
        }
    }
    for element in node.elements() {
        collect(element, out);
    }
}
