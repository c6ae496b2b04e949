//! Values as people read them: ARNs by their resource, version ids by their beginning. Everything whole with `--full`.

use serde_json::Value;

use super::style::Style;
use crate::model::arn::{Arn, Scope};
use crate::plan::step::Shown;

/// One side of a change; what is longer than `longest` loses its middle.
pub(super) fn shown(side: Option<&Shown>, scope: &Scope, style: Style, longest: usize) -> String {
    match side {
        None => "(none)".to_owned(),
        Some(Shown::After(step)) => format!("(known after step {})", step.number()),
        Some(Shown::Value(value)) if style.full => plain(value, str::to_owned),
        Some(Shown::Value(value)) => cut(&plain(value, |text| short(text, scope)), longest),
    }
}

fn plain(value: &Value, short: impl Fn(&str) -> String + Copy) -> String {
    match value {
        Value::String(text) => short(text),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(|item| plain(item, short)).collect::<Vec<_>>().join(", "))
        }
        other => short(&other.to_string()),
    }
}

/// A text, with what everyone knows left out of it.
pub(super) fn short(text: &str, scope: &Scope) -> String {
    if let Some(arn) = Arn::parse(text) {
        let here = arn.account().is_empty() || arn.account() == scope.account.as_str();
        let near = arn.region().is_empty() || arn.region() == scope.region.as_str();
        if here && near {
            return short_versions(arn.resource());
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

/// Images and ARNs differ at their ends, so a third of what is shown is the beginning, and the rest the end.
fn cut(text: &str, longest: usize) -> String {
    let length = text.chars().count();
    if length <= longest {
        return text.to_owned();
    }
    let (head, tail) = (longest / 3, longest - longest / 3 - 1);
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    format!("{head}…{tail}")
}
