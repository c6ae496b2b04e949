//! awsQuery and ec2Query requests: a form, read by the shape of the operation's input.
//!
//! Lists are written `Tags.member.1.Key=…`, by EC2 `Tag.1.Key=…`. Everything is
//! text on the wire; the shape says what it is meant to be.
//!
//! Ledger: W1.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::AwsError;
use crate::sandbox::api::{Model, Shape};

/// A form, by name. Fields of the protocol itself are left out.
pub(crate) type Form = BTreeMap<String, String>;

/// Splits a form body and takes the `+` and `%` escapes away.
pub(crate) fn form(body: &[u8]) -> Result<Form, AwsError> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8"))?;
    let mut fields = Form::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if fields.insert(unescape(name)?, unescape(value)?).is_some() {
            return Err(malformed("a parameter is given twice"));
        }
    }
    Ok(fields)
}

/// Reads a form as the input of `operation`.
pub(crate) fn decode(model: &Model, lists: Lists, operation: &str, mut form: Form) -> Result<Value, AwsError> {
    form.remove("Action");
    form.remove("Version");
    let Some(input) = model.input(operation) else {
        return Ok(Value::Object(Map::new()));
    };
    let tree = Tree::of(&form);
    Reader { model, lists }.read(input, &tree, "")
}

/// How the items of a list are named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// `Tags.member.1`
    Wrapped,
    /// `Tag.1`
    Flat,
}

struct Reader<'m> {
    model: &'m Model,
    lists: Lists,
}

/// The form as a tree, cut at the dots of its names.
#[derive(Default)]
struct Tree<'a> {
    text: Option<&'a str>,
    branches: BTreeMap<&'a str, Tree<'a>>,
}

impl<'a> Tree<'a> {
    fn of(form: &'a Form) -> Self {
        let mut root = Self::default();
        for (name, value) in form {
            let mut node = &mut root;
            for part in name.split('.') {
                node = node.branches.entry(part).or_default();
            }
            node.text = Some(value);
        }
        root
    }
}

impl Reader<'_> {
    fn read(&self, shape: &Shape, tree: &Tree<'_>, path: &str) -> Result<Value, AwsError> {
        match shape {
            Shape::Structure { members, .. } => tree
                .branches
                .iter()
                .map(|(&name, branch)| {
                    let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                    let member = members
                        .get(name)
                        .and_then(|target| self.model.shape(target))
                        .ok_or_else(|| malformed(format!("unknown parameter {path}")))?;
                    Ok((name.to_owned(), self.read(member, branch, &path)?))
                })
                .collect(),
            Shape::List { member, .. } => self.list(member, tree, path),
            Shape::Boolean => match tree.text {
                Some("true") => Ok(Value::Bool(true)),
                Some("false") => Ok(Value::Bool(false)),
                _ => Err(malformed(format!("{path} is not a boolean"))),
            },
            Shape::Integer { .. } | Shape::Long { .. } => tree
                .text
                .and_then(|text| text.parse::<i64>().ok())
                .map(Value::from)
                .ok_or_else(|| malformed(format!("{path} is not a whole number"))),
            Shape::String { .. } | Shape::Blob { .. } | Shape::Timestamp => {
                tree.text.map(Value::from).ok_or_else(|| malformed(format!("{path} is not a single value")))
            }
            Shape::Map { .. } | Shape::Double { .. } | Shape::Document => {
                Err(malformed(format!("{path} has a type that no offered operation uses in a form")))
            }
        }
    }

    /// `Name.member.1`, `Name.member.2` …; the sandbox wants the numbers whole.
    fn list(&self, member: &str, tree: &Tree<'_>, path: &str) -> Result<Value, AwsError> {
        if tree.text == Some("") && tree.branches.is_empty() {
            return Ok(Value::Array(Vec::new()));
        }
        let shape = self.model.shape(member).ok_or_else(|| malformed(format!("unknown parameter {path}")))?;
        let items = match (self.lists, tree.branches.len(), tree.branches.get("member")) {
            (Lists::Flat, ..) => tree,
            (Lists::Wrapped, 1, Some(items)) => items,
            (Lists::Wrapped, ..) => return Err(malformed(format!("{path} is not a list: expected {path}.member.1"))),
        };
        (1..=items.branches.len())
            .map(|number| {
                let path = match self.lists {
                    Lists::Wrapped => format!("{path}.member.{number}"),
                    Lists::Flat => format!("{path}.{number}"),
                };
                let branch = items
                    .branches
                    .get(number.to_string().as_str())
                    .ok_or_else(|| malformed(format!("{path} is missing")))?;
                self.read(shape, branch, &path)
            })
            .collect()
    }
}

fn unescape(text: &str) -> Result<String, AwsError> {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| malformed("a parameter is not UTF-8"))
}

fn malformed(message: impl Into<String>) -> AwsError {
    AwsError::new("MalformedInput", message)
}
