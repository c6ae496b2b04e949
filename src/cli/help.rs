//! Schemas, completions and the manual page: everything that is printed without doing anything.

use std::io::Write as _;

use clap::{Arg, Args as _, Command, CommandFactory as _};
use clap_mangen::Man;

use super::CliError;
use super::args::Cli;
use super::config_args::{ConfigArgs, HEADING};
use super::exit::Exit;
use super::out::Out;
use crate::manifest::diagnostic::closest;
use crate::manifest::{published, schema};
use crate::model::id::Kind;

pub(super) fn schema(kind: &str, crd: bool) -> Result<Exit, CliError> {
    let schema = match Kind::parse(kind) {
        Some(kind) if crd => published::crd(kind),
        Some(kind) => published::json_schema(kind),
        None if kind == schema::CONFIG => published::config_schema(),
        None => {
            let known = Kind::ALL.map(Kind::as_str).into_iter().chain([schema::CONFIG]);
            return Err(CliError::NoSuchKind { kind: kind.to_owned(), suggestion: closest(kind, known) });
        }
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
    Out::data(&page());
    Exit::Yes
}

/// One page: the program, then the options of each verb, then the configuration that some of them share.
fn page() -> String {
    let program = Cli::command();
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _written = Man::new(program.clone()).render(&mut text);
    for (name, verb) in verbs(&program).into_iter().filter(|(_, verb)| verb.get_arguments().next().is_some()) {
        let own = |arg: Arg| if arg.get_help_heading() == Some(HEADING) { arg.hide(true) } else { arg };
        let verb = verb.clone().mut_args(own);
        let _written = writeln!(text, ".SH \"{}\"", name.to_uppercase());
        text.extend(options(verb));
    }
    text.extend(b".SH CONFIGURATION\n");
    let keys =
        |arg: Arg| if arg.get_help_heading() == Some(HEADING) { arg.hide_short_help(false) } else { arg.hide(true) };
    text.extend(options(ConfigArgs::augment_args(Command::new("evenkeel")).mut_args(keys)));
    String::from_utf8_lossy(&text).into_owned()
}

/// Every verb with its name, and what it is said of: `init service`.
fn verbs(program: &Command) -> Vec<(String, &Command)> {
    let all = program.get_subcommands().flat_map(|verb| {
        let name = verb.get_name().to_owned();
        let inner =
            verb.get_subcommands().map(move |inner| (format!("{} {}", verb.get_name(), inner.get_name()), inner));
        std::iter::once((name, verb)).chain(inner)
    });
    all.collect()
}

/// The options of a command, without headings of their own.
fn options(command: Command) -> Vec<u8> {
    let mut text = Vec::new();
    let _written = Man::new(command.disable_help_flag(true)).render_options_section(&mut text);
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().filter(|line| !line.starts_with(".SH"));
    lines.flat_map(|line| format!("{line}\n").into_bytes()).collect()
}
