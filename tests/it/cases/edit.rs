//! Small edits of YAML trees: what keeps fixtures short.

use evenkeel::model::path::{Path, Segment};
use serde_json::{Map, Value};

/// The parts of a world that are kept by name.
const SECTIONS: [&str; 8] =
    ["secrets", "roles", "services", "revisions", "newest", "inUse", "versionDates", "histories"];

/// Puts `over` over `base`: maps member by member, `null` takes away, anything else replaces.
pub(crate) fn merge(base: &mut Value, over: Value) {
    let whole = |value: &Value| value.get("Unreadable").is_some() || value.get("from").is_some();
    match (&mut *base, over) {
        (Value::Object(_), over) if whole(&over) => *base = over,
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                if value.is_null() {
                    base.remove(&name);
                } else if name == "set" {
                    // A change to be made later: there `null` has its own meaning.
                    base.insert(name, value);
                } else {
                    merge(base.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Null, Value::Object(over)) => {
            // Also in a new map `null` takes away.
            *base = Value::Object(Map::new());
            merge(base, Value::Object(over));
        }
        (base, over) => *base = over,
    }
}

/// Everything that has `original` in its name is there a second time, under the name of the copy, throughout.
pub(crate) fn copied(world: &mut Value, original: &str, copy: &str) {
    for section in SECTIONS {
        let Some(Value::Object(members)) = world.get_mut(section) else { continue };
        let copies: Vec<(String, Value)> = members
            .iter()
            .filter(|(name, _)| name.contains(original))
            .map(|(name, value)| (name.replace(original, copy), renamed(value, original, copy)))
            .collect();
        members.extend(copies);
    }
}

fn renamed(value: &Value, original: &str, copy: &str) -> Value {
    match value {
        Value::String(text) => text.replace(original, copy).into(),
        Value::Array(list) => list.iter().map(|element| renamed(element, original, copy)).collect(),
        Value::Object(map) => {
            map.iter().map(|(name, value)| (name.replace(original, copy), renamed(value, original, copy))).collect()
        }
        other => other.clone(),
    }
}

/// Sets what stands at a path; elements of lists are found, or made, by their `name`. `null` takes away.
pub(crate) fn set(tree: &mut Value, path: &str, to: Value) {
    let path: Path = path.parse().unwrap();
    let (last, parents) = path.segments().split_last().unwrap();
    let mut at = tree;
    for segment in parents {
        at = enter(at, segment);
    }
    match (last, to) {
        (Segment::Member(name), Value::Null) => drop(at.as_object_mut().unwrap().remove(name)),
        (Segment::Element(key), Value::Null) => at.as_array_mut().unwrap().retain(|element| element["name"] != **key),
        (segment, to) => *enter(at, segment) = to,
    }
}

fn enter<'t>(tree: &'t mut Value, segment: &Segment) -> &'t mut Value {
    match segment {
        Segment::Member(name) => {
            if tree.is_null() {
                *tree = Value::Object(Map::new());
            }
            tree.as_object_mut().unwrap().entry(name).or_insert(Value::Null)
        }
        Segment::Element(key) => {
            if tree.is_null() {
                *tree = Value::Array(Vec::new());
            }
            let list = tree.as_array_mut().unwrap();
            let index = list.iter().position(|element| element["name"] == **key).unwrap_or_else(|| {
                list.push(serde_json::json!({ "name": key }));
                list.len() - 1
            });
            &mut list[index]
        }
    }
}
