//! What a task runs on: systems and processors; Fargate's platform versions, and from which one on a task can be run.

use std::collections::BTreeMap;

use super::super::document::{Document, Noun};
use super::super::node::{Node, Tree};
use super::{Findings, fargate, key_span};
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::secret::Secret;
use crate::model::task_definition::Pinning;

/// From which Linux version on: ECS-SM, ECS-ENV; the others from the API model, each field's own text.
const NEEDS: [(&str, (u32, u32), &str); 9] = [
    ("containerDefinitions[].environmentFiles[]", (1, 4), "environment files"),
    ("containerDefinitions[].linuxParameters.capabilities.add[]", (1, 4), "added capabilities"),
    ("containerDefinitions[].systemControls[]", (1, 4), "system controls"),
    ("ephemeralStorage", (1, 4), "a size of ephemeral storage"),
    ("pidMode", (1, 4), "a shared process namespace"),
    ("containerDefinitions[].dependsOn[]", (1, 3), "an order of containers"),
    ("containerDefinitions[].stopTimeout", (1, 3), "a stop timeout"),
    ("containerDefinitions[].startTimeout", (1, 3), "a start timeout"),
    ("containerDefinitions[].repositoryCredentials", (1, 2), "credentials of a registry"),
];

/// What Windows containers do not have, and whether Fargate has it for others: where it does not, that is said of Fargate.
/// Source: API model, each member's own text; ECS developer guide, windows_task_definitions. ECS registers some of it all the
/// same: `user`, which both name too, is what Security Hub wants to see there (control ECS.21).
const OF_LINUX: [(&str, bool); 12] = [
    ("ipcMode", false),
    ("pidMode", false),
    ("proxyConfiguration", true),
    ("containerDefinitions[].disableNetworking", false),
    ("containerDefinitions[].dnsSearchDomains", false),
    ("containerDefinitions[].dnsServers", false),
    ("containerDefinitions[].extraHosts", false),
    ("containerDefinitions[].linuxParameters", true),
    ("containerDefinitions[].links", false),
    ("containerDefinitions[].privileged", false),
    ("containerDefinitions[].readonlyRootFilesystem", true),
    ("containerDefinitions[].ulimits", true),
];

/// Is it a task of Windows containers?
pub(super) fn is_windows(spec: &Node) -> bool {
    let family = spec.at("runtimePlatform.operatingSystemFamily");
    family.iter().any(|family| family.text().is_some_and(|text| text.starts_with("WINDOWS")))
}

/// Source: API model, RuntimePlatform.cpuArchitecture: "for tasks that run on Linux".
pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    if !is_windows(spec) {
        return;
    }
    for place in spec.at("runtimePlatform.cpuArchitecture") {
        if place.text() == Some("ARM64") {
            found.wrong(&place.span, "Windows does not run on ARM64", "write `X86_64`, or leave it out");
        }
    }
    let on_fargate = fargate::wanted(spec);
    for (path, _) in OF_LINUX.iter().filter(|(_, fargate_has)| *fargate_has || !on_fargate) {
        let (owners, member) = match path.rsplit_once('.') {
            Some((owners, member)) => (spec.at(owners), member),
            None => (vec![spec], *path),
        };
        for owner in owners.into_iter().filter(|owner| owner.get(member).is_some_and(says_something)) {
            let message = format!("ECS does not support `{member}` for Windows containers");
            found.doubt(key_span(owner, member), message, "leave it out");
        }
    }
}

/// What is empty or false comes along with a pasted answer.
fn says_something(node: &Node) -> bool {
    match &node.tree {
        Tree::Null => false,
        Tree::Bool(_) => node.is_true(),
        Tree::Number(_) => true,
        Tree::Text(text) => !text.is_empty(),
        Tree::List(elements) => !elements.is_empty(),
        Tree::Map(members) => !members.is_empty(),
    }
}

/// A number such as 1.3.0; `None` for LATEST and what is no version.
pub(super) fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(str::parse::<u32>);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// What a task definition needs that a Linux platform version does not have yet: what, and from when on.
pub(super) fn lacking(
    task: &Node,
    documents: &BTreeMap<ResourceId, Document>,
    has: (u32, u32),
) -> Option<(&'static str, String)> {
    let since = |(major, minor): (u32, u32)| format!("{major}.{minor}.0");
    let secrets = [
        "containerDefinitions[].secrets[].valueFrom",
        "containerDefinitions[].logConfiguration.secretOptions[].valueFrom",
    ];
    let secrets: Vec<&Node> = secrets.iter().flat_map(|path| task.at(path)).collect();
    let pinning = task.get("secretPinning").and_then(Node::text);
    let by_id = |reference: &Node| {
        let said = reference.get("pin").and_then(Node::text).or(pinning);
        said.map_or_else(|| usual(reference, documents) == Pinning::VersionId, |said| said == "VersionId")
    };
    if has < (1, 4) && secrets.iter().any(|place| is_part(place, by_id)) {
        return Some(("JSON keys, stages and version ids of secrets", since((1, 4))));
    }
    if has < (1, 3) && !secrets.is_empty() {
        return Some(("secrets", since((1, 3))));
    }
    let (_, from, what) = NEEDS.iter().find(|(path, from, _)| has < *from && !task.at(path).is_empty())?;
    Some((*what, since(*from)))
}

/// Does it name more than a whole secret?
fn is_part(place: &Node, by_id: impl Fn(&Node) -> bool) -> bool {
    match place.get("secretRef") {
        Some(reference) => by_id(reference) || reference.get("key").is_some() || reference.get("stage").is_some(),
        None => place.text().is_some_and(|text| text.contains(":secretsmanager:") && text.split(':').count() > 7),
    }
}

/// How a secret is pinned where neither its place nor the task definition says so.
fn usual(reference: &Node, documents: &BTreeMap<ResourceId, Document>) -> Pinning {
    let name = reference.get("name").and_then(|name| Name::parse(name.text()?));
    let secret = name.and_then(|name| documents.get(&ResourceId::new(Kind::Secret, &name))?.noun.as_ref());
    match secret {
        Some(Noun::Secret(secret)) => Secret::pinning(secret),
        _ => Pinning::Current,
    }
}
