//! Where a value can stand in a manifest: such places are never shown in an excerpt.
//!
//! A field that nobody knows may be a misspelt one that takes values, so what stands in it is hidden too.

use serde_json::Value;

use super::diagnostic::{Span, closest};
use super::document::schema_of;
use super::node::{Key, Node, Tree};
use super::schema::API_VERSION;
use crate::model::credential;
use crate::model::id::Kind;
use crate::model::secret_value::Format;

/// The fields that take values, of whatever kind.
const VALUES: [&str; 4] = ["value", "environment", "resourcePolicy", "secrets"];

/// The places of a document that must not be shown. `source` is the text of its file.
pub(super) fn places(document: &Node, source: &str) -> Vec<Span> {
    let mut out = Vec::new();
    names(document, &mut out);
    let text = |name: &str| document.get(name).and_then(Node::text);
    let ours = text("apiVersion").is_none_or(|version| version == API_VERSION);
    let Some(kind) = text("kind").and_then(Kind::parse).filter(|_| ours) else {
        foreign(document, &mut out);
        return out;
    };
    let takes_values = |name: &str| kind == Kind::Secret || VALUES.contains(&name);
    strangers(document, schema_of(kind), &takes_values, &mut out);
    for spec in all(document, "spec") {
        let named = |value: &&Node| kind == Kind::Secret && only_names_a_file(value, source);
        out.extend(all(spec, "value").filter(|value| !named(value)).map(Node::extent));
        out.extend(all(spec, "resourcePolicy").map(Node::extent));
        for container in all(spec, "containerDefinitions").flat_map(Node::elements) {
            all(container, "environment").for_each(|environment| variables(environment, &mut out));
            all(container, "secrets").for_each(|secrets| sources(secrets, &mut out));
            logging(container, &mut out);
        }
        all(spec, "serviceConnectConfiguration").for_each(|connect| logging(connect, &mut out));
    }
    out
}

/// Is all that stands there the name of an encrypted file, and how it is encrypted? A comment may hold anything.
fn only_names_a_file(value: &Node, source: &str) -> bool {
    let [(encrypted, inside)] = value.entries().collect::<Vec<_>>()[..] else { return false };
    let may_be_shown = |(key, value): (&Key, &Node)| match (key.text.as_str(), value.text()) {
        ("file", Some(path)) => credential::encrypted_file(path).is_some(),
        ("format", Some(format)) => serde_json::from_value::<Format>(format.into()).is_ok(),
        _ => false,
    };
    let mut members = inside.entries().peekable();
    let is_commented = source.get(value.extent().range()).is_none_or(|text| text.contains('#'));
    encrypted.text == "encrypted" && members.peek().is_some() && members.all(may_be_shown) && !is_commented
}

/// Names that say by themselves that they are credentials.
pub(super) fn names(node: &Node, out: &mut Vec<Span>) {
    node.elements().iter().for_each(|element| names(element, out));
    for (key, value) in node.entries() {
        if credential::is_one(&key.text) {
            out.push(key.span.clone());
        }
        names(value, out);
    }
}

/// A name from a file, for messages.
pub(super) fn name(text: &str) -> &str {
    if credential::is_one(text) { MASK } else { text }
}

/// The places of a document that must not be shown, to look keys up in: braces make a key of a value, `{hunter2}`.
pub(super) struct Hidden<'s> {
    places: Vec<(usize, usize)>,
    schema: &'s Value,
}

impl<'s> Hidden<'s> {
    pub(super) fn of(document: &Node, source: &str, schema: &'s Value) -> Self {
        Self { places: joined(&places(document, source)), schema }
    }

    /// Of a document in which no value stands.
    pub(super) fn nothing(schema: &'s Value) -> Self {
        Self { places: Vec::new(), schema }
    }

    /// A key for messages. Where a value can stand, it is shown only if it is a field, or can be meant for one of `known`.
    pub(super) fn key<'k, 'w>(&self, key: &'k Key, known: impl IntoIterator<Item = &'w str>) -> &'k str {
        let (start, end) = key.span.bytes;
        let before = self.places.partition_point(|(_, end)| *end <= start);
        let hidden = self.places.get(before).is_some_and(|(begin, _)| *begin < end.max(start + 1));
        let meant = || known.into_iter().any(|word| is_nearly(&key.text, word)) || is_field(self.schema, &key.text);
        if hidden && !meant() { MASK } else { name(&key.text) }
    }
}

/// Does a schema know a field of this name anywhere?
fn is_field(schema: &Value, name: &str) -> bool {
    let mut members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut choices = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    members.any(|(member, inside)| member == name || is_field(inside, name))
        || choices.any(|choice| is_field(choice, name))
        || ["items", "additionalProperties"].iter().filter_map(|inside| schema.get(inside)).any(|it| is_field(it, name))
}

