//! Schemas, completions and the manual page: everything that is printed without doing anything.

use clap::CommandFactory as _;

use super::CliError;
use super::args::Cli;
use super::exit::Exit;
use super::out::Out;
use crate::manifest::schema;
use crate::model::id::Kind;

pub(super) fn schema(kind: &str) -> Result<Exit, CliError> {
    let schema = match Kind::parse(kind) {
        Some(kind) => schema::document(kind),
        None if kind == schema::CONFIG => schema::config(),
        None => return Err(CliError::NoSuchKind(kind.to_owned())),
    };
    Out::data(&format!("{schema:#}\n"));
    Ok(Exit::Yes)
}

pub(super) fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "evenkeel", &mut script);
    Out::data(&String::from_utf8_lossy(&script));
    Exit::Yes
}

pub(super) fn man() -> Exit {
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _written = clap_mangen::Man::new(Cli::command()).render(&mut page);
    Out::data(&String::from_utf8_lossy(&page));
    Exit::Yes
}
