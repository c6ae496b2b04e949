//! One document: from a tree to a noun, or to everything that is wrong with it.

use std::sync::LazyLock;

use serde_json::Value;

use super::checks::{self, Findings};
use super::diagnostic::{Diagnostic, Span, closest};
use super::mask::Hidden;
use super::node::{Node, Tree};
use super::reader::{Encrypted, Reader};
use super::{SourceFile, check, schema, sugar};
use crate::model::desired::Origin;
use crate::model::document::Rules;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::path::Path;
use crate::model::role::ExecutionRole;
use crate::model::rules;
use crate::model::secret::Secret;
use crate::model::service::Service;
use crate::model::task_definition::TaskDefinition;
use crate::model::time::Timestamp;

/// The schemas are made from the types once, not for every document; and only for kinds that there are.
fn checker(kind: Kind) -> &'static check::Checker {
    type Made = LazyLock<check::Checker>;
    static SECRET: Made = LazyLock::new(|| check::Checker::new(schema::document(Kind::Secret)));
    static ROLE: Made = LazyLock::new(|| check::Checker::new(schema::document(Kind::ExecutionRole)));
    static TASK_DEFINITION: Made = LazyLock::new(|| check::Checker::new(schema::document(Kind::TaskDefinition)));
    static SERVICE: Made = LazyLock::new(|| check::Checker::new(schema::document(Kind::Service)));
    match kind {
        Kind::Secret => &SECRET,
        Kind::ExecutionRole => &ROLE,
        Kind::TaskDefinition => &TASK_DEFINITION,
        Kind::Service => &SERVICE,
    }
}

/// The schema that documents of a kind are checked against.
pub(super) fn schema_of(kind: Kind) -> &'static Value {
    &checker(kind).schema
}

/// A document that could be read at least so far.
pub(super) struct Document {
    pub(super) file: String,
    /// The whole document, in ECS's own form.
    pub(super) node: Node,
    pub(super) id: ResourceId,
    /// Where the name stands.
    pub(super) name_span: Span,
    /// Absent where the document has errors.
    pub(super) noun: Option<Noun>,
}

/// What a document asks for.
pub(super) enum Noun {
    Secret(Secret),
    Role(ExecutionRole),
    TaskDefinition(TaskDefinition),
    Service(Service),
}

/// Reads a document; what is wrong goes to `out`. `None` where not even kind and name can be read.
pub(super) fn read(
    file: &SourceFile,
    mut node: Node,
    encrypted: &Encrypted,
    out: &mut Vec<Diagnostic>,
) -> Option<Document> {
    let name = &file.name;
    let errors_before = out.iter().filter(|found| found.is_error()).count();
    let kind = kind(name, &node, out)?;
    let hidden = Hidden::of(&node, &file.text, schema_of(kind));
    check::duplicates(name, &mut node, &hidden, out);
    let mut more = Findings::new(name);
    if let Some(spec) = member_mut(&mut node, "spec") {
        checks::as_written(kind, spec, &mut more);
        sugar::drop_answers(name, kind, spec, out);
        sugar::to_lists(kind, spec);
    }
    let checker = checker(kind);
    check::leave_out_nulls(&mut node, &checker.schema);
    check::quote(&mut node, &checker.schema, &file.text);
    check::against(name, &node, checker, &hidden, out);
    checks::document(kind, &node, &mut more);
    checks::exact_numbers(&node, &file.text, &mut more);
    more.into(out);
    let metadata = node.get("metadata")?;
    let named = metadata.get("name")?;
    let id = ResourceId { kind, name: Name::parse(named.text()?)? };
    let name_span = named.span.clone();
    let annotations = annotations(name, metadata, out);
    let spec = node.get("spec")?.to_value();
    let errors = out.iter().filter(|found| found.is_error()).count();
    let mut reader = Reader { file: name, node: &node, id: &id, annotations, encrypted, out };
    let noun = if errors > errors_before { None } else { reader.noun(spec) };
    let noun = noun.filter(|_| out.iter().filter(|found| found.is_error()).count() == errors_before);
    Some(Document { file: name.clone(), node, id, name_span, noun })
}

impl Document {
    /// Where each field stands, by its path inside `spec`.
    pub(super) fn origins(&self) -> Vec<(Path, Origin)> {
        let rules = match self.id.kind {
            Kind::TaskDefinition => &rules::TASK_DEFINITION,
            Kind::Secret | Kind::ExecutionRole | Kind::Service => &rules::SERVICE,
        };
        let mut out = vec![(Path::root(), self.origin(&self.node.span))];
        if let Some(spec) = self.node.get("spec") {
            self.walk(spec, &Path::root(), rules, &mut out);
        }
        out
    }

