//! Manifests: from text to [`Desired`], or to everything that is wrong, each with file, line and column.
//!
//! Pure: whoever calls has read the files. Knows nothing of AWS and nothing of what is there.

pub mod ciphertexts;
pub mod config;
pub mod diagnostic;
pub mod fields;
pub mod files;
pub mod import;
pub mod published;
pub mod schema;
pub mod settings;
pub mod write;

mod advice;
mod between;
mod check;
mod checks;
mod config_mask;
mod config_rules;
mod document;
mod explain;
mod kinds;
mod limits;
mod mask;
mod node;
mod parts;
mod pasted;
mod policy_operators;
mod reader;
mod resolve;
mod role_kinds;
mod secret_policy;
mod secret_reader;
mod secret_use;
mod secret_value;
mod sops;
mod sugar;
mod syntax;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::desired::Desired;
use crate::model::id::Installation;
use diagnostic::{Diagnostic, Span};
use files::Files;

pub use kinds::Period;
pub use mask::Masked;
pub use node::MAX_BYTES;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// By which name people know it.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// What was found in files, and the files as they may be shown.
#[derive(Debug)]
pub struct Checked {
    /// What is wrong, in the order of the files.
    pub found: Vec<Diagnostic>,
    /// The files by name, as they may be shown.
    pub shown: BTreeMap<String, Masked>,
}

impl Checked {
    /// Findings in a configuration, which holds no credential but by mistake.
    pub fn of_config(mut found: Vec<Diagnostic>, file: Option<&SourceFile>) -> Self {
        found.sort_by(in_order);
        let masked = |file: &SourceFile| {
            let parts::Parts { nodes, broken } = parts::read(&file.name, &file.text);
            let hidden = broken.into_iter().map(|(_, place)| place);
            let places: Vec<_> = config_mask::places(&file.text, &nodes).into_iter().chain(hidden).collect();
            (file.name.clone(), Masked::new(&file.text, &places))
        };
        Self { found, shown: file.map(masked).into_iter().collect() }
    }

    /// Is any document unusable?
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(Diagnostic::is_error)
    }
}

/// What became of the files.
pub struct Loaded {
    /// What they ask for, less the documents with errors.
    pub desired: Desired,
    /// What is wrong with them.
    pub checked: Checked,
}

/// Reads the manifests of one installation.
pub fn load(installation: Installation, files: &[SourceFile]) -> Loaded {
    load_files(installation, Files { read: files.to_vec(), ..Files::default() })
}

/// Reads the manifests of one installation, beside files that could not even be read, and those that are encrypted.
pub fn load_files(installation: Installation, files: Files) -> Loaded {
    let Files { read, mut unread, encrypted } = files;
    let mut desired = Desired::empty(installation);
    let mut found = Vec::new();
    let mut shown = BTreeMap::new();
    let mut documents = Vec::new();
    for file in &read {
        if file.text.trim().is_empty() {
            unread.push(nothing_in(&file.name));
        }
        let parts::Parts { nodes, broken } = parts::read(&file.name, &file.text);
        let masked: Vec<_> = nodes.iter().flat_map(|node| mask::places(node, &file.text)).collect();
        let hidden = broken.iter().map(|(_, place)| place.clone());
        shown.insert(file.name.clone(), Masked::new(&file.text, &masked.into_iter().chain(hidden).collect::<Vec<_>>()));
        unread.extend(broken.into_iter().map(|(error, _)| error));
        for node in nodes.into_iter().filter(|node| !matches!(node.tree, node::Tree::Null)) {
            match document::read(file, node, &encrypted, &mut found) {
                Some(document) => documents.push(document),
                None => desired.unknown = true,
            }
        }
    }
    desired.unknown |= !unread.is_empty();
    resolve::resolve(documents, &mut desired, &mut unread, &mut found);
    found.extend(unread);
    found.sort_by(in_order);
    found.dedup();
    Loaded { desired, checked: Checked { found, shown } }
}

/// A file that is being written looks the same, and what it held must not be taken for unwanted.
fn nothing_in(file: &str) -> Diagnostic {
    Diagnostic::error(file, &Span::default(), "the file is empty").help("write its manifests into it, or take it away")
}

/// As a reader of the files comes to them.
fn in_order(a: &Diagnostic, b: &Diagnostic) -> Ordering {
    (&a.file, &a.span, &a.message).cmp(&(&b.file, &b.span, &b.message))
}

/// A scalar without quotes, for messages.
fn text_of(value: &Value) -> String {
    crate::model::document::scalar(value)
}
