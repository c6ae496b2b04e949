//! Manifests from files, folders and standard input. Reads no more than a manifest can be, and follows no link out.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::CliError;
use crate::manifest::{MAX_BYTES, SourceFile};

/// Reads everything that `-f` names, folders recursively, in the order of their names.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<SourceFile>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut text = String::new();
            let limited = std::io::stdin().take(MAX_BYTES as u64 + 1).read_to_string(&mut text);
            limited.map_err(|source| CliError::Read { path: "standard input".into(), source })?;
            files.push(SourceFile { name: "<stdin>".into(), text });
        } else if path.is_dir() {
            let root = path.canonicalize().map_err(|source| unreadable(path, source))?;
            let before = files.len();
            folder(path, &root, &mut files)?;
            if files.len() == before {
                return Err(CliError::NoManifests(path.display().to_string()));
            }
        } else {
            files.push(file(path)?);
        }
    }
    Ok(files)
}

fn folder(path: &Path, root: &Path, files: &mut Vec<SourceFile>) -> Result<(), CliError> {
    let entries = std::fs::read_dir(path).map_err(|source| unreadable(path, source))?;
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()
        .map_err(|source| unreadable(path, source))?;
    entries.sort();
    for entry in entries {
        let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        let real = entry.canonicalize().map_err(|source| unreadable(&entry, source))?;
        if !real.starts_with(root) {
            return Err(CliError::LeavesFolder { path: entry.display().to_string() });
        }
        if real.is_dir() {
            // A link to a folder above would never end.
            if !entry.is_symlink() {
                folder(&entry, root, files)?;
            }
        } else if entry.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known)) {
            files.push(file(&entry)?);
        }
    }
    Ok(())
}

fn file(path: &Path) -> Result<SourceFile, CliError> {
    let mut text = Vec::new();
    let opened = std::fs::File::open(path).map_err(|source| unreadable(path, source))?;
    opened.take(MAX_BYTES as u64 + 1).read_to_end(&mut text).map_err(|source| unreadable(path, source))?;
    let name = path.display().to_string();
    let text = String::from_utf8(text).map_err(|_| CliError::NotText { path: name.clone() })?;
    Ok(SourceFile { name, text })
}

fn unreadable(path: &Path, source: std::io::Error) -> CliError {
    CliError::Read { path: path.display().to_string(), source }
}
