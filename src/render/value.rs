//! Values as people read them: ARNs by their resource, version ids by their beginning. Everything whole with `--full`.

use serde_json::Value;

use super::style::Style;
use crate::model::arn::{Arn, Scope};
use crate::plan::step::Shown;

/// The longest value on one line; a longer one is cut.
const LONGEST: usize = 60;

/// One side of a change.
pub(super) fn shown(side: Option<&Shown>, scope: &Scope, style: Style) -> String {
    match side {
        None => "(none)".to_owned(),
        Some(Shown::After(step)) => format!("(known after step {})", step.number()),
        Some(Shown::Value(value)) => value_text(value, scope, style),
    }
}

fn value_text(value: &Value, scope: &Scope, style: Style) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(|item| value_text(item, scope, style)).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    };
    if style.full { text } else { cut(&short(&text, scope)) }
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

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST - 1).collect();
    format!("{head}…")
}
