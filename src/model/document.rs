//! The content of an ECS object as a tree in canonical form, and the rules that lead there.
//!
//! Knows the vocabulary of ECS only through [`Rules`]. Two documents are equal exactly when ECS would treat them alike.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::path::{Path, Segment};

/// A tree in canonical form: no nulls, no empty members, no defaults, lists in a fixed order.
///
/// What a person wrote is kept beside it and sent as it was written: two documents are equal where their canonical forms
/// are, whichever way they are written.
#[derive(Clone, Debug, Default)]
pub struct Document {
    canonical: Map<String, Value>,
    written: Option<Box<Value>>,
}

/// How the lists and defaults of one vocabulary are read.
pub struct Rules {
    /// Lists whose elements have a key: the pattern of the list, then the members of which the first present is the key.
    pub keyed: &'static [(&'static str, &'static [&'static str])],
    /// Lists whose order means nothing and whose elements have no key.
    pub sets: &'static [&'static str],
    /// What ECS fills in where nothing is written, as JSON.
    pub defaults: &'static [(&'static str, &'static str)],
}

impl Document {
    /// Brings a tree into canonical form; anything but a map counts as empty.
    pub fn new(tree: Value, rules: &Rules) -> Self {
        match canonical(tree, &Path::root(), rules) {
            Some(Value::Object(canonical)) => Self { canonical, written: None },
            _ => Self::default(),
        }
    }

    /// The same document, as a person wrote it, less what is empty.
    #[must_use]
    pub fn as_written(self, mut tree: Value) -> Self {
        prune(&mut tree);
        Self { written: Some(Box::new(tree)), ..self }
    }

    /// The tree to send: as it is written, with the defaults that are.
    pub fn to_send(&self) -> Value {
        self.written.as_deref().cloned().unwrap_or_else(|| self.to_value())
    }

    /// One outermost member.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.canonical.get(name)
    }

    /// The outermost members, by name.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.canonical.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The tree, in canonical form.
    pub fn to_value(&self) -> Value {
        Value::Object(self.canonical.clone())
    }

    /// What stands at a path.
    pub fn get(&self, path: &Path, rules: &Rules) -> Option<&Value> {
        let (first, rest) = path.segments().split_first()?;
        let Segment::Member(name) = first else { return None };
        let mut at = Path::of(name);
        let mut value = self.canonical.get(name)?;
        for segment in rest {
            value = match segment {
                Segment::Member(name) => value.get(name)?,
                Segment::Element(key) => {
                    value.as_array()?.iter().find(|e| rules.key(&at, e).as_deref() == Some(key))?
                }
            };
            at = step(&at, segment);
        }
        Some(value)
    }

    /// This document with what stands at a path put in, or taken away; a path whose parent is missing changes nothing.
    #[must_use]
    pub fn with(&self, path: &Path, value: Option<Value>, rules: &Rules) -> Self {
        let mut tree = self.to_value();
        put(&mut tree, &Path::root(), path.segments(), value.clone(), rules);
        let mut written = self.written.clone();
        if let Some(written) = &mut written {
            put(written, &Path::root(), path.segments(), value, rules);
        }
        Self { written, ..Self::new(tree, rules) }
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Document {}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.canonical.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { canonical: Map::deserialize(deserializer)?, written: None })
    }
}

impl Rules {
    /// The key of an element of the list at `path`.
    pub fn key(&self, path: &Path, element: &Value) -> Option<String> {
        let pattern = path.pattern();
        let (_, members) = self.keyed.iter().find(|(list, _)| *list == pattern)?;
        let text = members.iter().find_map(|member| element.get(member).map(scalar))?;
        // One port may be mapped for both protocols.
        let udp = element.get("protocol").is_some_and(|protocol| protocol == "udp");
        Some(if udp { format!("{text}/udp") } else { text })
    }

    /// Do the elements of the list at `path` have keys, each its own?
    pub fn has_keys(&self, path: &Path, list: &[Value]) -> bool {
        let keys: Option<Vec<String>> = list.iter().map(|element| self.key(path, element)).collect();
        keys.is_some_and(|mut keys| {
            keys.sort();
            keys.windows(2).all(|pair| pair[0] != pair[1])
        })
    }

