//! The encrypted files that manifests name: which they are, and whether they are what they are said to be. Decrypts nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Span;
use super::node::Node;
use super::{SourceFile, files, parts, sops};
use crate::model::credential;
use crate::model::desired::Origin;
use crate::model::id::{Kind, Name, SecretName};
use crate::model::kms::KmsFile;
use crate::model::secret_value::{Ciphertext, Format};
use crate::model::tags::Digest;

/// How a file of `age` begins, and how one does that is written as text.
const AGE: &[u8] = b"age-encryption.org/v1\n";
const ARMORED: &str = "-----BEGIN AGE ENCRYPTED FILE-----";

/// The names in Secrets Manager of the secrets that manifests declare, each with where it is written, by the manifests' own,
/// whatever else is wrong with those: whoever makes an encrypted file cannot have that file yet.
pub fn secret_names(files: &[SourceFile]) -> BTreeMap<Name, (SecretName, Origin)> {
    let named = |file: &SourceFile, node: &Node| {
        let text =
            |path: &str| node.at(path).into_iter().find_map(|node| Some((node.text()?.to_owned(), node.span.clone())));
        let (own, at) = text("metadata.name")?;
        let (secret, Span { line, column, .. }) = text("spec.secretName").unwrap_or_else(|| (own.clone(), at));
        let origin = Origin { file: file.name.clone(), line, column };
        Some((Name::parse(&own)?, (SecretName::new(secret), origin)))
    };
    files.iter().flat_map(|file| secrets(file).filter_map(|node| named(file, &node)).collect::<Vec<_>>()).collect()
}

/// The documents of secrets in a file.
fn secrets(file: &SourceFile) -> impl Iterator<Item = Node> {
    let nodes = parts::read(&file.name, &file.text).nodes;
    nodes.into_iter().filter(|node| node.get("kind").and_then(Node::text) == Some(Kind::Secret.as_str()))
}

/// The names of the encrypted files that manifests name, by which whoever has read the manifests finds them.
pub fn mentioned(files: &[SourceFile]) -> BTreeSet<String> {
    let may = files.iter().filter(|file| file.text.contains("encrypted"));
    let named = may.flat_map(|file| {
        secrets(file).filter_map(|node| {
            let place = node.at("spec.value.encrypted.file");
            beside(&file.name, place.first()?.text()?).ok()
        })
    });
    named.collect()
}

/// The name of a file that a manifest names by a path from its own folder.
///
/// # Errors
/// Why that is no such path, in words that follow its name.
pub(super) fn beside(manifest: &str, path: &str) -> Result<String, &'static str> {
    let Some(folder) = files::folder(manifest) else {
        return Err("is looked for beside the manifest, and standard input has no folder");
    };
    let parts: Vec<&str> = path.split('/').filter(|part| *part != ".").collect();
    if path.contains('\\') || parts.is_empty() || parts.iter().any(|part| ["", ".."].contains(part)) {
        return Err("is a path from the manifest's own folder, without `..`, `\\` and `//`");
    }
    if parts.iter().any(|part| part.starts_with('.')) {
        return Err("is hidden: files whose names begin with a dot are left out");
    }
    let path = parts.join("/");
    Ok(if manifest.contains('/') { format!("{folder}/{path}") } else { path })
}

/// A file that is what it is said to be.
pub(super) struct Read {
    /// Of what makes up its value.
    pub(super) digest: Digest,
    /// The keys of the value, where the format shows them.
    pub(super) keys: Option<BTreeSet<String>>,
    pub(super) ciphertext: Ciphertext,
}

/// Reads a file of a format.
///
/// # Errors
/// Why it cannot be one, in words that follow its name.
pub(super) fn read(name: &str, format: Format, bytes: &[u8]) -> Result<Read, String> {
    if bytes.len() > super::MAX_BYTES {
        return Err(format!("is larger than {} KiB", super::MAX_BYTES >> 10));
    }
    let text = std::str::from_utf8(bytes).ok();
    if text.is_some_and(credential::is_private_key) {
        return Err("holds an age identity or another private key, which is to stand in no repository".to_owned());
    }
    let (digest, keys, ciphertext) = match (format, text) {
        (Format::Age, _) if bytes.starts_with(AGE) => {
            (Digest::of(&("age", bytes)), None, Ciphertext::Age(bytes.into()))
        }
        // Line endings are the checkout's, not the file's.
        (Format::Age, Some(text)) if text.trim_start().starts_with(ARMORED) => {
            let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
            (Digest::of(&("age", lines)), None, Ciphertext::Age(bytes.into()))
        }
        (Format::Age, _) => return Err("is not encrypted by age: it begins with something else".to_owned()),
        (Format::Kms, text) => {
            let file = KmsFile::parse(text.unwrap_or_default()).map_err(|error| error.to_string())?;
            // Another wrapping of the data key is no other value.
            (Digest::of(&("kms", file.nonce, file.ciphertext())), None, Ciphertext::Kms(file.into()))
        }
        (Format::Sops, text) => {
            let file = sops::read(name, text.ok_or("is no text, and so no file of SOPS")?)?;
            (sops::digest(&file), Some(sops::names(&file)), Ciphertext::Sops(file.into()))
        }
    };
    Ok(Read { digest, keys, ciphertext })
}
