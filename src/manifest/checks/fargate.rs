//! What a task needs to run on Fargate, and what Fargate does not have. Source: API model, each field's own text; DOC
//! fargate-tasks-services.html.

use super::super::diagnostic::{Span, closest};
use super::super::node::Node;
use super::platform::is_windows;
use super::{Findings, containers, key_span};

/// CPU units, and memory in MiB: least, most, step.
type Row = (i64, i64, i64, i64);

/// CPU units, then memory in MiB: least, most, step (API model, RegisterTaskDefinition.memory). For 256 units the
/// values double instead.
pub(in crate::manifest) const SIZES: [Row; 7] = [
    (256, 512, 2048, 0),
    (512, 1024, 4096, 1024),
    (1024, 2048, 8192, 1024),
    (2048, 4096, 16384, 1024),
    (4096, 8192, 30720, 1024),
    (8192, 16384, 61440, 4096),
    (16384, 32768, 122_880, 8192),
];

/// Does the task definition say that it is for Fargate?
pub(super) fn wanted(spec: &Node) -> bool {
    let compatible = spec.get("requiresCompatibilities").map_or(&[] as &[Node], Node::elements);
    compatible.iter().any(|node| node.text() == Some("FARGATE"))
}

/// `256`, `.25 vCPU`, `0.5 GB`: as ECS counts.
pub(super) fn size(text: &str, unit: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    if let Some(number) = lower.strip_suffix(unit) {
        let thousandths: f64 = number.trim().parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "a size of a task is far below what an integer holds")]
        return Some((thousandths * 1024.0).round() as i64);
    }
    lower.trim().parse().ok()
}

/// CPU units of a task on instances (API model, RegisterTaskDefinition.cpu). That ECS refuses others is UNCONFIRMED.
const ON_INSTANCES: std::ops::RangeInclusive<i64> = 128..=196_608;

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    if !wanted(spec) {
        on_instances(spec, found);
        return network(spec, found);
    }
    let compatible = key_span(spec, "requiresCompatibilities");
    match spec.get("networkMode") {
        None => found.wrong(compatible, "Fargate needs `networkMode: awsvpc`", "add it; without one, ECS takes bridge"),
        Some(mode) if mode.text() != Some("awsvpc") => {
            found.wrong(&mode.span, "Fargate needs `networkMode: awsvpc`", "write `awsvpc`");
        }
        Some(_) => network(spec, found),
    }
    sizes(spec, compatible, found);
    for (path, what) in [
        ("ipcMode", "an IPC mode"),
        ("placementConstraints[]", "placement constraints"),
        ("inferenceAccelerators[]", "Elastic Inference"),
        ("volumes[].host.sourcePath", "folders of a host"),
        ("volumes[].dockerVolumeConfiguration", "Docker volumes"),
        ("containerDefinitions[].dockerSecurityOptions[]", "Docker security options"),
        ("containerDefinitions[].linuxParameters.devices[]", "devices of a host"),
        ("containerDefinitions[].linuxParameters.sharedMemorySize", "a size of shared memory"),
        ("containerDefinitions[].linuxParameters.maxSwap", "swap"),
        ("containerDefinitions[].linuxParameters.swappiness", "swap"),
        ("containerDefinitions[].links[]", "links"),
        ("containerDefinitions[].dnsServers[]", "DNS servers of a container's own"),
        ("containerDefinitions[].dnsSearchDomains[]", "DNS domains of a container's own"),
    ] {
        for place in spec
            .at(path.trim_end_matches("[]"))
            .into_iter()
            .filter(|node| !path.ends_with("[]") || !node.elements().is_empty())
        {
            found.wrong(
                &place.span,
                format!("Fargate has no {what}").replace("no an ", "no ").replace("no a ", "no "),
                "leave it out",
            );
        }
    }
    for (member, what) in
        [("privileged", "privileged containers"), ("disableNetworking", "containers without a network")]
    {
        for place in spec.at(&format!("containerDefinitions[].{member}")).into_iter().filter(|node| node.is_true()) {
            found.wrong(&place.span, format!("Fargate has no {what}"), "leave it out");
        }
    }
    for place in spec.at("containerDefinitions[].linuxParameters.capabilities.add").into_iter().flat_map(Node::elements)
    {
        if place.text() != Some("SYS_PTRACE") {
            found.wrong(&place.span, "Fargate adds no capability but `SYS_PTRACE`", "leave it out");
        }
    }
    for place in spec.at("containerDefinitions[].resourceRequirements[].type") {
        if place.text() == Some("GPU") {
            found.wrong(
                &place.span,
                "Fargate has no GPUs",
                "leave it out, or run the task on instances that have them",
            );
        }
    }
    for place in spec.at("pidMode") {
        if is_windows(spec) {
            found.wrong(&place.span, "Windows containers on Fargate share no process namespace", "leave it out");
        } else if place.text() == Some("host") {
            let help = "write `task`, or leave it out";
            found.wrong(&place.span, "Fargate shares no process namespace with a host", help);
        }
    }
    for timeout in ["startTimeout", "stopTimeout"] {
        for place in spec.at(&format!("containerDefinitions[].{timeout}")) {
            if place.number().is_some_and(|seconds| !(2..=120).contains(&seconds)) {
                let message = format!("`{timeout}` is between 2 and 120 seconds on Fargate");
                found.wrong(&place.span, message, "choose a number of seconds in these bounds");
            }
        }
    }
    for log in spec.at("containerDefinitions[].logConfiguration") {
        logs(log, found);
    }
    for place in spec.at("containerDefinitions[].firelensConfiguration.options.config-file-type") {
        if place.text() == Some("s3") {
            let help = "build the file into the image, and write `file`";
            found.wrong(&place.span, "on Fargate the router's configuration is a file of its image", help);
        }
    }
}