    /// What ECS fills in at a path.
    pub fn default_at(&self, path: &Path) -> Option<Value> {
        let pattern = path.pattern();
        let (_, default) = self.defaults.iter().find(|(path, _)| *path == pattern)?;
        serde_json::from_str(default).ok()
    }
}

/// A scalar as people write it, without quotes.
pub fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn canonical(value: Value, path: &Path, rules: &Rules) -> Option<Value> {
    let value = match value {
        Value::Null => return None,
        Value::Object(map) => {
            let members = map.into_iter().filter_map(|(name, value)| {
                let value = canonical(value, &path.member(&name), rules)?;
                Some((name, value))
            });
            Value::Object(members.collect())
        }
        Value::Array(list) => {
            let inside = path.element("");
            let list = list.into_iter().filter_map(|element| canonical_element(element, &inside, rules)).collect();
            Value::Array(in_order(list, path, rules))
        }
        Value::Number(number) => Value::Number(whole(&number)),
        scalar => scalar,
    };
    let empty = match &value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    (!empty && rules.default_at(path).as_ref() != Some(&value)).then_some(value)
}

/// An element stays even where nothing but defaults is left of it: how many there are is content too.
fn canonical_element(element: Value, path: &Path, rules: &Rules) -> Option<Value> {
    match element {
        Value::Null => None,
        Value::Object(_) => Some(canonical(element, path, rules).unwrap_or_else(|| Value::Object(Map::new()))),
        other => canonical(other, path, rules),
    }
}

/// Takes away empty members: ECS takes some structures only with what they need.
fn prune(tree: &mut Value) {
    match tree {
        Value::Object(map) => {
            map.values_mut().for_each(prune);
            map.retain(|_, value| match value {
                Value::Null => false,
                Value::Object(map) => !map.is_empty(),
                Value::Array(list) => !list.is_empty(),
                _ => true,
            });
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}

/// `1.0` and `1` are one number.
pub(crate) fn whole(number: &serde_json::Number) -> serde_json::Number {
    match number.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within the exact range of f64")]
        Some(float) if !number.is_i64() && float.fract() == 0.0 && float.abs() < 9e15 => (float as i64).into(),
        _ => number.clone(),
    }
}

fn in_order(mut list: Vec<Value>, path: &Path, rules: &Rules) -> Vec<Value> {
    if rules.has_keys(path, &list) {
        list.sort_by_cached_key(|element| rules.key(path, element));
    } else if rules.sets.contains(&path.pattern().as_str()) {
        list.sort_by_cached_key(ToString::to_string);
        list.dedup();
    } else if rules.keyed.iter().any(|(keyed, _)| *keyed == path.pattern()) {
        // Several elements may have one key: their order means nothing either, but how many there are does.
        list.sort_by_cached_key(ToString::to_string);
    }
    list
}

fn put(tree: &mut Value, at: &Path, rest: &[Segment], value: Option<Value>, rules: &Rules) {
    let Some((segment, rest)) = rest.split_first() else { return };
    let inside = step(at, segment);
    match (segment, tree) {
        (Segment::Member(name), Value::Object(map)) if rest.is_empty() => match value {
            Some(value) => drop(map.insert(name.clone(), value)),
            None => drop(map.remove(name)),
        },
        (Segment::Member(name), Value::Object(map)) => {
            if let Some(child) = map.get_mut(name) {
                put(child, &inside, rest, value, rules);
            }
        }
        (Segment::Element(key), Value::Array(list)) => {
            let found = list.iter().position(|element| rules.key(at, element).as_deref() == Some(key));
            match (found, rest.is_empty(), value) {
                (Some(index), true, Some(value)) => list[index] = value,
                (Some(index), true, None) => drop(list.remove(index)),
                (None, true, Some(value)) => list.push(value),
                (Some(index), false, value) => put(&mut list[index], &inside, rest, value, rules),
                (None, _, _) => {}
            }
        }
        _ => {}
    }
}

fn step(at: &Path, segment: &Segment) -> Path {
    match segment {
        Segment::Member(name) => at.member(name),
        Segment::Element(key) => at.element(key),
    }
}
