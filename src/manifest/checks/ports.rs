//! Port mappings: what a network mode takes, and that no port is mapped twice.

use super::super::node::Node;
use super::{Findings, again, containers};

/// Source: API model, PortMapping and ContainerDefinition.portMappings.
pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    let mode = spec.get("networkMode").and_then(Node::text).unwrap_or("bridge");
    let mut taken: Vec<(i64, &str, &Node)> = Vec::new();
    for container in containers(spec) {
        let mappings = container.at("portMappings[]");
        if let (Some(first), "none") = (mappings.first(), mode) {
            let help = "take the port mappings away, or choose another `networkMode`";
            found.wrong(&first.span, "a task with `networkMode: none` has no ports", help);
            continue;
        }
        let mut mapped: Vec<(i64, &str, i64, &Node)> = Vec::new();
        for mapping in mappings {
            shape(mapping, mode, found);
            let protocol = mapping.get("protocol").and_then(Node::text).unwrap_or("tcp");
            let port = |member: &str| mapping.get(member).and_then(|node| Some((node.number()?, node)));
            if let Some((number, place)) = port("containerPort") {
                // On a bridge a port can be reached by several ports of the host.
                let host = if mode == "bridge" { port("hostPort").map_or(0, |(number, _)| number) } else { number };
                let same = |(known, p, h, _): &&(i64, &str, i64, &Node)| (*known, *p, *h) == (number, protocol, host);
                if let Some((.., first)) = mapped.iter().find(same) {
                    let help = format!("it is first mapped in line {}", first.span.line);
                    let message = format!("port {number}/{protocol} is mapped twice");
                    // ECS registers two ports of the host that Docker finds.
                    match host {
                        0 => found.doubt(&place.span, message, help),
                        _ => found.wrong(&place.span, message, help),
                    }
                    continue;
                }
                mapped.push((number, protocol, host, place));
            }
            let shared = mode != "bridge";
            let host = port("hostPort").filter(|(number, _)| *number > 0).or(port("containerPort").filter(|_| shared));
            let Some((number, place)) = host else { continue };
            if let Some((_, _, first)) = taken.iter().find(|(known, p, _)| *known == number && *p == protocol) {
                let message = if shared {
                    format!("port {number}/{protocol} is another container's already: they share one network")
                } else {
                    format!("host port {number}/{protocol} is another container's already")
                };
                found.wrong(&place.span, message, format!("it is taken in line {}", first.span.line));
            } else {
                taken.push((number, protocol, place));
            }
        }
    }
    let all = containers(spec).iter().flat_map(|container| container.at("portMappings[]"));
    for (first, second) in again(all, "name") {
        let text = second.text().unwrap_or_default();
        let help = format!("it is first given in line {}", first.span.line);
        found.wrong(&second.span, format!("two ports are named `{text}`"), help);
    }
}

fn shape(mapping: &Node, mode: &str, found: &mut Findings<'_>) {
    let (port, range) = (mapping.get("containerPort"), mapping.get("containerPortRange"));
    match (port, range) {
        (None, None) => found.wrong(&mapping.span, "the mapping has no port", "write `containerPort: 8080`"),
        (Some(_), Some(range)) => {
            let help = "keep one of them: the API reference does not say what ECS makes of both";
            found.doubt(&range.span, "a mapping is of a port or of a range of ports, and this one is of both", help);
        }
        _ => {}
    }
    if let Some((low, high)) = range.and_then(|range| range.text()?.split_once('-'))
        && let (Some(range), Ok(low), Ok(high)) = (range, low.parse::<u32>(), high.parse::<u32>())
    {
        if low == 0 || high > 65535 || low > high {
            let help = "the first port is no higher than the last, and both are between 1 and 65535";
            found.wrong(&range.span, "this is no range of ports", help);
        }
        if mode == "host" {
            let help = "map each port, or use `networkMode: awsvpc` or `bridge`";
            found.wrong(&range.span, "a range of ports needs `networkMode: awsvpc` or `bridge`", help);
        }
        if let Some(host) = mapping.get("hostPort") {
            found.wrong(&host.span, "`hostPort` has no place beside a range", "leave `hostPort` out");
        }
    }
    let number = |node: Option<&Node>| node.and_then(Node::number);
    if let (Some(host), Some(inside)) = (number(mapping.get("hostPort")), number(port))
        && ["awsvpc", "host"].contains(&mode)
        && host != inside
        && host != 0
        && let Some(place) = mapping.get("hostPort")
    {
        let message = format!("with `networkMode: {mode}` the host port is the container's port, {inside}");
        found.wrong(&place.span, message, "leave `hostPort` out");
    }
}
