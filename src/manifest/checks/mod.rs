//! What no schema can say: rules between fields, between documents, and of texts with a grammar of their own.
//!
//! Works on the tree, so that it says everything at once, whatever else is wrong. Each rule of AWS names its source:
//! "API model" is the reference text of that field, the other keys are those of `docs/aws-behaviour.md`.

pub(super) mod arns;
mod connect;
mod containers;
mod dependencies;
mod deployment;
mod empty;
mod exact_numbers;
pub(super) mod fargate;
mod granted;
mod ignored;
mod images;
mod logs;
mod names;
mod pairs;
mod partitions;
mod platform;
mod policy_size;
mod ports;
mod resources;
mod service;
mod sizes;
mod sources;
mod strategy;
mod tags;
mod value_from;
mod value_keys;
mod volumes;
mod without_role;

use std::collections::BTreeSet;

use super::diagnostic::{Diagnostic, Span};
use super::node::{Key, Node, Tree};
use crate::model::document::Rules;
use crate::model::id::Kind;

pub(super) use exact_numbers::exact_numbers;
pub(super) use pairs::pairs;
pub(super) use policy_size::policy_sizes;
pub(super) use value_keys::value_keys;

/// What is found in one file.
pub(super) struct Findings<'f> {
    file: &'f str,
    found: Vec<Diagnostic>,
}

impl<'f> Findings<'f> {
    pub(super) fn new(file: &'f str) -> Self {
        Self { file, found: Vec::new() }
    }

    /// AWS would refuse it, or it contradicts itself.
    fn wrong(&mut self, span: &Span, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::error(self.file, span, message).help(help));
    }

    /// It can be meant, and seldom is.
    fn doubt(&mut self, span: &Span, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::warning(self.file, span, message).help(help));
    }

    /// Puts what was found to the rest, less what is already found wrong at the same place.
    pub(super) fn into(self, out: &mut Vec<Diagnostic>) {
        if self.found.is_empty() {
            return;
        }
        let known: BTreeSet<(String, Span)> =
            out.iter().filter(|found| found.is_error()).map(|found| (found.file.clone(), found.span.clone())).collect();
        let news = |found: &Diagnostic| !known.contains(&(found.file.clone(), found.span.clone()));
        out.extend(self.found.into_iter().filter(news));
    }
}

/// What must be looked at as it is written, before the short forms become ECS's.
pub(super) fn as_written(kind: Kind, spec: &Node, found: &mut Findings<'_>) {
    match kind {
        Kind::TaskDefinition => {
            sources::two_sources(spec, found);
            empty::check(spec, found);
        }
        Kind::Service => empty::check(spec, found),
        // A map stays a map: its schema refuses what has no value.
        Kind::Secret | Kind::ExecutionRole => {}
    }
}

/// Everything that can be said of one document, in ECS's own form.
pub(super) fn document(kind: Kind, document: &Node, found: &mut Findings<'_>) {
    let Some(spec) = document.get("spec") else { return };
    tags::check(spec, found);
    arns::check(kind, spec, found);
    sizes::check(kind, spec, found);
    match kind {
        Kind::Secret => {
            names::secret(document, spec, found);
            names::keys(spec, found);
        }
        Kind::ExecutionRole => names::role(spec, found),
        Kind::TaskDefinition => {
            containers::check(spec, found);
            dependencies::check(spec, found);
            sources::check(spec, found);
            value_from::check(spec, found);
            ports::check(spec, found);
            volumes::check(spec, found);
            logs::check(spec, found);
            images::check(spec, found);
            resources::check(spec, found);
            granted::check(spec, found);
            fargate::check(spec, found);
            platform::check(spec, found);
            strategy::check(spec, found);
            without_role::check(spec, found);
            ignored::check(kind, spec, found);
        }
        Kind::Service => {
            service::check(spec, found);
            strategy::check(spec, found);
            deployment::check(spec, found);
            logs::of_service_connect(spec, found);
            value_from::check(spec, found);
            ignored::check(kind, spec, found);
        }
    }
}

/// Where a member stands: at its key, else where its map begins.
fn key_span<'n>(node: &'n Node, name: &str) -> &'n Span {
    node.key(name).map_or(&node.span, |key: &Key| &key.span)
}

/// The containers of a task definition.
fn containers(spec: &Node) -> &[Node] {
    spec.get("containerDefinitions").map_or(&[], Node::elements)
}

/// The name of a container, volume, port or variable.
fn name(node: &Node) -> Option<&str> {
    node.get("name").and_then(Node::text)
}

/// Elements of a list whose texts at `member` are already those of an earlier one: that one, and the second place.
fn again<'n>(elements: impl IntoIterator<Item = &'n Node>, member: &str) -> Vec<(&'n Node, &'n Node)> {
    let mut seen: Vec<&Node> = Vec::new();
    let mut out = Vec::new();
    for place in elements.into_iter().filter_map(|element| element.get(member)) {
        match seen.iter().find(|first| place.text().is_some() && first.text() == place.text()) {
            Some(first) => out.push((*first, place)),
            None => seen.push(place),
        }
    }
    out
}

/// Is it what ECS itself fills in there? Such a value means nothing, and comes along with a pasted answer.
fn is_default(rules: &Rules, path: &str, node: &Node) -> bool {
    let default = rules.defaults.iter().find(|(row, _)| *row == path);
    let is = default.and_then(|(_, json)| serde_json::from_str(json).ok()) == Some(node.to_value());
    let map = matches!(node.tree, Tree::Map(_));
    is || map && node.entries().all(|(key, inside)| is_default(rules, &format!("{path}.{}", key.text), inside))
}

/// `did you mean …`, or what there is.
fn suggest<'n>(wanted: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match super::diagnostic::closest(wanted, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None => format!("there is {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}