/// Is it that word, or that word with a slip or two? Stricter than what is suggested: `password1` is no `password`'s slip.
fn is_nearly(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let slips = strsim::damerau_levenshtein(&text, &word);
    let digits = |text: &str| text.chars().any(|c| c.is_ascii_digit());
    slips == 0 || (slips <= 2 && slips * 3 <= word.len() && !digits(&text))
}

/// What a container logs with, or Service Connect's agent.
fn logging(owner: &Node, out: &mut Vec<Span>) {
    for log in all(owner, "logConfiguration") {
        all(log, "secretOptions").for_each(|secrets| sources(secrets, out));
        // The one option of a log driver that is a password.
        let tokens = all(log, "options").flat_map(|options| all(options, "splunk-token"));
        out.extend(tokens.map(Node::extent));
    }
}

/// Every member of this name: a key can stand twice.
pub(super) fn all<'n>(node: &'n Node, name: &'static str) -> impl Iterator<Item = &'n Node> {
    node.entries().filter(move |(key, _)| key.text == name).map(|(_, value)| value)
}

/// A document of someone else, such as a Kubernetes Secret: only what it says that it is can be shown.
fn foreign(document: &Node, out: &mut Vec<Span>) {
    if !matches!(document.tree, Tree::Map(_)) {
        out.push(document.extent());
    }
    let shown = |name: &str| ["apiVersion", "kind"].contains(&name);
    for (key, value) in document.entries().filter(|(key, _)| !shown(&key.text)) {
        if key.text == "metadata" && matches!(value.tree, Tree::Map(_)) {
            let others = value.entries().filter(|(key, _)| key.text != "name");
            out.extend(others.map(|(_, value)| value.extent()));
        } else {
            out.push(value.extent());
        }
    }
}

/// What stands in fields that the schema does not know, unless the field can only be meant for one without values.
pub(super) fn strangers(node: &Node, schema: &Value, takes_values: &dyn Fn(&str) -> bool, out: &mut Vec<Span>) {
    // Where a text or a map can stand, a map is looked at as one.
    for choice in schema.get("anyOf").and_then(Value::as_array).into_iter().flatten() {
        strangers(node, choice, takes_values, out);
    }
    let members = schema.get("properties").and_then(Value::as_object);
    for (key, value) in node.entries() {
        let known = members.and_then(|members| members.get(&key.text));
        match known.or_else(|| schema.get("additionalProperties").filter(|inside| inside.is_object())) {
            Some(inside) => strangers(value, inside, takes_values, out),
            None if members.is_none() => {}
            None => {
                let meant =
                    closest(&key.text, members.into_iter().flat_map(|members| members.keys().map(String::as_str)));
                let harmless = is_scalar(value) && meant.is_some_and(|name| !takes_values(name));
                if !harmless {
                    out.push(value.extent());
                }
            }
        }
    }
    if let Some(items) = schema.get("items") {
        node.elements().iter().for_each(|element| strangers(element, items, takes_values, out));
    }
}

pub(super) fn is_scalar(node: &Node) -> bool {
    !matches!(node.tree, Tree::List(_) | Tree::Map(_))
}

/// The values of environment variables, however they are written.
fn variables(environment: &Node, out: &mut Vec<Span>) {
    match &environment.tree {
        Tree::Map(entries) => {
            // In braces alone, a value is taken for a name.
            let nothing = |value: &Node| matches!(value.tree, Tree::Null) && value.span.range().is_empty();
            let alone = entries.iter().filter(|(_, value)| nothing(value));
            out.extend(alone.map(|(key, _)| key.span.clone()));
            out.extend(entries.iter().map(|(_, value)| value.extent()));
        }
        Tree::List(elements) => {
            for element in elements {
                let others = element.entries().filter(|(key, _)| key.text != "name");
                out.extend(others.flat_map(|(key, value)| strange(key, &["name", "value"]).chain([value.extent()])));
                if element.get("name").is_none() {
                    out.push(element.extent());
                }
            }
        }
        _ => out.push(environment.extent()),
    }
}

/// Where a container's secrets come from is no value; but a text that is neither ARN nor path may be one, mistaken, and so
/// may be what stands in a field that nobody knows.
fn sources(secrets: &Node, out: &mut Vec<Span>) {
    for (_, source) in secrets.entries() {
        unless_reference(source, out);
        members(source, &["secretRef"], out);
    }
    for element in secrets.elements() {
        unless_reference(element, out);
        members(element, &["name", "secretRef"], out);
    }
}

