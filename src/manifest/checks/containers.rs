//! The containers of a task: names, who is essential, memory, and what one names of another.

use core::net::IpAddr;

use super::super::node::Node;
use super::{Findings, again, containers, key_span, name, suggest};

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    let all = containers(spec);
    for (first, second) in again(all, "name") {
        let text = second.text().unwrap_or_default();
        let help = format!("it is first given in line {}", first.span.line);
        found.wrong(&second.span, format!("there are two containers `{text}`"), help);
    }
    // API model, ContainerDefinition.essential: absent means yes, and one must be.
    let optional = |container: &Node| container.get("essential").is_some_and(|node| !node.is_true());
    if !all.is_empty() && all.iter().all(optional) {
        let help = "take `essential: false` away from the container that the task is for";
        found.wrong(key_span(spec, "containerDefinitions"), "no container is essential", help);
    }
    let known = || all.iter().filter_map(name);
    for (path, what) in [("volumesFrom[].sourceContainer", "volumesFrom"), ("links[]", "links")] {
        for place in
            all.iter().flat_map(|container| if what == "links" { links(container) } else { container.at(path) })
        {
            let wanted = place.text().unwrap_or_default().split(':').next().unwrap_or_default();
            if !wanted.is_empty() && !known().any(|name| name == wanted) {
                found.wrong(&place.span, format!("there is no container `{wanted}`"), suggest(wanted, known()));
            }
        }
    }
    // API model, VolumeFrom.sourceContainer: "another container".
    for container in all {
        for place in container.at("volumesFrom[].sourceContainer") {
            if place.text().is_some() && place.text() == name(container) {
                let help = "name another container, or leave it out: it has its own volumes";
                found.wrong(&place.span, "a container cannot take volumes from itself", help);
            }
        }
    }
    for place in spec.at("proxyConfiguration.containerName") {
        let wanted = place.text().unwrap_or_default();
        if !known().any(|name| name == wanted) {
            found.wrong(&place.span, format!("there is no container `{wanted}`"), suggest(wanted, known()));
        }
    }
    memory(spec, found);
    for container in all {
        health(container, found);
        limits(container, found);
        hosts(container, found);
        options(container, found);
    }
}

fn links(container: &Node) -> Vec<&Node> {
    container.get("links").map_or(&[] as &[Node], Node::elements).iter().collect()
}

/// API model, ContainerDefinition.memory and memoryReservation.
fn memory(spec: &Node, found: &mut Findings<'_>) {
    let task = spec.get("memory").and_then(|node| super::fargate::size(node.text()?, "gb"));
    let (mut reserved, mut wanted) = (0, 0);
    for container in containers(spec) {
        let number = |member: &str| container.get(member).and_then(Node::number);
        let (hard, soft) = (number("memory"), number("memoryReservation"));
        if let (Some(hard), Some(soft), Some(place)) = (hard, soft, container.get("memoryReservation"))
            && soft > hard
        {
            let message = format!("the container reserves {soft} MiB and is stopped at {hard}");
            found.wrong(&place.span, message, "`memory` is the hard limit: make it more than `memoryReservation`");
        }
        // RegisterTaskDefinition: "The 'memory' setting for container … is greater than for the task" (T21).
        if let (Some(hard), Some(task), Some(place)) = (hard, task, container.get("memory"))
            && hard > task
        {
            let message = format!("the container has {hard} MiB of the task's {task}");
            found.wrong(&place.span, message, "make the task's memory at least as much");
        }
        reserved += soft.unwrap_or(0);
        wanted += soft.or(hard).unwrap_or(0);
        let linux = spec.at("runtimePlatform.operatingSystemFamily").iter().all(|os| os.text() == Some("LINUX"));
        if task.is_none()
            && spec.get("memory").is_none()
            && container.get("memory").is_none()
            && container.get("memoryReservation").is_none()
            && linux
            && !super::fargate::wanted(spec)
        {
            let help = "give the task a `memory`, or the container a `memory` or a `memoryReservation` in MiB";
            found.wrong(key_span(container, "name"), "nothing says how much memory the container has", help);
        }
    }
    let Some(task) = task else { return };
    let (place, help) = (key_span(spec, "memory"), "make the task's memory at least their sum");
    if reserved > task {
        found.wrong(place, format!("the containers reserve {reserved} MiB of the task's {task}"), help);
    } else if wanted > task {
        // ECS says it of reservations alone (T31).
        found.doubt(place, format!("the containers may take {wanted} MiB of the task's {task}"), help);
    }
}

/// API model, HealthCheck.command. ECS registers a command without CMD, and so it stands in templates of AWS's own. Docker's
/// own form to switch a check off is `NONE`.
fn health(container: &Node, found: &mut Findings<'_>) {
    for command in container.at("healthCheck.command") {
        let Some(first) = command.elements().first() else { continue };
        let text = first.text().unwrap_or_default();
        if !["CMD", "CMD-SHELL", "NONE"].contains(&text) {
            let help = "write `[CMD-SHELL, \"curl -f http://localhost/\"]`, or `[CMD, /program, argument]`";
            found.doubt(
                &first.span,
                "a health check's command begins with CMD or CMD-SHELL: Docker runs no other",
                help,
            );
        }
        if text == "CMD-SHELL" && command.elements().len() == 1 {
            found.wrong(&first.span, "the health check has no command", "write the command after CMD-SHELL");
        }
    }
}

/// API model, HostEntry.ipAddress. Docker has a word for the host's own.
fn hosts(container: &Node, found: &mut Findings<'_>) {
    for place in container.at("extraHosts[].ipAddress") {
        let is_known = |text: &str| text == "host-gateway" || text.parse::<IpAddr>().is_ok();
        if place.text().is_some_and(|text| !is_known(text)) {
            found.wrong(&place.span, "this is no IP address", "write one such as 10.0.0.1, or `host-gateway`");
        }
    }
}

/// API model, ContainerDefinition.dockerSecurityOptions: "Valid values". ECS registers others, and the container does not get
/// them (containers-roadmap#356).
fn options(container: &Node, found: &mut Findings<'_>) {
    const NAMED: [&str; 4] = ["apparmor", "label", "credentialspec", "credentialspecdomainless"];
    let is_known = |text: &str| {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        name == "no-new-privileges" || (NAMED.contains(&name) && !value.is_empty())
    };
    for place in container.at("dockerSecurityOptions[]") {
        if place.text().is_some_and(|text| !is_known(text)) {
            let help = "write `no-new-privileges`, `apparmor:PROFILE`, `label:VALUE` or `credentialspec:FILE`";
            found.doubt(&place.span, "ECS does not know this security option, and may not pass it on", help);
        }
    }
}

fn limits(container: &Node, found: &mut Findings<'_>) {
    let ulimits = container.at("ulimits[]");
    for (first, second) in again(ulimits.iter().copied(), "name") {
        let text = second.text().unwrap_or_default();
        let help = format!("it is first given in line {}", first.span.line);
        found.wrong(&second.span, format!("the ulimit `{text}` is given twice"), help);
    }
    // setrlimit(2): a soft limit is a number up to the hard one; -1 is no limit.
    for ulimit in ulimits {
        let number = |member: &str| ulimit.get(member).and_then(Node::number);
        if let (Some(soft), Some(hard), Some(place)) =
            (number("softLimit"), number("hardLimit"), ulimit.get("softLimit"))
            && soft > hard
            && hard >= 0
        {
            found.wrong(&place.span, "the soft limit is above the hard limit", format!("make it {hard} at most"));
        }
    }
}
