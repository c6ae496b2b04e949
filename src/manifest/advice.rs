//! What to do about what a schema finds, where nothing more particular is known: one sentence for each keyword.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};

const SCHEMA: &str = "`evenkeel schema KIND` prints what each field takes";
const WORDS: &str = "write one of them, spelt as they are here";

/// What to do; `words` are those of a pattern.
pub(super) fn of(kind: &Kind, words: Option<&str>) -> String {
    let fixed = match kind {
        Kind::Required { property } => return format!("add `{}: …`", super::text_of(property)),
        Kind::Constant { expected_value } => return format!("write `{}`", super::text_of(expected_value)),
        Kind::PropertyNames { error } => return of(error.kind(), words),
        Kind::Type { kind: TypeKind::Single(one) } => of_type(&one.to_string()),
        Kind::Pattern { .. } => words.map_or(WORDS, of_pattern),
        Kind::Enum { .. } => WORDS,
        Kind::Minimum { .. } | Kind::Maximum { .. } => "choose a number in these bounds",
        Kind::MinItems { limit: 1 } => "write at least one element",
        Kind::MinLength { limit: 1 } => "write at least one character",
        Kind::MinItems { .. } => "add some",
        Kind::MinLength { .. } => "make it longer",
        Kind::MaxLength { .. } => "make it shorter",
        Kind::MaxItems { .. } | Kind::MaxProperties { .. } => "take some of them out",
        Kind::UniqueItems => "take one of them out",
        _ => SCHEMA,
    };
    fixed.to_owned()
}

fn of_type(wanted: &str) -> &'static str {
    match wanted {
        "string" => "write a text; in quotes, where YAML would take it for something else",
        "object" => "write its fields below it, or in `{…}`",
        "array" => "write its elements below it, each behind `- `, or in `[…]`",
        "boolean" => "write `true` or `false`",
        "integer" => "write a whole number, without quotes",
        "number" => "write a number, without quotes",
        _ => SCHEMA,
    }
}

fn of_pattern(words: &str) -> &'static str {
    if words.starts_with("cannot have a colon") {
        "take the colon out"
    } else if words.starts_with("names one") {
        "write its whole name"
    } else if words.contains("letters") && !words.starts_with("is ") {
        "write it with these characters alone"
    } else {
        "write it in this form"
    }
}
