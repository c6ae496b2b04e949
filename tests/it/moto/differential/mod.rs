//! Random operations on the sandbox and on moto: the same answers, and the same codes of refusal.
//!
//! Played in short episodes, each in an account of its own and each from a seed of its own. Every difference is one of
//! `known`, which says exactly what each side answers to what; of any other, the shortest episode that still shows it is
//! printed. An episode ends with a difference after which the two hold different things.

mod episode;
mod known;
mod left_out;
mod moves;
mod plays;
mod shrink;
mod view;

use serde_json::Value;

/// One thing in which two answers differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    operation: &'static str,
    /// `error`, or the member of the answer.
    member: String,
    /// A member that is not there is null; of an error, `code: message`, and null for none.
    sandbox: Value,
    moto: Value,
}

impl Difference {
    /// What it is, whatever the values and the ids in it are; of errors, the codes.
    fn kind(&self) -> (&'static str, String, [String; 2]) {
        let is_id = |name: &str| name.starts_with(|first: char| first.is_ascii_digit());
        let names = self.member.split('.').map(|name| if is_id(name) { "*" } else { name });
        let code = |side: &Value| shown(side).split(':').next().unwrap_or_default().to_owned();
        let codes = if self.member == "error" { [code(&self.sandbox), code(&self.moto)] } else { Default::default() };
        (self.operation, names.collect::<Vec<_>>().join("."), codes)
    }
}

/// How a value stands in a report and before a pattern.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
