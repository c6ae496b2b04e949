//! Why a verb could not do its work: said to people, or logged as the last lines of a daemon whose log a program reads.

use std::error::Error as _;

use super::out::Out;
use super::{CliError, diagnostics};
use crate::cloud::fault::Fault;
use crate::manifest::diagnostic::Diagnostic;
use crate::render::clean_lines;

/// Prints an error and its causes, and what to do about the last of them.
pub(super) fn say(error: &CliError, out: Out) {
    if let CliError::Config(checked) = error {
        out.say(&diagnostics::text(&checked.found, &checked.shown, out.aside));
    }
    let (text, advice) = chain(error);
    let help = advice.map(|advice| format!("\n{} {advice}", out.aside.calm("help:"))).unwrap_or_default();
    out.say(&format!("{} {text}{help}", out.aside.bad("error:")));
}

/// The same as log lines. False where errors are not logged.
pub(super) fn logged(error: &CliError) -> bool {
    if !tracing::enabled!(tracing::Level::ERROR) {
        return false;
    }
    if let CliError::Config(checked) = error {
        for found in checked.found.iter().filter(|found| found.is_error()) {
            let Diagnostic { message, help, .. } = found;
            tracing::error!(at = found.at(), why = message, help, "configuration refused");
        }
    }
    let (error, help) = chain(error);
    tracing::error!(error, help, "failed");
    true
}

/// What is wrong with its causes, in a line: where a configuration has errors, the first of them.
pub(super) fn line(error: &CliError) -> String {
    let first = match error {
        CliError::Config(checked) => checked.found.iter().find(|found| found.is_error()),
        _ => None,
    };
    first.map_or_else(|| chain(error).0, |found| format!("{}: {}", found.at(), found.message))
}

/// An error and its causes, and what to do about the last of them.
fn chain(error: &CliError) -> (String, Option<String>) {
    let (mut text, mut help) = (error.to_string(), None);
    let mut cause = error.source();
    while let Some(next) = cause {
        text.extend([": ".to_owned(), next.to_string()]);
        help = next.downcast_ref::<Box<Fault>>().map(|fault| fault.advice()).or(help);
        cause = next.source();
    }
    // What others named or answered stands in it.
    (clean_lines(&text), error.advice().or(help).map(|help| clean_lines(&help)))
}
