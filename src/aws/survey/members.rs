//! Which keys the JSON object of a secret has, and of what kind they are. Neither other keys nor what stands under any is
//! kept: both are passed over as they are read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::survey::Member;

/// What stands under the keys; `None` where the text is no JSON object.
pub(super) fn members(text: &str, keys: &BTreeSet<String>) -> Option<BTreeMap<String, Member>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let found = json.deserialize_map(Keys(keys)).ok()?;
    json.end().ok()?;
    let member = |key: &String| (key.clone(), found.get(key.as_str()).copied().unwrap_or(Member::Missing));
    Some(keys.iter().map(member).collect())
}

#[derive(Clone, Copy)]
struct Keys<'k>(&'k BTreeSet<String>);

impl<'k, 'de> Visitor<'de> for Keys<'k> {
    type Value = BTreeMap<&'k str, Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = BTreeMap::new();
        while let Some(key) = map.next_key_seed(Key(self.0))? {
            let member = map.next_value_seed(Kind)?;
            found.extend(key.map(|key| (key, member)));
        }
        Ok(found)
    }
}

/// The key that is looked for, if it is one.
struct Key<'k>(&'k BTreeSet<String>);

impl<'k, 'de> DeserializeSeed<'de> for Key<'k> {
    type Value = Option<&'k str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'k> Visitor<'_> for Key<'k> {
    type Value = Option<&'k str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.get(text).map(String::as_str))
    }
}

/// Of what kind a value is.
struct Kind;

impl<'de> DeserializeSeed<'de> for Kind {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kind {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E>(self, _: &str) -> Result<Member, E> {
        Ok(Member::Text)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Member, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_object_the_kinds_of_the_keys_that_are_asked_for_are_known() {
        let keys: BTreeSet<String> =
            ["text", "esc\"aped", "number", "list", "null", "object", "missing"].map(str::to_owned).into();
        let text = r#" {"other": "x", "text": "a", "esc\"aped": "\n", "number": 1.5, "list": [1], "null": null, "object": {"text": 1}} "#;
        let found = members(text, &keys).unwrap();
        let of = |member: Member| -> Vec<&str> {
            found.iter().filter(|(_, kind)| **kind == member).map(|(key, _)| key.as_str()).collect()
        };
        assert_eq!(of(Member::Text), ["esc\"aped", "text"]);
        assert_eq!(of(Member::Other), ["list", "null", "number", "object"]);
        assert_eq!(of(Member::Missing), ["missing"]);
        assert_eq!(found.len(), keys.len());
    }

    #[test]
    fn what_is_no_single_object_has_no_members() {
        for text in ["", "a", "[]", "\"{}\"", "{} {}", "{\"a\": }", "null"] {
            assert_eq!(members(text, &BTreeSet::new()), None, "{text}");
        }
    }
}
