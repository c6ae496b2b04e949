//! All documents together: names that stand twice, references that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::{Diagnostic, closest};
use super::document::{Document, Noun};
use super::node::Node;
use super::{checks, files};
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId};

/// Puts the documents into `desired`; what is wrong between them goes to `out`.
///
/// `unread` is what could not be read at all: a manifest that is missing may stand there.
pub(super) fn resolve(
    documents: Vec<Document>,
    desired: &mut Desired,
    unread: &mut [Diagnostic],
    out: &mut Vec<Diagnostic>,
) {
    let mut unique: BTreeMap<ResourceId, Document> = BTreeMap::new();
    for document in documents {
        if let Some(first) = unique.get(&document.id) {
            let message = format!("{} is written twice", document.id);
            let first_place = first.place();
            let help = match files::folder(&first.file).zip(files::folder(&document.file)) {
                Some((one, other)) if one != other => {
                    let [one, other] = [one, other].map(|folder| if folder.is_empty() { "." } else { folder });
                    format!(
                        "it is first written in {first_place}; where {one} and {other} are sets of their own, name one of them alone"
                    )
                }
                _ => format!("it is first written in {first_place}"),
            };
            out.push(Diagnostic::error(&document.file, &document.name_span, message).help(help));
            desired.broken.insert(document.id.clone(), document.references());
            continue;
        }
        unique.insert(document.id.clone(), document);
    }
    same_object(&unique, desired, out);
    references(&unique, desired, unread, out);
    let pairs = checks::pairs(&unique).into_iter().chain(checks::policy_sizes(&unique));
    for (id, found) in pairs.chain(checks::value_keys(&unique)) {
        let before = errors(out);
        found.into(out);
        if errors(out) > before
            && let Some(document) = unique.get(id)
        {
            desired.broken.insert(id.clone(), document.references());
        }
    }
    for (id, document) in unique {
        for (path, origin) in document.origins() {
            desired.origins.insert(&id, path, origin);
        }
        let (name, named) = (id.name.clone(), document.references());
        match document.noun.filter(|_| !desired.broken.contains_key(&id)) {
            Some(Noun::Secret(secret)) => drop(desired.secrets.insert(name, secret)),
            Some(Noun::Role(role)) => drop(desired.roles.insert(name, role)),
            Some(Noun::TaskDefinition(td)) => drop(desired.task_definitions.insert(name, td)),
            Some(Noun::Service(service)) => drop(desired.services.insert(name, service)),
            None => drop(desired.broken.insert(id, named)),
        }
    }
}

fn errors(out: &[Diagnostic]) -> usize {
    out.iter().filter(|found| found.is_error()).count()
}

/// Two manifests for one object of AWS would fight over it.
fn same_object(documents: &BTreeMap<ResourceId, Document>, desired: &mut Desired, out: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<(Kind, String), &ResourceId> = BTreeMap::new();
    for (id, document) in documents {
        let object = match &document.noun {
            Some(Noun::Secret(secret)) => secret.secret_name.to_string(),
            Some(Noun::Role(role)) => role.role_name.to_string(),
            Some(Noun::TaskDefinition(td)) => td.family.to_string(),
            Some(Noun::Service(service)) => format!("{}/{}", service.cluster, service.service_name),
            None => continue,
        };
        // IAM does not tell names of roles apart by their case (API model, CreateRole).
        let key = if id.kind == Kind::ExecutionRole { object.to_ascii_lowercase() } else { object.clone() };
        if let Some(first) = owners.get(&(id.kind, key.clone())) {
            let message = format!("{id} and {first} are both for `{object}` in AWS");
            let other = documents.get(*first).map_or_else(String::new, Document::place);
            let help = format!("{first} is in {other}; take one of them away, or give it another name in AWS");
            out.push(Diagnostic::error(&document.file, &document.name_span, message).help(help));
            desired.broken.insert(id.clone(), document.references());
            continue;
        }
        owners.insert((id.kind, key), id);
    }
}

