//! The files that `init` writes: all of them, or none where one is there already or cannot be written.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::NamedTempFile;

use super::super::{CliError, files};
use crate::manifest::files::Files;
use crate::manifest::import::{File, Imported};
use crate::manifest::{SourceFile, write};
use crate::model::id::{Kind, ResourceId};

/// Where the files go.
pub(super) struct Folder<'d> {
    path: Option<&'d Path>,
    force: bool,
}

/// What is in the folder already.
#[derive(Default)]
pub(super) struct Kept {
    /// The manifests that stay there.
    pub(super) files: Files,
    /// What is written over, because someone said so.
    over: BTreeSet<PathBuf>,
}

/// A file, ready to be written.
pub(super) struct Written {
    /// With its folder.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) resources: Vec<ResourceId>,
}

impl Written {
    /// As `load` takes it.
    pub(super) fn source(&self) -> SourceFile {
        SourceFile { name: self.name.clone(), text: self.text.clone() }
    }

    pub(super) fn has_services(&self) -> bool {
        self.resources.iter().any(|id| id.kind == Kind::Service)
    }

    pub(super) fn json(&self, with_text: bool) -> serde_json::Value {
        let mut file = json!({"name": self.name, "resources": self.resources});
        if with_text {
            file["text"] = self.text.as_str().into();
        }
        file
    }
}

impl<'d> Folder<'d> {
    pub(super) fn new(path: Option<&'d Path>, force: bool) -> Self {
        Self { path, force }
    }

    /// What is in the folder; an error where some of it would be written over and nobody said so.
    pub(super) fn kept(&self, new: &[File]) -> Result<Kept, CliError> {
        let Some(folder) = self.path.filter(|folder| folder.exists()) else { return Ok(Kept::default()) };
        let applications = new.iter().filter(|file| file.resources.iter().any(|id| id.kind == Kind::Service));
        let over: BTreeSet<PathBuf> =
            applications.map(|file| self.place(file.name.as_str())).filter(|path| is_there(path)).collect();
        if let Some(first) = over.first().filter(|_| !self.force) {
            return Err(CliError::WouldOverwrite(first.display().to_string()));
        }
        if let Some(folder) = over.iter().find(|path| path.is_dir() && !path.is_symlink()) {
            let source = std::io::Error::from(ErrorKind::IsADirectory);
            return Err(CliError::Write { path: folder.display().to_string(), source });
        }
        let mut files = match files::read(&[folder.to_owned()]) {
            Ok(files) => files,
            Err(CliError::NoManifests(_)) => Files::default(),
            Err(error) => return Err(error),
        };
        let stays = |name: &str| !over.contains(Path::new(name));
        files.read.retain(|file| stays(&file.name));
        files.unread.retain(|found| stays(&found.file));
        Ok(Kept { files, over })
    }

    /// The texts. What several applications share goes into a file that is not there yet, whatever is.
    pub(super) fn written(&self, imported: &Imported, kept: &Kept) -> Vec<Written> {
        let is_free = |path: &PathBuf| self.path.is_none() || kept.over.contains(path) || !is_there(path);
        let place = |name: &str| {
            let numbered = (2..).map(|number| self.place(&format!("{name}-{number}")));
            let mut free = std::iter::once(self.place(name)).chain(numbered).filter(is_free);
            free.next().unwrap_or_else(|| self.place(name))
        };
        let document = |id: &ResourceId| write::document(&imported.desired, id, &imported.remarks);
        let each = |file: &File| {
            let documents: Vec<String> = file.resources.iter().filter_map(document).collect();
            Written {
                name: place(file.name.as_str()).display().to_string(),
                text: write::comment(&heading(imported, file)) + &documents.join("---\n"),
                resources: file.resources.clone(),
            }
        };
        imported.files.iter().map(each).collect()
    }

    /// Writes them, the folder too where it is missing: first all of them beside their places, then each into its own.
    pub(super) fn write(&self, written: &[Written], kept: &Kept) -> Result<(), CliError> {
        let Some(folder) = self.path.filter(|_| !written.is_empty()) else { return Ok(()) };
        let wrong = |path: &Path, source| CliError::Write { path: path.display().to_string(), source };
        std::fs::create_dir_all(folder).map_err(|error| wrong(folder, error))?;
        let mut ready = Vec::new();
        for file in written {
            let path = Path::new(&file.name);
            let beside = beside(folder, &file.text).map_err(|error| wrong(path, error))?;
            ready.push((path, beside));
        }
        for (path, beside) in ready {
            let placed = if kept.over.contains(path) { beside.persist(path) } else { beside.persist_noclobber(path) };
            placed.map_err(|failed| match failed.error {
                // It has come since the look.
                error if error.kind() == ErrorKind::AlreadyExists => {
                    CliError::WouldOverwrite(path.display().to_string())
                }
                error => wrong(path, error),
            })?;
        }
        Ok(())
    }

    fn place(&self, name: &str) -> PathBuf {
        let name = format!("{name}.yaml");
        self.path.map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
    }
}

/// Is something there, a file or not?
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// A hidden file with this text, gone again unless it gets a place.
fn beside(folder: &Path, text: &str) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // As anyone's new file: no value stands in a manifest.
    builder.permissions(Permissions::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// What is said above a file.
fn heading(imported: &Imported, file: &File) -> String {
    let services = file
        .resources
        .iter()
        .filter_map(|id| imported.desired.services.get(&id.name).filter(|_| id.kind == Kind::Service));
    let names: Vec<String> = services.map(|service| format!("{}/{}", service.cluster, service.service_name)).collect();
    match names.as_slice() {
        [] => "Written by `evenkeel init`: what several applications share.".to_owned(),
        names => format!(
            "Written by `evenkeel init` from what runs as {}; `evenkeel adopt` takes it over.",
            names.join(" and ")
        ),
    }
}
