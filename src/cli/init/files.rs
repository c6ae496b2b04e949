//! The files that `init` writes: all of them, or none where one is there already.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

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

    /// The manifests that are in the folder and stay there; an error where some would be written over and nobody said so.
    pub(super) fn kept(&self, new: &[File]) -> Result<Files, CliError> {
        let Some(folder) = self.path.filter(|folder| folder.exists()) else { return Ok(Files::default()) };
        let applications = new.iter().filter(|file| file.resources.iter().any(|id| id.kind == Kind::Service));
        let over: BTreeSet<PathBuf> =
            applications.map(|file| self.place(file.name.as_str())).filter(|path| path.exists()).collect();
        if let Some(first) = over.first().filter(|_| !self.force) {
            return Err(CliError::WouldOverwrite(first.display().to_string()));
        }
        let mut files = match files::read(&[folder.to_owned()]) {
            Ok(files) => files,
            Err(CliError::NoManifests(_)) => Files::default(),
            Err(error) => return Err(error),
        };
        files.read.retain(|file| !over.contains(Path::new(&file.name)));
        Ok(files)
    }

    /// The texts. What several applications share goes into a file that is not there yet.
    pub(super) fn written(&self, imported: &Imported, kept: &[SourceFile]) -> Vec<Written> {
        let taken: BTreeSet<&Path> = kept.iter().map(|file| Path::new(&file.name)).collect();
        let place = |name: &str| {
            let numbered = (2..).map(|number| self.place(&format!("{name}-{number}")));
            let mut free =
                std::iter::once(self.place(name)).chain(numbered).filter(|path| !taken.contains(path.as_path()));
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

    /// Writes them, the folder too where it is missing.
    pub(super) fn write(&self, written: &[Written]) -> Result<(), CliError> {
        let Some(folder) = self.path else { return Ok(()) };
        let wrong = |path: &Path, source| CliError::Write { path: path.display().to_string(), source };
        if !written.is_empty() {
            std::fs::create_dir_all(folder).map_err(|error| wrong(folder, error))?;
        }
        for file in written {
            let path = Path::new(&file.name);
            std::fs::write(path, &file.text).map_err(|error| wrong(path, error))?;
        }
        Ok(())
    }

    fn place(&self, name: &str) -> PathBuf {
        let name = format!("{name}.yaml");
        self.path.map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
    }
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