/// References are read from the tree, so that a document with errors still has those that can be read.
fn references(
    documents: &BTreeMap<ResourceId, Document>,
    desired: &mut Desired,
    unread: &mut [Diagnostic],
    out: &mut Vec<Diagnostic>,
) {
    let mut broken = Vec::new();
    let mut perhaps = BTreeSet::new();
    for (id, document) in documents {
        for (wanted, node) in named(document) {
            if documents.contains_key(&wanted) || desired.broken.contains_key(&wanted) {
                continue;
            }
            if desired.unknown {
                // It may be the one that cannot be read.
                perhaps.insert(wanted.clone());
                desired.broken.insert(wanted, BTreeSet::new());
                continue;
            }
            let missing = Diagnostic::error(&document.file, &node.span, format!("there is no {wanted}"));
            let names = documents.keys().filter(|id| id.kind == wanted.kind).map(|id| id.name.as_str());
            out.push(match closest(wanted.name.as_str(), names) {
                Some(near) => missing.help(format!("did you mean `{near}`?")),
                None if !documents.keys().any(|id| id.kind == wanted.kind) => {
                    missing.help(format!("give `-f` every file of the set: there is no {} at all", wanted.kind))
                }
                None => {
                    let names = documents.keys().filter(|id| id.kind == wanted.kind).take(5);
                    let names: Vec<String> = names.map(|id| format!("`{}`", id.name)).collect();
                    missing.help(format!("there is {}", names.join(", ")))
                }
            });
            broken.push(id.clone());
        }
    }
    if let (Some(unread), false) = (unread.first_mut(), perhaps.is_empty()) {
        let names: Vec<String> = perhaps.iter().map(ToString::to_string).collect();
        let lost = format!("named elsewhere and found nowhere, so perhaps here: {}", names.join(", "));
        unread.help = Some(unread.help.take().map_or_else(|| lost.clone(), |help| format!("{help}; {lost}")));
    }
    broken.extend(disagreeing(documents, out));
    desired.broken.extend(broken.into_iter().filter_map(|id| Some((id.clone(), documents.get(&id)?.references()))));
}

impl Document {
    /// Where its name stands.
    fn place(&self) -> String {
        format!("{}:{}", self.file, self.name_span.line)
    }

    /// The manifests that the document names.
    fn references(&self) -> BTreeSet<ResourceId> {
        named(self).into_iter().map(|(id, _)| id).collect()
    }
}

/// The manifests that a document names, and where.
fn named(document: &Document) -> Vec<(ResourceId, &Node)> {
    let mut places = Vec::new();
    collect(&document.node, &mut places);
    let id = |(kind, node): (Kind, &'_ Node)| Some(ResourceId { kind, name: node.text().and_then(Name::parse)? });
    places.into_iter().filter_map(|place| Some((id(place)?, place.1))).collect()
}

/// The places where a document names others.
fn collect<'n>(node: &'n Node, out: &mut Vec<(Kind, &'n Node)>) {
    for (key, value) in node.entries() {
        let kind = match key.text.as_str() {
            "secretRef" => Some(Kind::Secret),
            "executionRoleRef" => Some(Kind::ExecutionRole),
            "taskDefinitionRef" => Some(Kind::TaskDefinition),
            _ => None,
        };
        match kind.zip(value.get("name")) {
            Some(reference) => out.push(reference),
            None => collect(value, out),
        }
    }
    for element in node.elements() {
        collect(element, out);
    }
}

/// Services that share a task definition share its revisions, so they must follow secrets in the same way.
fn disagreeing(documents: &BTreeMap<ResourceId, Document>, out: &mut Vec<Diagnostic>) -> Vec<ResourceId> {
    let mut first: BTreeMap<&Name, (&ResourceId, crate::model::service::OnSecretChange)> = BTreeMap::new();
    let mut broken = Vec::new();
    for (id, document) in documents {
        let Some(Noun::Service(service)) = &document.noun else { continue };
        let policy = service.rollout.on_secret_change;
        let (other, theirs) = *first.entry(&service.task_definition).or_insert((id, policy));
        if theirs != policy {
            let message = format!("{id} and {other} share a task definition and differ in `onSecretChange`");
            let help = "they share its revisions too: write the same word, or give one its own task definition";
            out.push(Diagnostic::error(&document.file, &document.name_span, message).help(help));
            broken.push(id.clone());
        }
    }
    broken
}
