//! `check`: are the manifests right? Asks nobody but the files.

use super::args::{CheckArgs, Format};
use super::exit::Exit;
use super::out::Out;
use super::{CliError, diagnostics, files};
use crate::manifest::{Checked, load};
use crate::model::id::Installation;

pub(super) fn check(args: &CheckArgs, format: Format, out: Out) -> Result<Exit, CliError> {
    args.config.read(&[])?;
    let loaded = load(Installation::new("check"), &files::read(&args.manifests.file)?);
    let Checked { found, shown } = &loaded.checked;
    match format {
        Format::Text | Format::Markdown => Out::data(&(diagnostics::text(found, shown, out.style) + "\n")),
        Format::Json => Out::data(&diagnostics::json(found)),
    }
    Ok(if loaded.checked.has_errors() { Exit::Usage } else { Exit::Yes })
}
