//! What the reads of EC2 share: ids, filters, pages.
//!
//! Ledger: O14.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use crate::sandbox::page::{Order, page};
use crate::sandbox::tags::Tags;
use crate::sandbox::wire::{AwsError, Outcome};

/// A filter: any of its values; filters are joined by and. `*` and `?` stand for any characters.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: Vec<String>,
}

/// The members that every read has.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Paged {
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

/// From the name of a filter to the values that a thing has under it.
type Values<'a> = Box<dyn Fn(&str) -> Option<Vec<String>> + 'a>;

/// A thing as a read sees it.
pub(super) struct Seen<'a> {
    pub(super) id: &'a str,
    pub(super) tags: &'a Tags,
    /// The values that it has under the name of a filter; `None` is an unknown filter.
    pub(super) values: Values<'a>,
    pub(super) view: Value,
}

/// How a kind is called where something is wrong.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) set: &'static str,
    pub(super) what: &'static str,
    pub(super) missing: &'static str,
}

/// `ids`, or everything that passes the filters, a page at a time.
pub(super) fn listed(kind: Kind, ids: &[String], paged: &Paged, all: Vec<Seen<'_>>) -> Outcome {
    if !ids.is_empty() && paged.max_results.is_some() {
        return Err(fault::ids_and_pages());
    }
    if let Some(unknown) = ids.iter().find(|id| !all.iter().any(|seen| seen.id == *id)) {
        return Err(fault::not_found(kind.missing, kind.what, unknown));
    }
    let mut entries = Vec::new();
    for seen in all {
        let mut shown = ids.is_empty() || ids.iter().any(|id| id == seen.id);
        for filter in &paged.filter {
            shown &= filter.passes(&seen)?;
        }
        if shown {
            let mut view = seen.view;
            view["tagSet"] = seen.tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
            entries.push((seen.id.to_owned(), view));
        }
    }
    let size = paged.max_results.unwrap_or(1000);
    let page = page(kind.set, entries, Order::Ascending, paged.next_token.as_deref(), size)
        .map_err(|_| fault::invalid_token())?;
    let mut output = json!({kind.set: page.items});
    if let Some(next) = page.next {
        output["nextToken"] = json!(next);
    }
    Ok(output)
}

impl Filter {
    fn passes(&self, seen: &Seen<'_>) -> Result<bool, AwsError> {
        let values = match (self.name.as_str(), self.name.strip_prefix("tag:")) {
            (_, Some(key)) => seen.tags.get(key).cloned().into_iter().collect(),
            ("tag-key", _) => seen.tags.keys().cloned().collect(),
            (name, _) => (seen.values)(name).ok_or_else(|| fault::invalid_filter(name))?,
        };
        Ok(values.iter().any(|value| self.value.iter().any(|pattern| matches(pattern, value))))
    }
}

/// `*` stands for any characters, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    crate::sandbox::iam::covers(pattern, text)
}
