//! Values that are canaries: what is generated holds one, another one each time, as chance would; what is decrypted is
//! decrypted by the production code, and the tests encrypt nothing else.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use evenkeel::cloud::plaintext::Plaintext;
use evenkeel::cloud::{Keys, Later, Values};
use evenkeel::model::id::Installation;
use evenkeel::model::secret_value::ValueSource;
use evenkeel::values::Vault;
use evenkeel::values::age::IdentitiesFrom;
use evenkeel::values::generate::merged;

use super::leaks::CANARY;

/// Of all processes that a test plays.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Reveals canaries.
pub(crate) struct Canaries(Vault);

/// Files that Debian's age made, and their keys.
pub(crate) fn age_files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/age/debian")
}

impl Default for Canaries {
    fn default() -> Self {
        let installation = Installation::new("default");
        Self(Vault { installation, identities: vec![IdentitiesFrom::File(age_files().join("x25519.key"))] })
    }
}

impl Values for Canaries {
    fn reveal<'v>(&'v self, source: &'v ValueSource, keys: &'v dyn Keys) -> Later<'v, Plaintext> {
        match source {
            ValueSource::Generate(rule) => {
                let number = MADE.fetch_add(1, Ordering::Relaxed);
                let made = merged(rule.json.as_ref(), &format!("{CANARY}{number}"));
                Box::pin(std::future::ready(Ok(made.expect("a canary is text"))))
            }
            ValueSource::Encrypted(_) => self.0.reveal(source, keys),
        }
    }
}
