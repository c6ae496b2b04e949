//! From nouns back to the YAML that a person would have written: what `load` reads as the same nouns again.
//!
//! Pure. Knows nothing of where the nouns come from; what is to be said beside them comes as [`Remarks`].

mod nouns;
mod order;
mod scalar;
mod value;
mod yaml;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schema;
use crate::model::desired::Desired;
use crate::model::document::{Rules, scalar};
use crate::model::id::{Kind, ResourceId};
use crate::model::path::Path;
use crate::model::rules::{SERVICE, TASK_DEFINITION};
use yaml::{Entry, Item, Tree};

pub(super) use value::password;

/// What is to be said beside the fields of manifests, by their paths inside `spec`; at the root, above the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks(BTreeMap<ResourceId, BTreeMap<Path, Vec<String>>>);

impl Remarks {
    /// Says something above a field.
    pub fn say(&mut self, of: &ResourceId, at: Path, text: impl Into<String>) {
        self.0.entry(of.clone()).or_default().entry(at).or_default().push(text.into());
    }

    fn of(&self, resource: &ResourceId) -> &BTreeMap<Path, Vec<String>> {
        static NONE: BTreeMap<Path, Vec<String>> = BTreeMap::new();
        self.0.get(resource).unwrap_or(&NONE)
    }
}

/// A comment: as many lines as it takes.
pub fn comment(text: &str) -> String {
    let mut out = String::new();
    yaml::remark(&mut out, text, 0);
    out
}

/// The document of one of the nouns; `None` where there is none of this name.
pub fn document(desired: &Desired, id: &ResourceId, remarks: &Remarks) -> Option<String> {
    let nouns::Written { spec, adopt, retry } = nouns::written(desired, id)?;
    let rules = match id.kind {
        Kind::TaskDefinition => &TASK_DEFINITION,
        Kind::Secret | Kind::ExecutionRole | Kind::Service => &SERVICE,
    };
    let remarks = remarks.of(id);
    let mut metadata = json!({"name": id.name});
    let mut annotations = Map::new();
    if adopt {
        annotations.insert("evenkeel.dev/adopt".into(), "true".into());
    }
    annotations.extend(retry.map(|time| ("evenkeel.dev/retry".to_owned(), time.to_string().into())));
    if !annotations.is_empty() {
        metadata["annotations"] = annotations.into();
    }
    let of_spec = Layout { rules, remarks };
    let of_metadata = Layout { rules, remarks: &BTreeMap::new() };
    let entry = |key: &str, value: Tree| Entry { remarks: Vec::new(), key: key.to_owned(), value };
    let plain = |text: &str| Tree::Scalar(text.into());
    let entries = [
        entry("apiVersion", plain(schema::API_VERSION)),
        entry("kind", plain(id.kind.as_str())),
        entry("metadata", of_metadata.tree(metadata, &Path::root().member("metadata"))),
        entry("spec", open(of_spec.tree(spec, &Path::root()))),
    ];
    let mut text = String::new();
    remarks.get(&Path::root()).into_iter().flatten().for_each(|line| yaml::remark(&mut text, line, 0));
    Some(text + &yaml::document(&entries))
}

/// What stands below its key, or behind its dash, whatever is in it.
fn open(tree: Tree) -> Tree {
    match tree {
        Tree::Map { entries, open: _ } => Tree::Map { entries, open: true },
        other => other,
    }
}

/// How the values of one document are laid out.
struct Layout<'l> {
    rules: &'l Rules,
    remarks: &'l BTreeMap<Path, Vec<String>>,
}

/// Members whose insides stand below each other: they are read and changed one by one.
const OPEN: [&str; 10] = [
    "annotations",
    "environment",
    "secrets",
    "options",
    "dockerLabels",
    "awsvpcConfiguration",
    "deploymentConfiguration",
    "serviceConnectConfiguration",
    "resourcePolicy",
    "secretOptions",
];