/// Of Windows containers the size of the task is not looked at.
fn on_instances(spec: &Node, found: &mut Findings<'_>) {
    let Some((cpu, place)) = spec.get("cpu").and_then(|node| Some((size(node.text()?, "vcpu")?, node))) else { return };
    if !is_windows(spec) && !ON_INSTANCES.contains(&cpu) {
        let help = "write 128 to 196608, or leave it out: containers have a `cpu` of their own";
        found.doubt(&place.span, format!("ECS names no tasks of {cpu} CPU units"), help);
    }
    if let Some(message) = too_much_cpu(spec, cpu) {
        found.doubt(&place.span, message, "make the task's cpu at least their sum");
    }
}

/// ECS refuses it on Fargate; of instances nothing says so.
fn too_much_cpu(spec: &Node, cpu: i64) -> Option<String> {
    let sum: i64 = spec.at("containerDefinitions[].cpu").into_iter().filter_map(Node::number).sum();
    (sum > cpu).then(|| format!("the containers reserve {sum} CPU units of the task's {cpu}"))
}

fn logs(log: &Node, found: &mut Findings<'_>) {
    let Some(driver) = log.get("logDriver") else { return };
    match driver.text() {
        Some("awslogs") if log.at("options.awslogs-stream-prefix").is_empty() => {
            let place = key_span(log, if log.key("options").is_some() { "options" } else { "logDriver" });
            let message = "the log driver awslogs needs the option `awslogs-stream-prefix` on Fargate";
            found.wrong(place, message, "add `awslogs-stream-prefix`, for example the name of the service");
        }
        Some("awslogs" | "splunk" | "awsfirelens") | None => {}
        Some(other) => {
            let help = "Fargate has `awslogs`, `splunk` and `awsfirelens`";
            found.wrong(&driver.span, format!("Fargate has no log driver `{other}`"), help);
        }
    }
}

/// A size, and where it stands.
type Size<'n> = (i64, &'n Node);

/// The task's CPU units and its memory in MiB, where both can be read.
fn read_sizes(spec: &Node) -> Option<(Size<'_>, Size<'_>)> {
    let read = |member: &str, unit: &str| spec.get(member).and_then(|node| Some((size(node.text()?, unit)?, node)));
    read("cpu", "vcpu").zip(read("memory", "gb"))
}

/// Does this memory go with a size of this row?
fn fits(row: &Row, memory: i64) -> bool {
    memory_of(row).0.contains(&memory)
}

/// The memory that goes with a size, in MiB, and in words.
pub(in crate::manifest) fn memory_of((_, low, high, step): &Row) -> (Vec<i64>, String) {
    if *step == 0 {
        return (vec![512, 1024, 2048], "512, 1024 or 2048".to_owned());
    }
    let sizes = (*low..=*high).filter(|size| (size - low) % step == 0).collect();
    (sizes, format!("{low} to {high} in steps of {step}"))
}

/// Could a task of this cpu and memory run on Fargate? Yes where they cannot be read.
pub(super) fn has_size(spec: &Node) -> bool {
    read_sizes(spec).is_none_or(|((cpu, _), (memory, _))| SIZES.iter().any(|row| row.0 == cpu && fits(row, memory)))
}

fn sizes(spec: &Node, compatible: &Span, found: &mut Findings<'_>) {
    for (member, example) in [("cpu", "256"), ("memory", "512")] {
        // What is misspelt is said already.
        let misspelt = spec.entries().any(|(key, _)| closest(&key.text, [member]).is_some());
        if spec.get(member).is_none() && !misspelt {
            found.wrong(
                compatible,
                format!("Fargate needs the task's `{member}`"),
                format!("add `{member}: \"{example}\"`"),
            );
        }
    }
    let Some(((cpu, cpu_at), (memory, memory_at))) = read_sizes(spec) else { return };
    let Some(row) = SIZES.iter().find(|(units, ..)| *units == cpu) else {
        let known = SIZES.map(|(units, ..)| units.to_string()).join(", ");
        return found.wrong(
            &cpu_at.span,
            format!("Fargate has no tasks of {cpu} CPU units"),
            format!("choose one of {known}"),
        );
    };
    if !fits(row, memory) {
        let (_, takes) = memory_of(row);
        let message = format!("Fargate has no tasks of {cpu} CPU units with {memory} MiB");
        found.wrong(&memory_at.span, message, format!("with {cpu} CPU units memory is {takes}"));
    }
    if is_windows(spec) && cpu < 1024 {
        found.wrong(&cpu_at.span, "Windows on Fargate needs 1 vCPU or more", "write `1024` or more");
    }
    if let Some(message) = too_much_cpu(spec, cpu) {
        found.wrong(&cpu_at.span, message, "make the task's cpu at least their sum");
    }
}

/// What the network mode rules out. Source: API model, ContainerDefinition.{links,hostname,extraHosts}.
fn network(spec: &Node, found: &mut Findings<'_>) {
    let mode = spec.get("networkMode").and_then(Node::text).unwrap_or("bridge");
    for container in containers(spec) {
        let given =
            |member: &str| container.get(member).filter(|node| node.text().is_some() || !node.elements().is_empty());
        if mode == "awsvpc" {
            for member in ["hostname", "extraHosts"].into_iter().filter(|member| given(member).is_some()) {
                let message = format!("`{member}` has no place with `networkMode: awsvpc`");
                found.wrong(key_span(container, member), message, "leave it out");
            }
        }
        if mode != "bridge" && given("links").is_some() && !wanted(spec) {
            let help = "containers of one task reach each other at localhost; leave it out";
            found.wrong(key_span(container, "links"), format!("`links` has no place with `networkMode: {mode}`"), help);
        }
    }
}
