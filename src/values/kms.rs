//! Values encrypted by a data key that a key of KMS wraps. The key is used with a context that names the installation and the
//! secret, so that a ciphertext cannot be moved to another secret; the same stands under the seal.

use super::gcm;
use crate::cloud::plaintext::{NotText, Plaintext};
use crate::cloud::{Context, DataKey};
use crate::model::id::{Installation, SecretName};
use crate::model::kms::KmsFile;

/// Why a file cannot be opened or made, in words that follow its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KmsError {
    /// It was changed, or belongs to another secret.
    #[error("cannot be decrypted: it was changed, or is of another secret or installation")]
    Unopened,
    /// What comes out is no value.
    #[error("holds what cannot be a value: {0}")]
    NotText(NotText),
    /// There is no randomness.
    #[error("cannot be made: the operating system gave no random bytes")]
    NoRandomness,
}

/// What the key is used with.
pub fn context(installation: &Installation, secret: &SecretName) -> Context {
    let pairs = [("evenkeel-installation", installation.as_str()), ("evenkeel-secret", secret.as_str())];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The value in a file, with its data key unwrapped.
///
/// # Errors
/// Why there is none.
pub fn open(file: &KmsFile, data_key: &[u8], context: &Context) -> Result<Plaintext, KmsError> {
    let KmsFile { key_id: _, data_key: _, nonce, sealed, tag } = file;
    let bytes = gcm::open(data_key, nonce, &under(context), sealed, tag).map_err(|_| KmsError::Unopened)?;
    Plaintext::new(bytes).map_err(KmsError::NotText)
}

/// A file, of a data key that was made for this context.
///
/// # Errors
/// Where the system gives no randomness.
pub fn encrypt(value: &Plaintext, key: &DataKey, context: &Context) -> Result<String, KmsError> {
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce).map_err(|_| KmsError::NoRandomness)?;
    let sealed = gcm::seal(&key.plain, &nonce, &under(context), value.reveal().as_bytes());
    let (sealed, tag) = sealed.map_err(|_| KmsError::Unopened)?;
    Ok(KmsFile { key_id: key.key_id.clone(), data_key: key.wrapped.clone(), nonce, sealed, tag }.to_text())
}

/// The context under the seal, in one form.
fn under(context: &Context) -> Vec<u8> {
    let pairs = context.iter().flat_map(|(name, value)| [name.as_str(), "=", value.as_str(), "\n"]);
    format!("{}\n{}", KmsFile::FORMAT, pairs.collect::<String>()).into_bytes()
}
