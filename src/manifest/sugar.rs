//! What a manifest may write more shortly than ECS, brought into ECS's own form; and what only ECS's answers have.

use super::diagnostic::{Diagnostic, Span};
use super::node::{Key, Node, Tree};
use crate::model::document;
use crate::model::id::Kind;

/// Members of ECS's answers that no request has: pasted along, and of no use.
const ANSWER_ONLY: [(Kind, &[&str]); 2] = [
    (
        Kind::TaskDefinition,
        &[
            "taskDefinitionArn",
            "revision",
            "status",
            "requiresAttributes",
            "compatibilities",
            "registeredAt",
            "registeredBy",
            "deregisteredAt",
            "deleteRequestedAt",
        ],
    ),
    (
        Kind::Service,
        &[
            "serviceArn",
            "clusterArn",
            "status",
            "runningCount",
            "pendingCount",
            "deployments",
            "events",
            "roleArn",
            "createdAt",
            "createdBy",
            "platformFamily",
            "taskSets",
            "currentServiceDeployment",
            "currentServiceRevisions",
            "resourceManagementType",
        ],
    ),
];

/// The members of a kind that only ECS's answers have.
pub(super) fn answer_only(kind: Kind) -> &'static [&'static str] {
    ANSWER_ONLY.iter().find(|(of, _)| *of == kind).map_or(&[], |(_, names)| names)
}

/// Takes away what only answers have, with a warning each.
pub(super) fn drop_answers(file: &str, kind: Kind, spec: &mut Node, out: &mut Vec<Diagnostic>) {
    let clustered = spec.get("cluster").is_some();
    let Tree::Map(entries) = &mut spec.tree else { return };
    let names = answer_only(kind);
    entries.retain(|(key, _)| {
        let answer = names.contains(&key.text.as_str());
        if answer {
            let message = format!("`{}` is only part of ECS's answers, and ignored", key.text);
            // Of what an answer says elsewhere than a request, the place of a service must not be lost.
            let help = match key.text.as_str() {
                "clusterArn" if !clustered => "write `cluster` in its place: without it, the service is in `default`",
                _ => "take it out: ECS states it, and nobody sets it",
            };
            out.push(Diagnostic::warning(file, &key.span, message).help(help));
        }
        !answer
    });
}

/// Turns the maps that a manifest may write into ECS's lists.
pub(super) fn to_lists(kind: Kind, spec: &mut Node) {
    match kind {
        Kind::TaskDefinition => {
            member(spec, "tags", |tags| pairs(tags, "key"));
            member(spec, "cpu", size);
            member(spec, "memory", size);
            let Some(containers) = member_mut(spec, "containerDefinitions") else { return };
            let Tree::List(containers) = &mut containers.tree else { return };
            for container in containers {
                member(container, "environment", |environment| pairs(environment, "name"));
                member(container, "secrets", secrets);
                member(container, "logConfiguration", |log| member(log, "secretOptions", secrets));
            }
        }
        Kind::Service => {
            member(spec, "tags", |tags| pairs(tags, "key"));
            member(spec, "serviceConnectConfiguration", |connect| {
                member(connect, "logConfiguration", |log| member(log, "secretOptions", secrets));
            });
        }
        Kind::Secret | Kind::ExecutionRole => {}
    }
}

/// A size is a text that ECS reads as a number: `256.0` and `0x100` are `256`.
fn size(node: &mut Node) {
    if let Tree::Number(number) = &node.tree {
        let number = document::whole(number);
        if number.is_i64() {
            node.tree = Tree::Text(number.to_string());
        }
    }
}

/// `{A: b}` is `[{name: A, value: b}]`.
fn pairs(node: &mut Node, name: &str) {
    let Tree::Map(entries) = &mut node.tree else { return };
    let pair = |(key, value): (Key, Node)| {
        let span = key.span.clone();
        map(&span, vec![(name, text(&key)), ("value", value)])
    };
    node.tree = Tree::List(std::mem::take(entries).into_iter().map(pair).collect());
}

/// `{A: {secretRef: r}}` is `[{name: A, valueFrom: {secretRef: r}}]`, and so is `[{name: A, secretRef: r}]`.
fn secrets(node: &mut Node) {
    if let Tree::Map(entries) = &mut node.tree {
        let entry = |(key, source): (Key, Node)| {
            let span = key.span.clone();
            let mut members = vec![(Key { text: "name".into(), span: span.clone() }, text(&key))];
            match source.tree {
                Tree::Map(inner) => members.extend(inner),
                other => members.push((at("valueFrom", &source.span), Node { tree: other, span: source.span })),
            }
            Node { tree: Tree::Map(members), span }
        };
        node.tree = Tree::List(std::mem::take(entries).into_iter().map(entry).collect());
    }
    let Tree::List(elements) = &mut node.tree else { return };
    for element in elements {
        let Tree::Map(members) = &mut element.tree else { continue };
        for (key, value) in members {
            if key.text == "secretRef" {
                let reference = Node { tree: std::mem::replace(&mut value.tree, Tree::Null), span: value.span.clone() };
                *value = map(&key.span, vec![("secretRef", reference)]);
                key.text = "valueFrom".into();
            }
        }
    }
}

fn member_mut<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    let Tree::Map(entries) = &mut node.tree else { return None };
    entries.iter_mut().find(|(key, _)| key.text == name).map(|(_, value)| value)
}

fn member(node: &mut Node, name: &str, change: impl FnOnce(&mut Node)) {
    if let Some(member) = member_mut(node, name) {
        change(member);
    }
}

fn text(key: &Key) -> Node {
    Node { tree: Tree::Text(key.text.clone()), span: key.span.clone() }
}

fn at(name: &str, span: &Span) -> Key {
    Key { text: name.to_owned(), span: span.clone() }
}

fn map(span: &Span, members: Vec<(&str, Node)>) -> Node {
    let members = members.into_iter().map(|(name, value)| (at(name, span), value)).collect();
    Node { tree: Tree::Map(members), span: span.clone() }
}
