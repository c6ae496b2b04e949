//! Manifests in a folder. Reads no more than a manifest can be, and follows no link out.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::manifest::MAX_BYTES;
use crate::manifest::files::{Files, is_manifest};

/// Reads a folder recursively, in the order of its names; hidden files and folders are left out.
///
/// # Errors
/// The folder itself cannot be read. What is in it is a finding.
pub fn read(folder: &Path) -> std::io::Result<Files> {
    let root = folder.canonicalize()?;
    let mut files = Files::default();
    within(entries(folder)?, &root, &mut files);
    files.set_apart(encrypted);
    Ok(files)
}

/// The bytes of an encrypted file. What leads to it by links must stay in the folder that it is named in.
///
/// # Errors
/// Why it cannot be read, in words that follow its name.
pub fn encrypted(name: &str) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    let path = Path::new(name);
    let real = path.canonicalize().map_err(cannot)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !real.starts_with(folder.canonicalize().map_err(cannot)?) {
        return Err("is a link that leads out of its folder".to_owned());
    }
    std::fs::File::open(path).and_then(limited).map_err(cannot)
}

/// At most one byte more than a manifest may have.
///
/// # Errors
/// Those of the reader.
pub fn limited(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn within(entries: Vec<PathBuf>, root: &Path, files: &mut Files) {
    for entry in entries {
        let name = entry.display().to_string();
        let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        let real = match entry.canonicalize() {
            Ok(real) => real,
            Err(error) => {
                files.cannot(&name, &format!("cannot be read: {error}"), "take it away, or make it readable");
                continue;
            }
        };
        let unreadable = |error: &std::io::Error| format!("cannot be read: {error}");
        if !real.starts_with(root) {
            if is_manifest(&name) || real.is_dir() {
                let help = "put the file itself there, or name its folder with another `-f`";
                files.cannot(&name, "is a link that leads out of the folder", help);
            }
        } else if real.is_dir() {
            // A link to a folder above would never end.
            if !entry.is_symlink() {
                match self::entries(&entry) {
                    Ok(entries) => within(entries, root, files),
                    Err(error) => files.cannot(&name, &unreadable(&error), "make it readable"),
                }
            }
        } else if is_manifest(&name) && !real.is_file() {
            // Reading a pipe would wait for whoever writes into it.
            files.cannot(&name, "is neither a file nor a folder", "take it away");
        } else if is_manifest(&name) {
            match std::fs::File::open(&entry).and_then(limited) {
                Ok(bytes) => files.take(name, bytes),
                Err(error) => files.cannot(&name, &unreadable(&error), "make it readable"),
            }
        }
    }
}

fn entries(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    Ok(entries)
}
