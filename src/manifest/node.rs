//! YAML as a tree in which every key and every value knows where it stands.
//!
//! Knows the syntax alone. The limits are those of a manifest written by people: no anchors, no merge keys, no bombs.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Location, Spanned, Tagged};

use super::diagnostic::{Diagnostic, Span};
use super::syntax;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How deep lists and maps stand in each other at most.
pub(super) const MAX_DEPTH: usize = 64;
/// How many values a file has at most.
pub(super) const MAX_NODES: usize = 100_000;
/// How many documents a file has at most.
pub(super) const MAX_DOCUMENTS: usize = 2_000;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The value.
    pub(super) tree: Tree,
    /// Where it stands.
    pub(super) span: Span,
}

/// A value of YAML's core schema.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// The key of a map.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// The text.
    pub(super) text: String,
    /// Where it stands.
    pub(super) span: Span,
}

impl Node {
    /// The member of a map.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.entries().find(|(key, _)| key.text == name).map(|(_, value)| value)
    }

    /// The key of a member of a map.
    pub(super) fn key(&self, name: &str) -> Option<&Key> {
        self.entries().find(|(key, _)| key.text == name).map(|(key, _)| key)
    }

    /// The members of a map; nothing for anything else.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Key, &Self)> {
        let entries = if let Tree::Map(entries) = &self.tree { entries.as_slice() } else { &[] };
        entries.iter().map(|(key, value)| (key, value))
    }

    /// The elements of a list; nothing for anything else.
    pub(super) fn elements(&self) -> &[Self] {
        if let Tree::List(elements) = &self.tree { elements } else { &[] }
    }

    /// A whole number.
    pub(super) fn number(&self) -> Option<i64> {
        if let Tree::Number(number) = &self.tree { number.as_i64() } else { None }
    }

    /// Is it `true`?
    pub(super) fn is_true(&self) -> bool {
        matches!(self.tree, Tree::Bool(true))
    }

    /// Everything at a path such as `a.b[].c`.
    pub(super) fn at(&self, path: &str) -> Vec<&Self> {
        path.split('.').fold(vec![self], |nodes, part| {
            let (name, list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
            let members = nodes.into_iter().filter_map(|node| node.get(name));
            if list { members.flat_map(Self::elements).collect() } else { members.collect() }
        })
    }

    /// All that it covers. The parser gives for a list or a map only where it begins.
    pub(super) fn extent(&self) -> Span {
        let mut end = self.span.bytes.1;
        for (key, value) in self.entries() {
            end = end.max(key.span.bytes.1).max(value.extent().bytes.1);
        }
        for element in self.elements() {
            end = end.max(element.extent().bytes.1);
        }
        Span { bytes: (self.span.bytes.0, end), ..self.span.clone() }
    }

    /// The text of a scalar that is one.
    pub(super) fn text(&self) -> Option<&str> {
        if let Tree::Text(text) = &self.tree { Some(text) } else { None }
    }

    /// The tree without its places.
    pub(super) fn to_value(&self) -> Value {
        match &self.tree {
            Tree::Null => Value::Null,
            Tree::Bool(value) => (*value).into(),
            Tree::Number(number) => Value::Number(number.clone()),
            Tree::Text(text) => text.as_str().into(),
            Tree::List(elements) => elements.iter().map(Self::to_value).collect(),
            Tree::Map(entries) => entries.iter().map(|(key, value)| (key.text.clone(), value.to_value())).collect(),
        }
    }
}

/// Reads the documents of a file.
///
/// # Errors
/// Where the text is no YAML, or is more than a manifest can be. The excerpt is left out on purpose: what surrounds a
/// syntax error may be a value.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Node>, Diagnostic> {
    if text.len() > MAX_BYTES {
        let message = format!("the file is larger than {} KiB", MAX_BYTES >> 10);
        let help = "divide it into several files";
        return Err(Diagnostic::error(file, &Span::default(), message).help(help).bare());
    }
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_documents: MAX_DOCUMENTS,
            max_aliases: 0,
            max_anchors: 0,
        },
    };
    let wrong = |span: &Span, (message, help): (String, Option<&str>)| {
        let found = Diagnostic::error(file, span, format!("this is not a YAML manifest: {message}")).bare();
        Diagnostic { help: help.map(ToOwned::to_owned), ..found }
    };
    let documents: Vec<Written<Raw>> = serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let span = error.location().map(|location| span(&location)).unwrap_or_default();
        wrong(&span, syntax::explain(&reason(&error)))
    })?;
    let tree = |document| node(document, text).map_err(|span| wrong(&span, syntax::tag()));
    documents.into_iter().map(tree).collect()
}

/// The parser's reason, on one line, less its own rendering of the place.
fn reason(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    match line.strip_prefix("line ").and_then(|rest| rest.split_once(": ")) {
        Some((_, reason)) => reason.to_owned(),
        None => line.split(" at line ").next().unwrap_or(line).to_owned(),
    }
}

fn span(location: &Location) -> Span {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let bytes = location.span().byte_offset().zip(location.span().byte_len());
    let (start, length) = bytes.map_or((0, 0), |(start, length)| (count(start), count(length)));
    Span { line: count(location.line()), column: count(location.column()), bytes: (start, start + length) }
}

/// The tree; or where a tag stands that says something else than the value behind it.
fn node(Spanned { value: Tagged(raw, tag), referenced, .. }: Written<Raw>, text: &str) -> Result<Node, Span> {
    let span = span(&referenced);
    let tree = match raw {
        // A tag makes nothing of anything: what stands behind it is not lost without a word.
        Raw::Null if tag.is_some() && !is_nothing(text.get(span.range())) => return Err(span),
        Raw::Null => Tree::Null,
        Raw::Bool(value) => Tree::Bool(value),
        Raw::Number(number) => Tree::Number(number),
        // The parser has decoded it: no manifest has a place for bytes.
        Raw::Text(_) if is_binary(tag.as_deref()) => return Err(span),
        Raw::Text(text) => Tree::Text(text),
        Raw::List(elements) => {
            Tree::List(elements.into_iter().map(|element| node(element, text)).collect::<Result<_, _>>()?)
        }
        Raw::Map(entries) => {
            let entry = |(name, value)| Ok((key(name)?, node(value, text)?));
            Tree::Map(entries.into_iter().map(entry).collect::<Result<_, _>>()?)
        }
    };
    Ok(Node { tree, span })
}

fn key(Spanned { value: Tagged(text, tag), referenced, .. }: Written<String>) -> Result<Key, Span> {
    let span = span(&referenced);
    if is_binary(tag.as_deref()) { Err(span) } else { Ok(Key { text, span }) }
}

fn is_binary(tag: Option<&str>) -> bool {
    tag.is_some_and(|tag| tag.ends_with("binary"))
}

/// How YAML writes nothing.
fn is_nothing(text: Option<&str>) -> bool {
    text.is_none_or(|text| ["", "~", "null", "Null", "NULL"].contains(&text.trim()))
}

/// A value, its tag, and where it stands.
type Written<T> = Spanned<Tagged<T>>;

enum Raw {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Written<Raw>>),
    Map(Vec<(Written<String>, Written<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Number::from_f64(value).map_or_else(|| Raw::Text(value.to_string()), Raw::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Raw::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}
