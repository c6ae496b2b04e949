//! Volumes: one kind each, a mount for a volume that exists, and the rules of EFS.

use super::super::node::Node;
use super::{Findings, again, containers, key_span, name, suggest};

/// Source: API model, Volume, MountPoint, EFSVolumeConfiguration.
pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    let volumes = spec.at("volumes[]");
    for (first, second) in again(volumes.iter().copied(), "name") {
        let text = second.text().unwrap_or_default();
        let help = format!("it is first given in line {}", first.span.line);
        found.wrong(&second.span, format!("there are two volumes `{text}`"), help);
    }
    let mut at_launch: Option<&Node> = None;
    for volume in &volumes {
        let kinds: Vec<_> =
            volume.entries().filter(|(key, value)| is_kind(&key.text, value)).map(|(key, _)| key).collect();
        if let [first, second, ..] = kinds.as_slice() {
            let message = format!("a volume is of one kind: `{}` and `{}` exclude each other", first.text, second.text);
            found.wrong(&second.span, message, "make two volumes of it");
        }
        for efs in volume.at("efsVolumeConfiguration") {
            efs_rules(efs, found);
        }
        if let Some(launch) = volume.get("configuredAtLaunch").filter(|node| node.is_true()) {
            if let Some(first) = at_launch {
                let help = format!("the other is in line {}", first.span.line);
                found.wrong(&launch.span, "only one volume can be configured at launch", help);
            }
            at_launch.get_or_insert(launch);
        }
    }
    let known = || volumes.iter().filter_map(|volume| name(volume));
    for container in containers(spec) {
        let mounts = container.at("mountPoints[]");
        for (first, second) in again(mounts.iter().copied(), "containerPath") {
            let text = second.text().unwrap_or_default();
            let help = format!("the other mount is in line {}", first.span.line);
            found.wrong(&second.span, format!("two volumes are mounted at `{text}`"), help);
        }
        for place in mounts.iter().filter_map(|mount| mount.get("sourceVolume")) {
            let wanted = place.text().unwrap_or_default();
            if !known().any(|name| name == wanted) {
                found.wrong(&place.span, format!("there is no volume `{wanted}`"), suggest(wanted, known()));
            }
        }
    }
}

/// An empty `host` and `configuredAtLaunch: false` are how ECS answers for a volume without either.
fn is_kind(member: &str, value: &Node) -> bool {
    match member {
        "host" => value.entries().next().is_some(),
        "configuredAtLaunch" => value.is_true(),
        other => other.ends_with("VolumeConfiguration"),
    }
}

fn efs_rules(efs: &Node, found: &mut Findings<'_>) {
    let text = |path: &str| efs.at(path).first().and_then(|node| node.text());
    let point = text("authorizationConfig.accessPointId");
    let encrypted = text("transitEncryption") == Some("ENABLED");
    let needs = (point.is_some() || text("authorizationConfig.iam") == Some("ENABLED")) && !encrypted;
    if needs {
        let place = efs.get("transitEncryption").map_or(key_span(efs, "authorizationConfig"), |node| &node.span);
        let message = "EFS authorization by IAM or an access point needs encryption in transit";
        found.wrong(place, message, "write `transitEncryption: ENABLED`");
    }
    if let (Some(_), Some(root)) = (point, efs.get("rootDirectory"))
        && root.text() != Some("/")
    {
        let help = "leave `rootDirectory` out: the access point has its own";
        found.wrong(&root.span, "a root directory has no place beside an access point", help);
    }
}
