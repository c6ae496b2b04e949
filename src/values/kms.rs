//! Values encrypted by a data key that a key of KMS wraps. The key is used with a context that names the installation and the
//! secret, so that a ciphertext cannot be moved to another secret; the same stands under the seal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::gcm::{self, TAG};
use crate::cloud::Context;
use crate::cloud::plaintext::{NotText, Plaintext};
use crate::model::id::{Installation, SecretName};

/// What a file says of itself.
const FORMAT: &str = "evenkeel.dev/kms/v1";

/// Why a file cannot be read or made, in words that follow its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KmsError {
    /// It is of another kind.
    #[error("is not encrypted by `evenkeel secret encrypt --format kms`")]
    NotOurs,
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

/// A file that can be opened with its data key.
pub struct Sealed {
    /// The data key, as KMS has wrapped it.
    pub data_key: Vec<u8>,
    nonce: Vec<u8>,
    bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    format: String,
    key_id: String,
    data_key: String,
    nonce: String,
    ciphertext: String,
}

/// What the key is used with.
pub fn context(installation: &Installation, secret: &SecretName) -> Context {
    let pairs = [("evenkeel-installation", installation.as_str()), ("evenkeel-secret", secret.as_str())];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Reads a file.
///
/// # Errors
/// Where it is none.
pub fn read(bytes: &[u8]) -> Result<Sealed, KmsError> {
    let file: File = serde_json::from_slice(bytes).map_err(|_| KmsError::NotOurs)?;
    let File { format, key_id: _, data_key, nonce, ciphertext } = file;
    let decoded = |text: &str| STANDARD.decode(text).map_err(|_| KmsError::NotOurs);
    let (data_key, nonce, bytes) = (decoded(&data_key)?, decoded(&nonce)?, decoded(&ciphertext)?);
    if format == FORMAT && bytes.len() >= TAG { Ok(Sealed { data_key, nonce, bytes }) } else { Err(KmsError::NotOurs) }
}

impl Sealed {
    /// The value, with the data key unwrapped.
    ///
    /// # Errors
    /// Why there is none.
    pub fn open(&self, data_key: &[u8], context: &Context) -> Result<Plaintext, KmsError> {
        let (sealed, tag) = self.bytes.split_at(self.bytes.len() - TAG);
        let bytes = gcm::open(data_key, &self.nonce, &under(context), sealed, tag).map_err(|_| KmsError::Unopened)?;
        Plaintext::new(bytes).map_err(KmsError::NotText)
    }
}

/// A data key, and what KMS has made of it.
pub struct DataKey {
    /// The ARN of the key that wrapped it.
    pub key_id: String,
    /// Itself.
    pub plain: Zeroizing<Vec<u8>>,
    /// Wrapped.
    pub wrapped: Vec<u8>,
}

/// A file, of a data key that was made for this context.
///
/// # Errors
/// Where the system gives no randomness.
pub fn encrypt(value: &Plaintext, key: &DataKey, context: &Context) -> Result<String, KmsError> {
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce).map_err(|_| KmsError::NoRandomness)?;
    let sealed = gcm::seal(&key.plain, &nonce, &under(context), value.reveal().as_bytes());
    let file = File {
        format: FORMAT.to_owned(),
        key_id: key.key_id.clone(),
        data_key: STANDARD.encode(&key.wrapped),
        nonce: STANDARD.encode(nonce),
        ciphertext: STANDARD.encode(sealed.map_err(|_| KmsError::Unopened)?),
    };
    // A file of texts has a JSON form.
    let text = serde_json::to_string_pretty(&file).map_err(|_| KmsError::Unopened)?;
    Ok(text + "\n")
}

/// The context under the seal, in one form.
fn under(context: &Context) -> Vec<u8> {
    let pairs = context.iter().flat_map(|(name, value)| [name.as_str(), "=", value.as_str(), "\n"]);
    format!("{FORMAT}\n{}", pairs.collect::<String>()).into_bytes()
}
