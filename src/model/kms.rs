//! A value in a file, sealed with a data key that a key of KMS wraps: one form, in which it is read and written. Opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A file that can be opened with its data key.
#[derive(Clone, PartialEq, Eq)]
pub struct KmsFile {
    /// The ARN of the key that wrapped the data key.
    pub key_id: String,
    /// The data key, wrapped.
    pub data_key: Vec<u8>,
    /// Under which it was sealed.
    pub nonce: [u8; 12],
    /// The value, sealed.
    pub sealed: Vec<u8>,
    /// The seal's tag, which stands behind it in the file.
    pub tag: [u8; 16],
}

/// Why a text is no such file, in words that follow its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKms {
    /// It is of another kind.
    #[error("is not encrypted by `evenkeel secret encrypt --format kms`")]
    Another,
    /// It was one.
    #[error("is damaged: its `{0}` cannot be read")]
    Damaged(&'static str),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    format: String,
    key_id: String,
    data_key: String,
    nonce: String,
    ciphertext: String,
}

impl KmsFile {
    /// What a file says of itself.
    pub const FORMAT: &str = "evenkeel.dev/kms/v1";

    /// # Errors
    /// Where the text is no such file.
    pub fn parse(text: &str) -> Result<Self, NotKms> {
        let written: Written = serde_json::from_str(text).map_err(|_| NotKms::Another)?;
        let Written { format, key_id, data_key, nonce, ciphertext } = written;
        if format != Self::FORMAT {
            return Err(NotKms::Another);
        }
        let bytes = |member, text: &str| STANDARD.decode(text).map_err(|_| NotKms::Damaged(member));
        let nonce = bytes("nonce", &nonce)?.try_into().map_err(|_| NotKms::Damaged("nonce"))?;
        let ciphertext = bytes("ciphertext", &ciphertext)?;
        let (sealed, tag) = ciphertext.split_last_chunk().ok_or(NotKms::Damaged("ciphertext"))?;
        Ok(Self { key_id, data_key: bytes("dataKey", &data_key)?, nonce, sealed: sealed.to_vec(), tag: *tag })
    }

    /// What is sealed, and its tag behind it.
    pub fn ciphertext(&self) -> Vec<u8> {
        [&self.sealed[..], &self.tag].concat()
    }

    /// As it stands in Git.
    pub fn to_text(&self) -> String {
        let Self { key_id, data_key, nonce, sealed: _, tag: _ } = self;
        let written = Written {
            format: Self::FORMAT.to_owned(),
            key_id: key_id.clone(),
            data_key: STANDARD.encode(data_key),
            nonce: STANDARD.encode(nonce),
            ciphertext: STANDARD.encode(self.ciphertext()),
        };
        // Members that are all texts have a JSON form.
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }
}
