//! Values as people read them: ARNs by their resource, version ids by their beginning. Everything whole with `--full`.

use serde_json::Value;

use super::row::columns;
use crate::model::arn::{Arn, Scope};

/// A value on one line.
pub(super) fn written(value: &Value, scope: &Scope, full: bool) -> String {
    let short = |text: &str| if full { text.to_owned() } else { short(text, scope) };
    match value {
        Value::String(text) if text.is_empty() || text.trim() != text => value.to_string(),
        Value::String(text) => short(text),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(|item| written(item, scope, full)).collect::<Vec<_>>().join(", "))
        }
        other => short(&other.to_string()),
    }
}

/// Two values that differ, so that they look different too.
pub(super) fn both(before: &Value, after: &Value, scope: &Scope, full: bool) -> [String; 2] {
    let short = [before, after].map(|value| written(value, scope, full));
    let whole = || [before, after].map(|value| written(value, scope, true));
    let exact = || [before, after].map(Value::to_string);
    [short, whole()].into_iter().find(|[before, after]| before != after).unwrap_or_else(exact)
}

/// A text, with what everyone knows left out of it.
pub(super) fn short(text: &str, scope: &Scope) -> String {
    if let Some(arn) = Arn::parse(text) {
        let here = arn.account().is_empty() || arn.account() == scope.account.as_str();
        let near = arn.region().is_empty() || arn.region() == scope.region.as_str();
        if here && near {
            return short_versions(arn.resource().trim_start_matches("task-definition/"));
        }
    }
    short_versions(text)
}

/// Version ids are 32 to 64 characters of hexadecimal: eight tell them apart.
fn short_versions(text: &str) -> String {
    let is_id = |part: &str| part.len() >= 32 && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let parts = text.split([':', '=', ' ']).filter(|part| is_id(part)).map(str::to_owned).collect::<Vec<_>>();
    parts.iter().fold(text.to_owned(), |text, id| text.replace(id.as_str(), &format!("{}…", &id[..8])))
}

/// A text in so many columns. Images and ARNs differ at their ends: a third is the beginning, the rest the end.
pub(super) fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let room = room.max(8);
    let head = first(text.chars(), room / 3);
    let tail: String = first(text.chars().rev(), room - room / 3 - 1).chars().rev().collect();
    format!("{head}…{tail}")
}

/// Two texts in so many columns each, cut where they are alike.
pub(super) fn cut_both(before: &str, after: &str, room: usize) -> [String; 2] {
    let room = room.max(8);
    if columns(before) <= room && columns(after) <= room {
        return [before.to_owned(), after.to_owned()];
    }
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let shorter = old.len().min(new.len());
    let alike = (0..shorter).take_while(|at| old[*at] == new[*at]).count();
    let end = (1..=shorter - alike).take_while(|at| old[old.len() - at] == new[new.len() - at]).count();
    // A little of what is alike stands before the difference, so that its place is seen.
    let longest = old.len().max(new.len()) - alike - end;
    let lead = alike.min(room.saturating_sub(longest + 2) / 2 + 4);
    [old, new].map(|text| {
        let begins = if alike > lead { "…" } else { "" };
        let rest: String = text[alike - lead..].iter().collect();
        let rest_room = room - columns(begins);
        if columns(&rest) <= rest_room {
            return format!("{begins}{rest}");
        }
        format!("{begins}{}…", first(rest.chars(), rest_room - 1))
    })
}

/// As many characters as these columns hold.
pub(super) fn first(text: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    text.take_while(|c| {
        used += columns(c.encode_utf8(&mut [0; 4]));
        used <= room
    })
    .collect()
}
