//! GPUs and other devices of a container. Source: API model, ResourceRequirement.

use super::super::node::Node;
use super::{Findings, key_span};

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    let mut neuron: Option<&Node> = None;
    for requirement in spec.at("containerDefinitions[].resourceRequirements[]") {
        let Some(kind) = requirement.get("type") else { continue };
        let value = requirement.get("value").filter(|value| value.text() != Some(""));
        let shared = requirement.get("sharingStrategy").and_then(|_| requirement.key("sharingStrategy"));
        match (kind.text(), value, shared) {
            (Some("GPU"), Some(_), Some(shared)) => {
                let help = "keep `value` for whole GPUs, or `sharingStrategy` for a part of one";
                found.wrong(&shared.span, "`value` and `sharingStrategy` exclude each other", help);
            }
            (Some("GPU"), None, Some(_)) | (None, ..) => {}
            (Some(_), _, Some(shared)) => {
                found.wrong(&shared.span, "only a GPU can be shared", "leave `sharingStrategy` out");
            }
            (Some("NeuronDevice"), Some(value), None) if value.text() != Some("ALL") => {
                found.wrong(&value.span, "a container gets all Neuron devices or none", "write `value: ALL`");
            }
            (Some(_), None, None) => {
                let help = "write `value`; a GPU can have a `sharingStrategy` instead";
                found.wrong(key_span(requirement, "type"), "nothing says how much of it the container has", help);
            }
            (Some(_), Some(_), None) => {}
        }
        if kind.text() == Some("NeuronDevice") {
            if let Some(first) = neuron {
                let help = format!("the other is in line {}", first.span.line);
                found.wrong(&kind.span, "only one container of a task can have the Neuron devices", help);
            }
            neuron.get_or_insert(kind);
        }
    }
}
