//! Findings as annotations of GitHub Actions: one workflow command each, shown in the pull request beside the line.
//!
//! Escapes as GitHub's own toolkit does (actions/toolkit, packages/core/src/command.ts).

use std::collections::BTreeMap;

use crate::manifest::Masked;
use crate::manifest::diagnostic::{Diagnostic, Severity};

/// All findings, one a line.
pub(crate) fn github(found: &[Diagnostic], shown: &BTreeMap<String, Masked>) -> String {
    found.iter().fold(String::new(), |out, diagnostic| out + &command(diagnostic, shown) + "\n")
}

fn command(diagnostic: &Diagnostic, shown: &BTreeMap<String, Masked>) -> String {
    let Diagnostic { severity, file, span, message, help, excerpt: _ } = diagnostic;
    let word = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut place = format!("file={}", property(file));
    if span.line > 0 {
        place.extend([format!(",line={},col={}", span.line, span.column)]);
        // Where a value stands, its length is nobody's business.
        if let Some(end) = shown.get(file).and_then(|masked| masked.end_column(span)) {
            place.extend([format!(",endColumn={end}")]);
        }
    }
    let text = help.as_ref().map_or_else(|| message.clone(), |help| format!("{message}\nhelp: {help}"));
    format!("::{word} {place},title=evenkeel::{}", data(&text))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