impl Layout<'_> {
    fn tree(&self, value: Value, at: &Path) -> Tree {
        match value {
            Value::Object(members) => {
                let mut members: Vec<(String, Value)> = members.into_iter().collect();
                members.sort_by(|(a, _), (b, _)| order::rank(a).cmp(&order::rank(b)));
                let entries = members.into_iter().map(|(key, value)| {
                    let inside = at.member(&key);
                    Entry { remarks: self.said(&inside), value: self.member(&key, value, &inside), key }
                });
                Tree::Map { entries: entries.collect(), open: false }
            }
            Value::Array(elements) => {
                let keyed = self.rules.has_keys(at, &elements);
                let items = elements.into_iter().map(|element| {
                    let key = self.rules.key(at, &element).filter(|_| keyed);
                    let inside = key.as_ref().map_or_else(|| at.clone(), |key| at.element(key));
                    let remarks = key.map(|_| self.said(&inside)).unwrap_or_default();
                    Item { remarks, value: self.tree(element, &inside) }
                });
                Tree::List(items.collect())
            }
            scalar => Tree::Scalar(scalar),
        }
    }

    /// A member; a list of pairs becomes a map where nothing is lost by that.
    fn member(&self, name: &str, value: Value, at: &Path) -> Tree {
        let tree = match (name, value) {
            ("environment", Value::Array(pairs)) => self.pairs(pairs, at, "name", variable),
            ("tags", Value::Array(pairs)) => {
                self.pairs(pairs, at, "key", |mut pair| pair.remove("value").unwrap_or_else(|| "".into()))
            }
            ("secrets" | "secretOptions", Value::Array(pairs)) => self.pairs(pairs, at, "name", secret),
            ("containerDefinitions", value) => match self.tree(value, at) {
                Tree::List(items) => {
                    Tree::List(items.into_iter().map(|item| Item { value: open(item.value), ..item }).collect())
                }
                other => other,
            },
            (_, value) => self.tree(value, at),
        };
        match tree {
            Tree::Map { entries, open } => Tree::Map { entries, open: open || OPEN.contains(&name) },
            list => list,
        }
    }

    fn pairs(&self, pairs: Vec<Value>, at: &Path, key: &str, value: fn(Map<String, Value>) -> Value) -> Tree {
        let name = |pair: &Value| pair.get(key).map(scalar);
        let mut names: Vec<Option<String>> = pairs.iter().map(name).collect();
        names.sort();
        let clear = names.iter().all(|name| name.as_ref().is_some_and(|name| !name.is_empty()));
        if !clear || names.windows(2).any(|two| two[0] == two[1]) {
            return self.tree(Value::Array(pairs), at);
        }
        let entries = pairs.into_iter().filter_map(|pair| {
            let (name, Value::Object(members)) = (name(&pair)?, pair) else { return None };
            let inside = at.element(&name);
            Some(Entry { remarks: self.said(&inside), value: self.tree(value(members), &inside), key: name })
        });
        Tree::Map { entries: entries.collect(), open: false }
    }

    fn said(&self, at: &Path) -> Vec<String> {
        self.remarks.get(at).cloned().unwrap_or_default()
    }
}

/// The value of a variable: a number or a truth needs no quotes there.
fn variable(mut pair: Map<String, Value>) -> Value {
    let value = pair.remove("value").unwrap_or_else(|| "".into());
    let Some(text) = value.as_str() else { return value };
    let number = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
    match (text, number) {
        ("true", _) => true.into(),
        ("false", _) => false.into(),
        (_, Some(number)) => number.into(),
        (_, None) => value,
    }
}

/// Where a secret comes from: `{secretRef: …}` or `{valueFrom: …}`.
fn secret(mut pair: Map<String, Value>) -> Value {
    pair.remove("name");
    match pair.remove("valueFrom") {
        Some(Value::Object(reference)) => Value::Object(reference),
        Some(text) => json!({"valueFrom": text}),
        None => Value::Object(pair),
    }
}
