//! Members in documents: put there, taken away, found in what AWS states.

use evenkeel::model::document::Rules;
use evenkeel::model::path::Path;
use serde_json::Value;

use super::table::minimal;

/// Puts a value at a path, with everything that is needed around it; of a list, its first element is meant.
pub(super) fn put(document: &mut Value, operation: &str, path: &str, value: Option<Value>) {
    let mut at = document;
    let mut walked = String::new();
    let parts: Vec<&str> = path.split('.').collect();
    for (index, part) in parts.iter().enumerate() {
        let name = part.trim_end_matches("[]");
        walked = if walked.is_empty() { (*part).to_owned() } else { format!("{walked}.{part}") };
        let members = at.as_object_mut().unwrap();
        if index + 1 == parts.len() {
            match value {
                Some(value) => drop(members.insert(name.to_owned(), value)),
                None => drop(members.remove(name)),
            }
            return;
        }
        at = if part.ends_with("[]") {
            let list = members.entry(name).or_insert_with(|| Value::Array(Vec::new())).as_array_mut().unwrap();
            if list.is_empty() {
                list.push(Value::Object(minimal(operation, &walked)));
            }
            &mut list[0]
        } else {
            members.entry(name).or_insert_with(|| Value::Object(minimal(operation, &walked)))
        };
    }
}

/// The path of a member in a document, as a plan shows it; where a list has no keys, the list is what is shown.
pub(super) fn shown_path(document: &Value, path: &str, rules: &Rules) -> Path {
    let mut shown = Path::root();
    let mut at = document;
    for part in path.split('.') {
        let name = part.trim_end_matches("[]");
        shown = shown.member(name);
        at = &at[name];
        if part.ends_with("[]") {
            let list = at.as_array().map_or(&[] as &[_], Vec::as_slice);
            match list.first().and_then(|first| rules.key(&shown, first)).filter(|_| rules.has_keys(&shown, list)) {
                Some(key) => shown = shown.element(&key),
                None => return shown,
            }
            at = &list[0];
        }
    }
    shown
}

/// All values that stand at a path, in whichever elements.
pub(super) fn find<'v>(document: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('.').fold(vec![document], |found, part| {
        let inside = found.into_iter().filter_map(|value| value.get(part.trim_end_matches("[]")));
        if part.ends_with("[]") { inside.filter_map(Value::as_array).flatten().collect() } else { inside.collect() }
    })
}

/// Does a value hold all that another does? Lists in any order.
pub(super) fn covers(has: &Value, wanted: &Value) -> bool {
    match (has, wanted) {
        (Value::Object(has), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| has.get(name).is_some_and(|has| covers(has, value)))
        }
        (Value::Array(has), Value::Array(wanted)) => {
            has.len() == wanted.len() && wanted.iter().all(|value| has.iter().any(|has| covers(has, value)))
        }
        (Value::Number(has), Value::Number(wanted)) => has.as_f64() == wanted.as_f64(),
        (has, wanted) => has == wanted,
    }
}
