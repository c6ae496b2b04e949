//! The order in which containers start: whom they wait for, for what, and that they do not wait in a circle.

use super::super::node::Node;
use super::{Findings, containers, name, suggest};

/// Source: API model, ContainerDependency.
pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    let all = containers(spec);
    for container in all {
        for dependency in container.at("dependsOn[]") {
            let Some((place, wanted)) = dependency.get("containerName").and_then(|place| Some((place, place.text()?)))
            else {
                continue;
            };
            let Some(other) = all.iter().find(|other| name(other) == Some(wanted)) else {
                let help = suggest(wanted, all.iter().filter_map(name));
                found.wrong(&place.span, format!("there is no container `{wanted}`"), help);
                continue;
            };
            let Some(condition) = dependency.get("condition") else { continue };
            let essential = other.get("essential").is_none_or(Node::is_true);
            match condition.text() {
                Some(word @ ("COMPLETE" | "SUCCESS")) if essential => {
                    let message = format!("`{wanted}` is essential, so nothing can wait for its {word}");
                    let help = format!("give `{wanted}` `essential: false`, or wait for START or HEALTHY");
                    found.wrong(&condition.span, message, help);
                }
                Some("HEALTHY") if other.get("healthCheck").is_none() => {
                    let message = format!("`{wanted}` has no health check, so it is never HEALTHY");
                    found.wrong(
                        &condition.span,
                        message,
                        format!("give `{wanted}` a `healthCheck`, or wait for START"),
                    );
                }
                _ => {}
            }
        }
    }
    circle(all, found);
}

/// Reports one circle, at the wait that closes it.
fn circle(all: &[Node], found: &mut Findings<'_>) {
    for start in all {
        let mut path = vec![start];
        if let Some((place, names)) = walk(all, start, &mut path) {
            let help = "containers start one after the other: take one of these waits away";
            found.wrong(&place.span, format!("the containers wait for each other in a circle: {names}"), help);
            return;
        }
    }
}

/// Depth first. There are ten containers at most, so nothing has to be remembered; a longer list is wrong anyway.
fn walk<'n>(all: &'n [Node], start: &'n Node, path: &mut Vec<&'n Node>) -> Option<(&'n Node, String)> {
    let here = *path.last()?;
    for place in here.at("dependsOn[].containerName") {
        let wanted = place.text()?;
        let next = all.iter().find(|other| name(other) == Some(wanted));
        if name(start) == Some(wanted) {
            let names: Vec<&str> = path.iter().filter_map(|node| name(node)).chain([wanted]).collect();
            return Some((place, names.join(" → ")));
        }
        let Some(next) = next.filter(|next| !path.iter().any(|known| name(known) == name(next)) && path.len() < 12)
        else {
            continue;
        };
        path.push(next);
        if let Some(circle) = walk(all, start, path) {
            return Some(circle);
        }
        path.pop();
    }
    None
}
