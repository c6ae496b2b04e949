//! Where a service's tasks are placed on instances: what a constraint and a strategy go by.

use super::super::node::Node;
use super::Findings;

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    for constraint in spec.at("placementConstraints[]") {
        expression(constraint, found);
    }
    for strategy in spec.at("placementStrategy[]") {
        field(strategy, found);
    }
}

/// API model, PlacementConstraint. That ECS refuses it without one is UNCONFIRMED.
fn expression(constraint: &Node, found: &mut Findings<'_>) {
    let kind = constraint.get("type").filter(|kind| kind.text() == Some("memberOf"));
    if let (Some(kind), None) = (kind, constraint.get("expression")) {
        let help = "write `expression`, such as `attribute:ecs.instance-type =~ t3.*`, or leave the constraint out";
        found.doubt(&kind.span, "`memberOf` has no expression, and chooses among nothing", help);
    }
}

/// API model, PlacementStrategy.field: "For the binpack placement strategy, valid values are cpu and memory". Answers have
/// them in capitals. That ECS refuses `spread` without one is UNCONFIRMED.
fn field(strategy: &Node, found: &mut Findings<'_>) {
    let Some(kind) = strategy.get("type") else { return };
    match (kind.text(), strategy.get("field")) {
        (Some("binpack"), field) => {
            let word = field.and_then(Node::text).unwrap_or_default().to_lowercase();
            if !["cpu", "memory"].contains(&word.as_str()) {
                let place = field.map_or(&kind.span, |field| &field.span);
                found.wrong(place, "`binpack` goes by `cpu` or `memory`", "write `field: cpu` or `field: memory`");
            }
        }
        (Some("spread"), None) => {
            let help = "write `field: attribute:ecs.availability-zone`, or `field: instanceId`";
            found.doubt(&kind.span, "`spread` does not say over what", help);
        }
        _ => {}
    }
}
