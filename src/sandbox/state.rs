//! The state file: one world as JSON, for one process at a time.
//!
//! It holds secret values, of a sandbox; only its owner may read it.
//!
//! Ledger: X1, X2.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::world::World;

/// What can be wrong with a state file.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another process has it open.
    #[error("the sandbox in {path} is in use by another process")]
    InUse {
        /// The state file.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read the sandbox in {path}")]
    Read {
        /// The state file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write the sandbox to {path}")]
    Write {
        /// The state file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It holds something else, or was cut off.
    #[error("{path} does not hold a sandbox: line {line}, column {column}")]
    Malformed {
        /// The state file.
        path: PathBuf,
        /// Where reading failed, from 1.
        line: usize,
        /// Where reading failed, from 1.
        column: usize,
    },
    /// It was written by a version with another form.
    #[error("{path} holds a sandbox of format {found}; this version reads format {FORMAT}")]
    OtherFormat {
        /// The state file.
        path: PathBuf,
        /// The format that it says it has.
        found: u32,
    },
}

/// An open state file. The lock on it ends with the value.
pub(crate) struct StateFile {
    path: PathBuf,
    _lock: File,
}

/// Counts up when the form of a world changes, or what it holds: a task of a file of format 1 has nothing to log in with.
const FORMAT: u32 = 2;

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    world: &'a World,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Deserialize)]
struct Held {
    world: World,
}

impl StateFile {
    /// Takes the file for this process, and reads the world in it if there is one.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<World>), StateError> {
        let write_error = |source| StateError::Write { path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(write_error)?;
        }
        let lock =
            private(OpenOptions::new().create(true).truncate(false)).open(beside(path, "lock")).map_err(write_error)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateError::InUse { path: path.to_owned() },
            TryLockError::Error(source) => write_error(source),
        })?;
        let world = match fs::read_to_string(path) {
            Ok(text) => Some(read(path, &text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => {
                return Err(StateError::Read { path: path.to_owned(), source });
            }
        };
        Ok((Self { path: path.to_owned(), _lock: lock }, world))
    }

    /// Replaces the file in one step: a crash leaves the old or the new.
    pub(crate) fn save(&self, world: &World) -> Result<(), StateError> {
        let write = || -> io::Result<()> {
            let next = beside(&self.path, "next");
            let file = private(OpenOptions::new().create(true).truncate(true)).open(&next)?;
            let mut out = BufWriter::new(file);
            serde_json::to_writer(&mut out, &Written { format: FORMAT, world })?;
            out.write_all(b"\n")?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&next, &self.path)
        };
        write().map_err(|source| StateError::Write { path: self.path.clone(), source })
    }
}

fn read(path: &Path, text: &str) -> Result<World, StateError> {
    // The text of a JSON error can quote the file, which holds values.
    let malformed = |error: &serde_json::Error| StateError::Malformed {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
    };
    let Format { format } = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    if format != FORMAT {
        return Err(StateError::OtherFormat { path: path.to_owned(), found: format });
    }
    let Held { world } = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    Ok(world)
}

/// Mode 0600, where there are modes.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}
