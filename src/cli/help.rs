//! Schemas, completions and the manual page: everything that is printed without doing anything.

use clap::CommandFactory as _;

use super::CliError;
use super::args::Cli;
use super::exit::Exit;
use super::out::Out;
use crate::manifest::{published, schema};
use crate::model::id::Kind;

pub(super) fn schema(kind: &str, crd: bool) -> Result<Exit, CliError> {
    let schema = match Kind::parse(kind) {
        Some(kind) if crd => published::crd(kind),
        Some(kind) => published::json_schema(kind),
        None if kind == schema::CONFIG => published::config_schema(),
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
