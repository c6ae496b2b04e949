//! What to do about what a schema finds, where nothing more particular is known: one sentence for each keyword.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};

const SCHEMA: &str = "`evenkeel schema KIND` prints what each field takes";
const WORDS: &str = "write one of them, spelt as they are here";

/// Of what has no value.
pub(super) const EMPTY: &str = "write its value, `\"\"` for an empty text, or take it out";

// What patterns take, in words, where more is known of how to write it.
pub(super) const NO_COLON: &str = "cannot have a colon: ECS separates with it";
pub(super) const ONE_PARAMETER: &str = "names one parameter, in letters, digits and any of _.-/, or by its ARN";
pub(super) const ONE_OBJECT: &str = "names one object: `*`, `?` and `$` would make a pattern of it in IAM";
pub(super) const LABEL: &str =
    "takes 1 to 63 lowercase letters, digits and -, and begins and ends with a letter or digit";
pub(super) const DNS_NAME: &str = "takes lowercase letters, digits and any of _.-, and does not begin with -";
pub(super) const SUBNET: &str = "is the id of a subnet, `subnet-…`";
pub(super) const GROUP: &str = "is the id of a security group, `sg-…`";
pub(super) const PORT_NAME: &str = "takes lowercase letters, digits, - and _, and does not begin with -";
pub(super) const NAME: &str = "takes letters, digits, - and _";
pub(super) const INSTALLATION: &str = "takes lowercase letters, digits and -, and neither begins nor ends with -";
pub(super) const SECRET_NAME: &str = "takes letters, digits and any of /_+=.@-";
pub(super) const ROLE_NAME: &str = "takes letters, digits and any of _+=,.@-";
pub(super) const BUCKET: &str = "takes lowercase letters, digits, . and -, and is no ARN";
pub(super) const CACHE: &str =
    "is the prefix of a pull-through cache, in lowercase letters, digits and any of ._-/, or ROOT";
pub(super) const TAG: &str = "takes letters, digits, spaces and any of _.:/=+@-";

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
    match words {
        NO_COLON => "take the colon out",
        ONE_PARAMETER | ONE_OBJECT => "write its whole name",
        CACHE => "write it as the cache's rule has it, without a pattern",
        LABEL | INSTALLATION => "write it with these characters alone, and one that may stand there at each end",
        PORT_NAME => "write it with these characters alone, and another one than - at its beginning",
        NAME | SECRET_NAME | ROLE_NAME | BUCKET | TAG => "write it with these characters alone",
        _ => "write it in this form",
    }
}
