//! Values that are canaries: what is generated holds one, another one each time, as chance would; what is decrypted is
//! decrypted by the production code, and the tests encrypt nothing else.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use evenkeel::cloud::plaintext::Plaintext;
use evenkeel::cloud::{Keys, Later, Values};
use evenkeel::manifest::files::Files;
use evenkeel::manifest::{Loaded, SourceFile, load_files};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Installation;
use evenkeel::model::secret_value::ValueSource;
use evenkeel::values::Vault;
use evenkeel::values::age::IdentitiesFrom;
use evenkeel::values::generate::merged;
use zeroize::Zeroizing;

use super::leaks::CANARY;

/// Of all processes that a test plays.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Reveals canaries.
pub(crate) struct Canaries(Vault);

/// Files that Debian's age made, and their keys.
pub(crate) fn age_files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/age/debian")
}

/// What decrypts with one of those keys.
pub(crate) fn vault(key: &str) -> Vault {
    Vault { identities: vec![IdentitiesFrom::File(age_files().join(key))] }
}

pub(crate) fn plaintext(text: &str) -> Plaintext {
    Plaintext::new(Zeroizing::new(text.as_bytes().to_vec())).ok().unwrap()
}

/// A manifest of a secret whose value stands in a file beside it; `more` of its spec. Five lines.
pub(crate) fn encrypted(name: &str, file: &str, format: &str, more: &str) -> String {
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {{name: {name}}}\nspec: {{value: {{encrypted: {{file: {file}, format: {format}}}}}{more}}}\n"
    )
}

/// Such a manifest beside a file that holds this.
pub(crate) fn beside(installation: &str, manifest: &str, bytes: &[u8]) -> Loaded {
    let read = vec![SourceFile { name: "all.yaml".into(), text: manifest.to_owned() }];
    let mut files = Files { read, ..Files::default() };
    files.set_apart(|name| {
        assert!(manifest.contains(&format!("{{file: {name},")), "{name} is looked for");
        Ok(bytes.to_vec())
    });
    load_files(Installation::new(installation), files)
}

/// The same, without errors.
pub(crate) fn desired(installation: &str, manifest: &str, bytes: &[u8]) -> Desired {
    let loaded = beside(installation, manifest, bytes);
    assert!(!loaded.checked.has_errors(), "{:#?}", loaded.checked.found);
    loaded.desired
}

impl Default for Canaries {
    fn default() -> Self {
        Self(vault("x25519.key"))
    }
}

impl Values for Canaries {
    fn reveal<'v>(
        &'v self,
        source: &'v ValueSource,
        installation: &'v Installation,
        keys: &'v dyn Keys,
    ) -> Later<'v, Plaintext> {
        match source {
            ValueSource::Generate(rule) => {
                let number = MADE.fetch_add(1, Ordering::Relaxed);
                let made = merged(rule.json.as_ref(), &format!("{CANARY}{number}"));
                Box::pin(std::future::ready(Ok(made.expect("a canary is text"))))
            }
            ValueSource::Encrypted(_) => self.0.reveal(source, installation, keys),
        }
    }
}
