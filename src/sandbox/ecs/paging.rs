//! Pages in ECS's manner: `maxResults` from 1 to 100, `nextToken`.
//!
//! Ledger: T7, V9.

use serde_json::{Value, json};

use super::fault;
use crate::sandbox::page::{Order, page};
use crate::sandbox::wire::Outcome;

/// Which page a request wants.
pub(super) struct Wanted<'a> {
    pub(super) order: Order,
    pub(super) token: Option<&'a str>,
    pub(super) size: Option<i64>,
    /// The size of a page when none is asked for.
    pub(super) usual_size: usize,
}

/// The output of a listing: a page of `entries` as `member`.
pub(super) fn listed(
    listing: &str,
    member: &str,
    entries: impl IntoIterator<Item = (String, Value)>,
    wanted: &Wanted<'_>,
) -> Outcome {
    let size = match wanted.size.map(usize::try_from) {
        None => wanted.usual_size,
        Some(Ok(size @ 1..=100)) => size,
        Some(_) => return Err(fault::invalid("maxResults must be between 1 and 100.")),
    };
    let page = page(listing, entries, wanted.order, wanted.token, size).map_err(|_| fault::bad_token())?;
    let mut output = json!({member: page.items});
    if let Some(next) = page.next {
        output["nextToken"] = json!(next);
    }
    Ok(output)
}
