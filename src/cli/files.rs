//! Manifests from files, folders and standard input: what `-f` names. What it names must be there; what is in a folder and
//! cannot be used is a finding beside all others (law 12).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::CliError;
use crate::daemon::source::folder;
use crate::manifest::SourceFile;
use crate::manifest::files::Files;

/// Reads everything that `-f` names, folders recursively, in the order of their names.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Files, CliError> {
    let mut files = Files::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        let before = files.read.len();
        if path.as_os_str() == "-" {
            let text = folder::limited(std::io::stdin());
            let unreadable = |source| CliError::Read { path: "standard input".into(), source };
            files.take("<stdin>".into(), text.map_err(unreadable)?);
        } else if path.is_dir() {
            let found = folder::read(path).map_err(|source| unreadable(path, source))?;
            if found.is_empty() {
                return Err(CliError::NoManifests(path.display().to_string()));
            }
            files.read.extend(found.read);
            files.unread.extend(found.unread);
        } else {
            let bytes = std::fs::File::open(path).and_then(folder::limited);
            files.take(path.display().to_string(), bytes.map_err(|source| unreadable(path, source))?);
        }
        once(&mut files, &mut seen, before);
    }
    files.set_apart(folder::encrypted);
    Ok(files)
}

/// A file that `-f` names twice, by itself and by its folder for example, is one file. Where two names in one folder lead to
/// it, that is as wrong as it is for the daemon.
fn once(files: &mut Files, seen: &mut BTreeSet<PathBuf>, before: usize) {
    let path = |file: &SourceFile| std::fs::canonicalize(&file.name).ok();
    let new = files.read.split_off(before);
    files.read.extend(new.into_iter().filter(|file| path(file).is_none_or(|path| !seen.contains(&path))));
    seen.extend(files.read[before..].iter().filter_map(path));
}

fn unreadable(path: &Path, source: std::io::Error) -> CliError {
    CliError::Read { path: path.display().to_string(), source }
}
