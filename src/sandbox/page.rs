//! Pages of a listing, with tokens that only their own listing accepts.
//!
//! A token names the last key that was given out, so what is created or
//! deleted between two pages shifts nothing.
//!
//! Ledger: S27, I10.

use std::fmt::Write as _;

/// One page, and the token of the next when there is one.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// A token that this listing did not give out.
pub(crate) struct ForeignToken;

/// Which way the keys run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// Cuts a page of at most `size` from `entries`, which come in any order.
///
/// `listing` names the operation and whatever of its parameters may not
/// change from page to page.
pub(crate) fn page<T>(
    listing: &str,
    entries: impl IntoIterator<Item = (String, T)>,
    order: Order,
    token: Option<&str>,
    size: usize,
) -> Result<Page<T>, ForeignToken> {
    let after = token.map(|token| open(listing, token)).transpose()?;
    let mut rest: Vec<(String, T)> = entries
        .into_iter()
        .filter(|(key, _)| match (&after, order) {
            (None, _) => true,
            (Some(after), Order::Ascending) => key > after,
            (Some(after), Order::Descending) => key < after,
        })
        .collect();
    rest.sort_by(|(a, _), (b, _)| match order {
        Order::Ascending => a.cmp(b),
        Order::Descending => b.cmp(a),
    });
    let more = rest.len() > size;
    rest.truncate(size);
    let next = rest.last().filter(|_| more).map(|(key, _)| seal(listing, key));
    Ok(Page { items: rest.into_iter().map(|(_, item)| item).collect(), next })
}

fn seal(listing: &str, key: &str) -> String {
    let mut token = String::new();
    for byte in format!("{listing}\n{key}").bytes() {
        // Writing to a String cannot fail.
        let _ = write!(token, "{byte:02x}");
    }
    token
}

fn open(listing: &str, token: &str) -> Result<String, ForeignToken> {
    let bytes = token
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()))
        .collect::<Option<Vec<u8>>>()
        .ok_or(ForeignToken)?;
    let text = String::from_utf8(bytes).map_err(|_| ForeignToken)?;
    let (of, key) = text.split_once('\n').ok_or(ForeignToken)?;
    if of == listing { Ok(key.to_owned()) } else { Err(ForeignToken) }
}
