//! The tagging rules that all services share.
//!
//! Each service words a fault in its own error.
//!
//! Ledger: S26, I9.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Tags of one resource, by key.
pub type Tags = BTreeMap<String, String>;

/// A tag as a request carries it, in either spelling of the services.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Tag {
    #[serde(alias = "Key", default)]
    pub(crate) key: String,
    #[serde(alias = "Value", default)]
    pub(crate) value: String,
}

/// Why tags were refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TagFault {
    #[error("aws: prefixed tag key names are not allowed for external use: {0}")]
    Reserved(String),
    #[error("duplicate tag key: {0}")]
    Duplicate(String),
    #[error("the number of tags exceeds the limit of 50")]
    TooMany,
}

/// General tagging quota of AWS (facts 3.1, 4.5).
const LIMIT: usize = 50;

/// Adds or overwrites; the rest stays.
pub(crate) fn merged(held: &Tags, added: &[Tag]) -> Result<Tags, TagFault> {
    let mut keys = BTreeSet::new();
    for tag in added {
        if is_reserved(&tag.key) {
            return Err(TagFault::Reserved(tag.key.clone()));
        }
        if !keys.insert(&tag.key) {
            return Err(TagFault::Duplicate(tag.key.clone()));
        }
    }
    let mut tags = held.clone();
    tags.extend(added.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
    let own = tags.keys().filter(|key| !is_reserved(key)).count();
    if own > LIMIT { Err(TagFault::TooMany) } else { Ok(tags) }
}

/// Keys that are not there are no fault.
pub(crate) fn removed(held: &Tags, keys: &[String]) -> Result<Tags, TagFault> {
    if let Some(key) = keys.iter().find(|key| is_reserved(key)) {
        return Err(TagFault::Reserved(key.clone()));
    }
    Ok(held.iter().filter(|(key, _)| !keys.contains(key)).map(|(k, v)| (k.clone(), v.clone())).collect())
}

/// A tag as policies ask for it, below a condition key.
pub(crate) fn condition(of: &str, (key, value): (&String, &String)) -> (String, Vec<String>) {
    (format!("{of}/{key}"), vec![value.clone()])
}

fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}
