//! Manifests from files, folders and standard input. Reads no more than a manifest can be, and follows no link out.
//!
//! A file that cannot be used is a finding beside all others (law 12); only what `-f` itself names must be there.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::CliError;
use crate::manifest::diagnostic::{Diagnostic, Span};
use crate::manifest::{MAX_BYTES, SourceFile};

/// What `-f` led to.
#[derive(Default)]
pub(crate) struct Files {
    /// The files that could be read.
    pub(crate) read: Vec<SourceFile>,
    /// Those that could not, and why.
    pub(crate) unread: Vec<Diagnostic>,
}

/// Reads everything that `-f` names, folders recursively, in the order of their names.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Files, CliError> {
    let mut files = Files::default();
    for path in paths {
        if path.as_os_str() == "-" {
            let text = limited(std::io::stdin());
            files.take(
                "<stdin>".into(),
                text.map_err(|source| CliError::Read { path: "standard input".into(), source })?,
            );
        } else if path.is_dir() {
            let root = path.canonicalize().map_err(|source| unreadable(path, source))?;
            let entries = entries(path).map_err(|source| unreadable(path, source))?;
            let before = files.read.len() + files.unread.len();
            files.folder(entries, &root);
            if files.read.len() + files.unread.len() == before {
                return Err(CliError::NoManifests(path.display().to_string()));
            }
        } else {
            let opened = std::fs::File::open(path).map_err(|source| unreadable(path, source))?;
            files.take(path.display().to_string(), limited(opened).map_err(|source| unreadable(path, source))?);
        }
    }
    Ok(files)
}

impl Files {
    fn folder(&mut self, entries: Vec<PathBuf>, root: &Path) {
        for entry in entries {
            let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            let real = match entry.canonicalize() {
                Ok(real) => real,
                Err(error) => {
                    self.cannot(&entry, &format!("cannot be read: {error}"), "take it away, or make it readable");
                    continue;
                }
            };
            let manifest =
                entry.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known));
            if !real.starts_with(root) {
                if manifest || real.is_dir() {
                    let help = "put the file itself there, or name its folder with another `-f`";
                    self.cannot(&entry, "is a link that leads out of the folder", help);
                }
            } else if real.is_dir() {
                // A link to a folder above would never end.
                if !entry.is_symlink() {
                    match self::entries(&entry) {
                        Ok(entries) => self.folder(entries, root),
                        Err(error) => self.cannot(&entry, &format!("cannot be read: {error}"), "make it readable"),
                    }
                }
            } else if manifest {
                match std::fs::File::open(&entry).and_then(limited) {
                    Ok(bytes) => self.take(entry.display().to_string(), bytes),
                    Err(error) => self.cannot(&entry, &format!("cannot be read: {error}"), "make it readable"),
                }
            }
        }
    }

    fn take(&mut self, name: String, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => self.read.push(SourceFile { name, text }),
            // What was cut off in the middle of a character is too large, which is what must be said.
            Err(error) if error.as_bytes().len() > MAX_BYTES => {
                self.read.push(SourceFile { name, text: String::from_utf8_lossy(error.as_bytes()).into_owned() });
            }
            Err(error) => {
                let text = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
                let line = text.matches('\n').count() + 1;
                let message = format!("is not UTF-8 text: line {line} is the first that is none");
                self.cannot(Path::new(&name), &message, "save it as UTF-8");
            }
        }
    }

    fn cannot(&mut self, path: &Path, why: &str, help: &str) {
        let found = Diagnostic::error(&path.display().to_string(), &Span::default(), format!("the file {why}"));
        self.unread.push(found.help(help).bare());
    }
}

fn entries(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    Ok(entries)
}

fn limited(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &Path, source: std::io::Error) -> CliError {
    CliError::Read { path: path.display().to_string(), source }
}
