//! Every member of the requests, as `src/model/shapes.py` writes them, and sample values for each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use evenkeel::model::document::Rules;
use evenkeel::model::rules::{SERVICE, TASK_DEFINITION};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// One member of a request, by its path: elements of lists as `[]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Member {
    pub(super) operation: String,
    pub(crate) path: String,
    pub(super) shape: String,
    #[expect(clippy::struct_field_names, reason = "the API model calls it so")]
    pub(super) member: String,
    /// Not part of a manifest's content: evenkeel fills it in.
    #[serde(default)]
    pub(crate) left_out: bool,
    #[serde(default)]
    r#type: String,
    items: Option<String>,
    #[serde(default)]
    r#enum: Vec<String>,
    min: Option<i64>,
    #[expect(dead_code, reason = "no sample comes near it")]
    max: Option<i64>,
    #[serde(default)]
    pub(super) required: bool,
    /// Does the API reference say that a change starts a deployment?
    pub(super) triggers: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    /// What a structure needs before one of its members can be set.
    minimal: BTreeMap<String, Value>,
    /// Two values of a member, none of them ECS's default where there are more than that; by `Shape.member`.
    values: BTreeMap<String, Vec<Value>>,
    /// What else must be set, by operation and path.
    needs: BTreeMap<String, BTreeMap<String, Vec<(String, Value)>>>,
}

static MEMBERS: LazyLock<Vec<Member>> = LazyLock::new(|| serde_json::from_str(include_str!("members.json")).unwrap());
static SAMPLES: LazyLock<Samples> = LazyLock::new(|| serde_json::from_str(include_str!("samples.json")).unwrap());

/// The name of no member.
pub(super) const NOTHING: &str = "-";

/// All members of an operation's request.
pub(crate) fn members(operation: &str) -> impl Iterator<Item = &'static Member> {
    MEMBERS.iter().filter(move |member| member.operation == operation)
}

impl Member {
    /// A value, the same for every place of this member, and another.
    pub(crate) fn samples(&self) -> Vec<Value> {
        let key = format!("{}.{}", self.shape, self.member);
        if let Some(values) = SAMPLES.values.get(&key) {
            return values.clone();
        }
        let two = |one: Value, other: Value| vec![one, other];
        match (self.r#type.as_str(), self.items.as_deref()) {
            ("string", _) if !self.r#enum.is_empty() => self.r#enum.iter().take(2).map(|word| json!(word)).collect(),
            ("string", _) => two(json!(format!("{}-one", self.member)), json!(format!("{}-two", self.member))),
            ("integer" | "long", _) => two(json!(self.min.unwrap_or(0) + 3), json!(self.min.unwrap_or(0) + 4)),
            ("boolean", _) => two(json!(true), json!(false)),
            ("map", _) => two(json!({"key": "one"}), json!({"key": "two", "other": "x"})),
            ("list", Some("string")) => two(json!(["one"]), json!(["two", "one"])),
            ("list", Some("integer")) => two(json!([1]), json!([2, 1])),
            ("list", Some("structure")) => self.structures("[]").into_iter().map(|one| json!([one])).collect(),
            ("structure", _) => self.structures(""),
            (kind, items) => panic!("{key}: no sample for a {kind} of {items:?}; add one to samples.json"),
        }
    }

    /// Is a change of it one change?
    pub(super) fn is_scalar(&self) -> bool {
        ["string", "integer", "long", "boolean", "double", "float"].contains(&self.r#type.as_str())
    }

    /// Is it a list?
    pub(super) fn is_list(&self) -> bool {
        self.r#type == "list"
    }

    /// A structure, with each value of the first of its members that has two.
    fn structures(&self, suffix: &str) -> Vec<Value> {
        let inside = format!("{}{suffix}", self.path);
        let minimal = minimal(&self.operation, &inside);
        let with = |member: &Member| {
            let put = |value: Value| {
                let mut structure = minimal.clone();
                structure.insert(member.member.clone(), value);
                Value::Object(structure)
            };
            member.samples().into_iter().map(put).collect::<Vec<_>>()
        };
        let optional = children(&self.operation, &inside).filter(|member| !member.required);
        let required = children(&self.operation, &inside).filter(|member| member.required);
        let all: Vec<_> = optional.chain(required).map(with).collect();
        all.iter().find(|samples| samples.len() > 1).or(all.first()).cloned().unwrap_or_default()
    }

    /// What else must be set where this member is.
    pub(super) fn needs(&self) -> Vec<(String, Value)> {
        let of_operation = SAMPLES.needs.get(&self.operation).into_iter().flatten();
        let here = of_operation.filter(|(path, _)| {
            self.path.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        here.flat_map(|(_, needs)| needs.clone()).collect()
    }
}

/// What a structure needs before one of its members can be set.
pub(super) fn minimal(operation: &str, path: &str) -> Map<String, Value> {
    let shape = children(operation, path).next().map(|member| member.shape.as_str()).unwrap_or_default();
    match SAMPLES.minimal.get(shape) {
        Some(Value::Object(members)) => members.clone(),
        _ => Map::new(),
    }
}

/// The members of the structure at a path.
fn children(operation: &str, path: &str) -> impl Iterator<Item = &'static Member> {
    members(operation).filter(move |member| member.path.rsplit_once('.').is_some_and(|(parent, _)| parent == path))
}

#[test]
fn samples_are_of_members_that_exist() {
    let shapes: BTreeSet<&str> = MEMBERS.iter().map(|member| member.shape.as_str()).collect();
    let names: BTreeSet<String> = MEMBERS.iter().map(|member| format!("{}.{}", member.shape, member.member)).collect();
    let lost: Vec<&String> = SAMPLES.values.keys().filter(|key| !names.contains(*key)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let lost: Vec<&String> = SAMPLES.minimal.keys().filter(|key| !shapes.contains(key.as_str())).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// A default, a key or an order of something that nobody can write would say nothing.
#[test]
fn every_rule_of_canonical_form_is_of_a_member() {
    let tables: [(&str, &[&str], &Rules); 2] = [
        ("task definition", &["RegisterTaskDefinition"], &TASK_DEFINITION),
        ("service", &["CreateService", "UpdateService"], &SERVICE),
    ];
    for (what, operations, Rules { keyed, sets, defaults }) in tables {
        let known: BTreeSet<&str> = operations.iter().flat_map(|name| members(name)).map(|m| m.path.as_str()).collect();
        let of_keys = keyed.iter().flat_map(|(list, keys)| keys.iter().map(move |key| format!("{list}[].{key}")));
        let lists = keyed.iter().map(|(list, _)| *list).chain(sets.iter().copied());
        let paths = lists.chain(defaults.iter().map(|(path, _)| *path)).map(str::to_owned).chain(of_keys);
        // Of tags the members are left out: they are the object's own.
        let lost: Vec<String> =
            paths.filter(|path| !path.starts_with("tags") && !known.contains(path.as_str())).collect();
        assert!(lost.is_empty(), "{what}: {lost:?}");
    }
}