fn members(source: &Node, shown: &[&str], out: &mut Vec<Span>) {
    let inside = all(source, "secretRef").flat_map(Node::entries);
    let meant = |name: &str| closest(name, REFERENCE).is_some();
    let harmless = |key: &str, value: &Node| is_scalar(value) && meant(key);
    for (key, value) in inside {
        // A name in braces without more is a template's, whose braces were forgotten.
        if matches!(value.tree, Tree::Null) {
            out.extend(strange(key, &REFERENCE));
        }
        if !harmless(&key.text, value) {
            out.push(value.extent());
        }
    }
    for (key, value) in source.entries().filter(|(key, _)| !shown.contains(&key.text.as_str())) {
        out.extend(strange(key, &["name", "value", "valueFrom", "secretRef"]));
        if key.text == "valueFrom" && value.text().is_some() {
            unless_reference(value, out);
        } else {
            out.push(value.extent());
        }
    }
}

/// The members of a reference to a Secret.
const REFERENCE: [&str; 4] = ["name", "key", "stage", "pin"];

/// A key beside which values stand, where it can be meant for none of the known ones: it may be one itself.
fn strange(key: &Key, known: &[&str]) -> impl Iterator<Item = Span> + use<> {
    let strange = !known.iter().any(|word| is_nearly(&key.text, word));
    strange.then(|| key.span.clone()).into_iter()
}

fn unless_reference(node: &Node, out: &mut Vec<Span>) {
    if node.text().is_some_and(|text| !text.starts_with("arn:") && !text.starts_with('/')) {
        out.push(node.extent());
    }
}

/// A file as it may be shown.
#[derive(Clone, Debug)]
pub struct Masked {
    /// The text, with every place that must not be shown replaced by a mask of one length.
    pub text: String,
    edits: Vec<Edit>,
}

/// A place of the file that was replaced, in bytes.
#[derive(Clone, Debug)]
struct Edit {
    start: usize,
    end: usize,
    /// How long its mask is: a line for each line.
    length: usize,
    /// Where its lines begin.
    lines: Vec<usize>,
}

/// Says that something stands there, and not how long it is.
const MASK: &str = "******";

impl Masked {
    /// The file with the places masked. Lines stay lines.
    pub(super) fn new(text: &str, places: &[Span]) -> Self {
        let mut masked = Self { text: String::new(), edits: Vec::new() };
        let mut at = 0;
        for (start, end) in joined(places) {
            let (Some(before), Some(value)) = (text.get(at..start), text.get(start..end)) else { continue };
            masked.text.push_str(before);
            let mask =
                vec![MASK; value.lines().count().max(1)].join("\n") + if value.ends_with('\n') { "\n" } else { "" };
            let begins = value.match_indices('\n').map(|(at, _)| start + at + 1).filter(|begin| *begin < end);
            let lines = std::iter::once(start).chain(begins).collect();
            masked.edits.push(Edit { start, end, length: mask.len(), lines });
            masked.text.push_str(&mask);
            at = end;
        }
        masked.text.push_str(text.get(at..).unwrap_or_default());
        masked
    }

    /// Where bytes of the file stand in the masked text; those of a masked place are the masks of their lines.
    pub fn find(&self, span: &Span) -> (usize, usize) {
        let (start, end) = span.bytes;
        let (start, end) = (self.shift(start, false), self.shift(end, true));
        (start, end.max(start))
    }

    /// The column behind a place of the file that is in one line and shown as it is.
    pub fn end_column(&self, span: &Span) -> Option<usize> {
        let (from, to) = span.bytes;
        let hidden = self.edits.iter().any(|edit| from < edit.end && edit.start < to);
        let (start, end) = self.find(span);
        let text = self.text.get(start..end).filter(|text| !hidden && !text.is_empty() && !text.contains('\n'))?;
        Some(span.column + text.chars().count())
    }

    fn shift(&self, offset: usize, is_end: bool) -> usize {
        let mut shifted = offset;
        for Edit { start, end, length, lines } in self.edits.iter().rev() {
            if offset >= *end {
                shifted = shifted + length - (end - start);
            } else if offset > *start {
                let before = lines.iter().filter(|begin| **begin < offset + usize::from(!is_end)).count();
                let line = start + before.saturating_sub(1) * (MASK.len() + 1);
                shifted = if is_end { line + MASK.len() } else { line };
            }
        }
        shifted
    }
}

/// Places that overlap, as one.
fn joined(places: &[Span]) -> Vec<(usize, usize)> {
    let mut places: Vec<(usize, usize)> = places.iter().map(|place| place.bytes).filter(|(a, b)| a < b).collect();
    places.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in places {
        match joined.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
