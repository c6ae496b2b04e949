//! The difference of two documents, leaf by leaf, with elements of lists matched by their key.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::document::{Document, Rules};
use crate::model::path::Path;

/// A leaf that differs: where, what it was, what it will be.
pub(super) type Difference = (Path, Option<Value>, Option<Value>);

/// All leaves that differ.
pub(super) fn documents(before: &Document, after: &Document, rules: &Rules) -> Vec<Difference> {
    let names: BTreeSet<&str> = before.members().chain(after.members()).map(|(name, _)| name).collect();
    let mut out = Vec::new();
    for name in names {
        values(before.member(name), after.member(name), &Path::of(name), rules, &mut out);
    }
    out
}

/// The leaves in which one outermost member differs.
pub(super) fn member(name: &str, before: &Document, after: &Document, rules: &Rules) -> Vec<Difference> {
    let mut out = Vec::new();
    values(before.member(name), after.member(name), &Path::of(name), rules, &mut out);
    out
}

fn values(before: Option<&Value>, after: Option<&Value>, path: &Path, rules: &Rules, out: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(_)) | None, Some(Value::Object(_)) | None) => {
            let names: BTreeSet<&String> = [before, after]
                .into_iter()
                .flatten()
                .filter_map(Value::as_object)
                .flat_map(serde_json::Map::keys)
                .collect();
            for name in names {
                let member = |value: Option<&'_ Value>| value.and_then(|value| value.get(name)).cloned();
                values(member(before).as_ref(), member(after).as_ref(), &path.member(name), rules, out);
            }
        }
        (before, after) if is_keyed(before, path, rules) && is_keyed(after, path, rules) => {
            let (before, after) = (list(before), list(after));
            let keys: BTreeSet<String> =
                before.iter().chain(after).filter_map(|element| rules.key(path, element)).collect();
            for key in keys {
                let find = |list: &'_ [Value]| {
                    list.iter().find(|element| rules.key(path, element).as_ref() == Some(&key)).cloned()
                };
                let (old, new) = (find(before), find(after));
                pair(old.as_ref(), new.as_ref(), &path.element(&key), rules, out);
            }
        }
        _ => out.push((path.clone(), before.cloned(), after.cloned())),
    }
}

/// A name-value pair is one leaf: `environment[LOG_LEVEL]`, not `environment[LOG_LEVEL].value`.
fn pair(old: Option<&Value>, new: Option<&Value>, path: &Path, rules: &Rules, out: &mut Vec<Difference>) {
    let value = |element: &Value| {
        let map = element.as_object()?;
        let is_pair = map.keys().all(|member| ["name", "key", "value"].contains(&member.as_str()));
        (is_pair && map.contains_key("value")).then(|| map["value"].clone())
    };
    if [old, new].iter().all(|side| side.is_none_or(|element| value(element).is_some())) {
        let (old, new) = (old.and_then(value), new.and_then(value));
        if old != new {
            out.push((path.clone(), old, new));
        }
        return;
    }
    values(old, new, path, rules, out);
}

fn is_keyed(value: Option<&Value>, path: &Path, rules: &Rules) -> bool {
    match value {
        None => true,
        Some(Value::Array(list)) => !list.is_empty() && rules.has_keys(path, list),
        Some(_) => false,
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
