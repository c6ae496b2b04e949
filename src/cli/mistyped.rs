//! What the parser of the command line cannot know: how a value was meant that stands where none is taken.

use clap::CommandFactory as _;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Cli;
use crate::model::credential;

/// Adds a tip to an error, where one helps, and takes credentials out of it: a key that begins with dashes is taken for a
/// flag, and would be repeated.
pub(super) fn advise(error: &mut clap::Error) {
    suggest(error);
    let is_one = |value: &ContextValue| credential::is_one(&value.to_string());
    let kinds: Vec<ContextKind> = error.context().filter(|(_, value)| is_one(value)).map(|(kind, _)| kind).collect();
    for kind in kinds {
        error.insert(kind, ContextValue::String("******".to_owned()));
    }
}

fn suggest(error: &mut clap::Error) {
    let typed: Vec<String> = std::env::args_os().map(|text| text.to_string_lossy().into_owned()).collect();
    let Some(ContextValue::String(what)) = error.get(ContextKind::InvalidArg) else { return };
    if error.kind() != ErrorKind::UnknownArgument || what.starts_with('-') {
        return;
    }
    if let Some(tip) = tip(&typed, what) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
}

fn tip(typed: &[String], what: &str) -> Option<String> {
    let before = typed.iter().position(|text| text == what).and_then(|at| typed.get(at.checked_sub(1)?));
    if before.is_some_and(|before| before == "--sandbox") {
        return Some(format!("the sandbox's file stands behind an equals sign: '--sandbox={what}'"));
    }
    let reads = |verb: &clap::Command| verb.get_arguments().any(|arg| arg.get_long() == Some("file"));
    let program = Cli::command();
    let verb = program.get_subcommands().find(|verb| typed.iter().any(|text| text == verb.get_name()));
    verb.filter(|verb| reads(verb)).map(|_| format!("manifests are named with '-f': '-f {what}'"))
}
