//! Files that may hold manifests, wherever they come from: what is no text is a finding beside all others (law 12).
//!
//! Knows no file system: it is given names and bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::{Diagnostic, Span};
use super::{MAX_BYTES, SourceFile, ciphertexts};

/// The files of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Those that can be read as manifests.
    pub read: Vec<SourceFile>,
    /// Those that cannot, and why.
    pub unread: Vec<Diagnostic>,
    /// Encrypted files that manifests name, by name: their bytes, or why they cannot be read.
    pub encrypted: BTreeMap<String, Result<Vec<u8>, String>>,
}

impl Files {
    /// Is there neither a file nor a finding?
    pub fn is_empty(&self) -> bool {
        self.read.is_empty() && self.unread.is_empty()
    }

    /// The names of all of them, those that cannot be read included.
    pub fn names(&self) -> BTreeSet<String> {
        let Self { read, unread, encrypted } = self;
        let read = read.iter().map(|file| &file.name);
        read.chain(unread.iter().map(|found| &found.file)).chain(encrypted.keys()).cloned().collect()
    }

    /// Takes in a file. Of one that is too large, one byte more than [`MAX_BYTES`] is enough to say so.
    pub fn take(&mut self, name: String, bytes: Vec<u8>) {
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
                self.cannot(&name, &message, "save it as UTF-8");
            }
        }
    }

    /// Sets the encrypted files that manifests name apart. `read` gets those that are no manifests by their names: of one
    /// that is too large, one byte more than [`MAX_BYTES`] is enough to say so.
    pub fn set_apart(&mut self, mut read: impl FnMut(&str) -> Result<Vec<u8>, String>) {
        for name in ciphertexts::mentioned(&self.read) {
            let there = self.read.iter().position(|file| file.name == name);
            let bytes = match there {
                Some(index) => Ok(self.read.remove(index).text.into_bytes()),
                None => read(&name),
            };
            self.encrypted.insert(name, bytes);
        }
    }

    /// A file that cannot be used: why, and what to do.
    pub fn cannot(&mut self, name: &str, why: &str, help: &str) {
        let found = Diagnostic::error(name, &Span::default(), format!("the file {why}"));
        self.unread.push(found.help(help).bare());
    }
}

/// May a file of this name hold manifests?
pub fn is_manifest(name: &str) -> bool {
    let end = name.rsplit_once('.').map(|(_, end)| end);
    end.is_some_and(|end| ["yaml", "yml", "json"].contains(&end))
}

/// The folder of a file, by the file's name; none of standard input, whose name begins with `<`.
pub(super) fn folder(name: &str) -> Option<&str> {
    (!name.starts_with('<')).then(|| name.rsplit_once('/').map_or("", |(folder, _)| folder))
}
