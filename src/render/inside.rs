//! What differs inside a value: the lines of a text, the leaves of JSON, the elements of a list.

use std::collections::BTreeSet;

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// Lines around a difference that are shown although they are alike.
const CONTEXT: usize = 2;

/// Members that name an element of a list, if they do so for all of them.
const KEYS: [&str; 6] = ["Sid", "name", "Name", "id", "key", "Key"];

/// The inside of two values that differ.
pub(super) enum Inside {
    /// Texts of several lines.
    Lines(Vec<TextLine>),
    /// Containers of leaves; JSON text or not.
    Leaves {
        /// Where they differ.
        leaves: Vec<Leaf>,
        /// Is the value a text that holds JSON?
        json: bool,
    },
    /// The same JSON in another layout.
    Layout,
}

/// A line of a text.
pub(super) enum TextLine {
    /// As before.
    Same(String),
    /// No longer there.
    Gone(String),
    /// New.
    Come(String),
    /// So many that are as before, and are not shown.
    Alike(usize),
}

/// A leaf that differs.
pub(super) struct Leaf {
    /// Where, from the value on.
    pub(super) path: String,
    /// What it was.
    pub(super) before: Option<Value>,
    /// What it will be.
    pub(super) after: Option<Value>,
}

/// Looks inside two values; `None` for those that have none, or of two kinds.
pub(super) fn look(before: &Value, after: &Value, whole: bool) -> Option<Inside> {
    match (before, after) {
        (Value::String(old), Value::String(new)) => match (json(old), json(new)) {
            (Some(old), Some(new)) if old == new => Some(Inside::Layout),
            (Some(old), Some(new)) => leaves_of(&old, &new).map(|leaves| Inside::Leaves { leaves, json: true }),
            _ => (is_text(old) || is_text(new)).then(|| Inside::Lines(lines(old, new, whole))),
        },
        _ => leaves_of(before, after).map(|leaves| Inside::Leaves { leaves, json: false }),
    }
}

/// Is there nothing inside that is better looked at for itself?
pub(super) fn is_simple(value: &Value) -> bool {
    match value {
        Value::String(text) => !is_text(text) && json(text).is_none(),
        Value::Array(list) => list.iter().all(is_simple),
        Value::Object(_) => false,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Has it several lines?
pub(super) fn is_text(text: &str) -> bool {
    text.contains('\n')
}

fn json(text: &str) -> Option<Value> {
    let is_container = text.trim_start().starts_with(['{', '[']);
    is_container.then(|| serde_json::from_str(text).ok()).flatten()
}

/// `None` where the values are no containers of one kind.
fn leaves_of(before: &Value, after: &Value) -> Option<Vec<Leaf>> {
    let alike = matches!((before, after), (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_)));
    let mut out = Vec::new();
    leaves(Some(before), Some(after), "", &mut out);
    (alike && !out.is_empty()).then_some(out)
}

fn leaves(before: Option<&Value>, after: Option<&Value>, path: &str, out: &mut Vec<Leaf>) {
    match (before, after) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(old.get(name), new.get(name), &at, out);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => match key_of(old, new) {
            Some(key) => {
                let find = |list: &[Value], name: &str| list.iter().find(|item| item[key] == name).cloned();
                let names =
                    |list: &[Value]| list.iter().filter_map(|item| item[key].as_str().map(str::to_owned)).collect();
                let (olds, news): (BTreeSet<String>, BTreeSet<String>) = (names(old), names(new));
                for name in olds.union(&news) {
                    leaves(find(old, name).as_ref(), find(new, name).as_ref(), &format!("{path}[{name}]"), out);
                }
            }
            None => elements(old, new, path, out),
        },
        (None, None) => {}
        (before, after) => {
            out.push(Leaf { path: path.to_owned(), before: before.cloned(), after: after.cloned() });
        }
    }
}

/// The member that names every element of both lists.
fn key_of(old: &[Value], new: &[Value]) -> Option<&'static str> {
    let names_all = |key: &&str, list: &[Value]| {
        let names: BTreeSet<&str> = list.iter().filter_map(|item| item.get(key)?.as_str()).collect();
        names.len() == list.len()
    };
    let any = !old.is_empty() && !new.is_empty();
    KEYS.into_iter().find(|key| any && names_all(key, old) && names_all(key, new))
}

/// Elements without names: what was put in, taken out, or stands where something else stood.
fn elements(old: &[Value], new: &[Value], path: &str, out: &mut Vec<Leaf>) {
    let texts = |list: &[Value]| list.iter().map(Value::to_string).collect::<Vec<_>>();
    for op in capture_diff_slices(Algorithm::Myers, &texts(old), &texts(new)) {
        let (was, is) = (op.old_range(), op.new_range());
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let paired = was.len().min(is.len());
        for (from, to) in was.clone().zip(is.clone()) {
            leaves(old.get(from), new.get(to), &format!("{path}[{to}]"), out);
        }
        for at in was.skip(paired) {
            out.push(Leaf { path: format!("{path}[{at}]"), before: old.get(at).cloned(), after: None });
        }
        for at in is.skip(paired) {
            out.push(Leaf { path: format!("{path}[{at}]"), before: None, after: new.get(at).cloned() });
        }
    }
}

fn lines(old: &str, new: &str, whole: bool) -> Vec<TextLine> {
    let (old, new) = (split(old), split(new));
    let context = if whole { old.len().max(new.len()) } else { CONTEXT };
    let mut out = Vec::new();
    let mut shown = 0;
    let line = |list: &[String], at: usize| list.get(at).cloned().unwrap_or_default();
    for group in group_diff_ops(capture_diff_slices(Algorithm::Myers, &old, &new), context) {
        let begins = group.first().map_or(shown, |op| op.old_range().start);
        out.extend(alike(&old, shown..begins));
        for op in &group {
            if let DiffOp::Equal { .. } = op {
                out.extend(op.old_range().map(|at| TextLine::Same(line(&old, at))));
            } else {
                out.extend(op.old_range().map(|at| TextLine::Gone(line(&old, at))));
                out.extend(op.new_range().map(|at| TextLine::Come(line(&new, at))));
            }
            shown = op.old_range().end;
        }
    }
    out.extend(alike(&old, shown..old.len()));
    out
}

/// A count in the place of one line would save nothing.
fn alike(lines: &[String], range: std::ops::Range<usize>) -> Option<TextLine> {
    match range.len() {
        0 => None,
        1 => lines.get(range.start).cloned().map(TextLine::Same),
        count => Some(TextLine::Alike(count)),
    }
}

/// The lines of a text. Whether the last one ends with a line break is a line of its own, as it can differ.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    } else {
        lines.push("(no line break at the end)".to_owned());
    }
    lines
}
