//! What is too large for AWS.

use super::super::node::Node;
use super::{Findings, key_span};
use crate::model::id::Kind;

/// Source: ECS developer guide, service quotas.
const TASK_DEFINITION: usize = 64 << 10;

pub(super) fn check(kind: Kind, spec: &Node, found: &mut Findings<'_>) {
    let size = |node: &Node| node.to_value().to_string().len();
    if let (Kind::TaskDefinition, Some(containers)) = (kind, spec.get("containerDefinitions")) {
        let bytes = size(containers) + spec.get("volumes").map_or(0, size);
        if bytes > TASK_DEFINITION {
            let message = format!("the task definition has {bytes} bytes, and ECS takes {TASK_DEFINITION}");
            let help = "move variables into an environment file in S3, or long commands into the image";
            found.wrong(key_span(spec, "containerDefinitions"), message, help);
        }
    }
}
