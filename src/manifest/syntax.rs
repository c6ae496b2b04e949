//! What the YAML parser says, in words for people. Knows the parser's own words; never repeats text of the file.

use super::node::{MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES};

/// What is wrong, and what to write instead.
pub(super) fn explain(reason: &str) -> (String, Option<&'static str>) {
    let fixed = |message: &str, help| (message.to_owned(), Some(help));
    let has = |part: &str| reason.contains(part);
    if has("Anchors") || has("Aliases") || has("alias") || has("anchor") {
        return fixed("anchors and aliases are not taken", "write the value out at each place");
    }
    if has("merge key") {
        return fixed("merge keys (`<<`) are not taken", "write the fields out at each place");
    }
    // The parser repeats a tag, and an unquoted password that begins with `!` is one.
    let of_tags = [
        "unsupported tag",
        "tagged scalar",
        "!!binary",
        "invalid u64",
        "invalid i64",
        "invalid bool",
        "invalid floating point",
    ];
    if of_tags.into_iter().any(has) {
        return tag();
    }
    if has("Depth") || has("recursion limit") {
        let message = format!("nested deeper than {MAX_DEPTH} levels");
        return (message, Some("no field of a manifest is that deep: is a bracket left open?"));
    }
    if has("Nodes") {
        return (format!("the file has more than {MAX_NODES} values"), Some("divide it into several files"));
    }
    if has("Documents") {
        return (format!("the file has more than {MAX_DOCUMENTS} documents"), Some("divide it into several files"));
    }
    if has("budget breached") {
        return fixed("the file is more than a manifest can be", "divide it into several files");
    }
    if has("tabs disallowed") || has("tab") && has("indent") {
        return fixed("a tab cannot indent", "indent with spaces");
    }
    if has("mapping values are not allowed") {
        return fixed(
            "a `:` stands where none can",
            "put a text that has `: `, or ends with `:`, in quotes, or indent the line as those around it",
        );
    }
    if has("did not find expected key") || has("did not find expected '-'") {
        return fixed("the line is not indented like those around it", "fields of one map begin in one column");
    }
    if has("non-finite float") {
        return fixed("a number that is too large, or none", "put the value in quotes where it is a text");
    }
    if has("null into string") {
        return fixed("a key is missing before its `:`", "a key is a text");
    }
    if has("expected string scalar") {
        return fixed("a key is a list or a map", "a key is a text");
    }
    if has("unclosed bracket") || has("did not find expected ',' or") {
        return fixed(
            "a bracket is not closed",
            "close every `[` and `{`, with commas between the elements; put a text that ends with `:` in quotes",
        );
    }
    if has("quoted scalar") {
        return fixed("a quote is not closed", "close it, or indent the lines of the text");
    }
    if has("unexpected character") {
        return fixed("a character that cannot begin a value", "put the value in quotes");
    }
    (reason.to_owned(), Some("look at the brackets, quotes and columns around it"))
}

/// A tag that no manifest takes, or that says something else than the value behind it.
pub(super) fn tag() -> (String, Option<&'static str>) {
    let help = "put a text that begins with `!` in quotes; write a value itself";
    ("a tag (`!…`) that is not taken".to_owned(), Some(help))
}