    fn walk(&self, node: &Node, path: &Path, rules: &Rules, out: &mut Vec<(Path, Origin)>) {
        for (key, value) in node.entries() {
            let inside = path.member(&key.text);
            out.push((inside.clone(), self.origin(&key.span)));
            if let Some(name) = of_the_plan(&inside) {
                out.push((Path::of(name), self.origin(&key.span)));
            }
            self.walk(value, &inside, rules, out);
        }
        let elements = node.elements();
        let values: Vec<Value> = elements.iter().map(Node::to_value).collect();
        if rules.has_keys(path, &values) {
            for (element, value) in elements.iter().zip(&values) {
                let Some(key) = rules.key(path, value) else { continue };
                let inside = path.element(&key);
                out.push((inside.clone(), self.origin(&element.span)));
                self.walk(element, &inside, rules, out);
            }
        }
    }

    fn origin(&self, span: &Span) -> Origin {
        Origin { file: self.file.clone(), line: span.line, column: span.column }
    }
}

/// What a plan calls the field that a reference to a manifest becomes.
fn of_the_plan(written: &Path) -> Option<&'static str> {
    match written.to_string().as_str() {
        "taskDefinitionRef" => Some("taskDefinition"),
        "executionRoleRef" => Some("executionRoleArn"),
        _ => None,
    }
}

/// Of what kind the document is; `None` where it is none of evenkeel's.
fn kind(file: &str, node: &Node, out: &mut Vec<Diagnostic>) -> Option<Kind> {
    if let Some(version) = node.get("apiVersion")
        && let Some(text) = version.text().filter(|text| !text.starts_with("evenkeel.dev/"))
    {
        let message = format!("this is a manifest of `{text}`, not of {}", schema::API_VERSION);
        let help = "keep what is not for evenkeel out of the folders that `-f` names";
        out.push(Diagnostic::error(file, &version.span, message).help(help));
        return None;
    }
    let Some(written) = node.get("kind") else {
        let message = "this is no manifest: `kind` is missing";
        let help = format!("a manifest has `apiVersion: {}`, `kind`, `metadata` and `spec`", schema::API_VERSION);
        out.push(Diagnostic::error(file, &node.span, message).help(help));
        return None;
    };
    let word = written.text().unwrap_or_default();
    let found = Kind::parse(word);
    if found.is_none() {
        let known = Kind::ALL.map(Kind::as_str);
        let wrong = Diagnostic::error(file, &written.span, format!("unknown kind `{word}`"));
        out.push(match (word, closest(word, known)) {
            (schema::CONFIG, _) => wrong.help("a configuration is given with `--config`, not among the manifests"),
            (_, Some(near)) => wrong.help(format!("did you mean `{near}`?")),
            (_, None) => wrong.help(format!("known: {}", known.join(", "))),
        });
    }
    found
}

/// What the annotations ask for.
#[derive(Default)]
pub(super) struct Annotations {
    pub(super) adopt: bool,
    pub(super) retry: Option<Timestamp>,
}

fn annotations(file: &str, metadata: &Node, out: &mut Vec<Diagnostic>) -> Annotations {
    let mut read = Annotations::default();
    for (key, value) in metadata.get("annotations").into_iter().flat_map(Node::entries) {
        let text = value.text().unwrap_or_default();
        match key.text.strip_prefix("evenkeel.dev/") {
            None => {}
            Some("adopt") => match text {
                "true" => read.adopt = true,
                "false" => {}
                _ => {
                    let message = "`evenkeel.dev/adopt` is \"true\" or \"false\"";
                    out.push(Diagnostic::error(file, &value.span, message).help("write it in quotes, or take it out"));
                }
            },
            Some("retry") => {
                read.retry = text.parse::<Timestamp>().ok();
                if read.retry.is_none() {
                    let message = "`evenkeel.dev/retry` is a time such as 2026-01-31T10:00:00Z";
                    let help =
                        "failures of rollouts that began before it are forgotten: write it with `T`, and `Z` for UTC";
                    out.push(Diagnostic::error(file, &value.span, message).help(help));
                }
            }
            Some(other) => {
                let message = format!("unknown annotation `evenkeel.dev/{other}`");
                let found = Diagnostic::error(file, &key.span, message);
                out.push(match closest(other, ["adopt", "retry"]) {
                    Some(near) => found.help(format!("did you mean `evenkeel.dev/{near}`?")),
                    None => found.help("known: evenkeel.dev/adopt, evenkeel.dev/retry"),
                });
            }
        }
    }
    read
}

fn member_mut<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    let Tree::Map(entries) = &mut node.tree else { return None };
    entries.iter_mut().find(|(key, _)| key.text == name).map(|(_, value)| value)
}
