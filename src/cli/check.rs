//! `check`: are the manifests right? Asks nobody but the files.

use super::args::{CheckArgs, Format};
use super::exit::Exit;
use super::files;
use super::out::Out;
use super::{CliError, annotations, diagnostics, run, source};
use crate::manifest::{Checked, load_files};
use crate::model::id::Installation;

pub(super) fn check(args: &CheckArgs, format: Format, out: Out) -> Result<Exit, CliError> {
    let config = args.config.resolve()?;
    source::refuse_unaddressed(&config)?;
    run::address(&config)?;
    let loaded = load_files(Installation::new("check"), files::read(&args.manifests.file)?);
    super::refuse_nothing(&args.manifests, &loaded)?;
    let Checked { found, shown } = &loaded.checked;
    match format {
        Format::Text | Format::Markdown => Out::data(&(diagnostics::text(found, shown, out.style) + "\n")),
        Format::Json => Out::data(&diagnostics::json(found)),
        Format::Github => Out::data(&annotations::github(found, shown)),
    }
    Ok(if loaded.checked.has_errors() { Exit::Usage } else { Exit::Yes })
}
