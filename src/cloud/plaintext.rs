//! A value in the clear, for the moment in which it is written to Secrets Manager or handed to the person who asked for it.

use zeroize::Zeroizing;

/// A value. It has no Debug, no Display, no Serialize and no Clone, and is wiped when it is let go.
pub struct Plaintext(Zeroizing<String>);

/// Bytes that no secret of ECS can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// Not UTF-8, or with a NUL in it.
    #[error("it is binary, and ECS can give text alone to a container")]
    Binary,
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// More than Secrets Manager takes.
    #[error("it has more than the {} bytes that Secrets Manager takes", Plaintext::MOST_BYTES)]
    TooLong,
}

impl Plaintext {
    /// Source: API reference, PutSecretValue.
    pub const MOST_BYTES: usize = 65_536;

    /// A value that is text, and fits.
    ///
    /// # Errors
    /// Why it cannot be the value of a secret. The bytes are wiped.
    pub fn new(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, NotText> {
        if bytes.is_empty() {
            return Err(NotText::Empty);
        }
        if bytes.len() > Self::MOST_BYTES {
            return Err(NotText::TooLong);
        }
        // Not copied: what is taken out is what is wiped in the end.
        match String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new) {
            Ok(text) if !text.contains('\0') => Ok(Self(text)),
            Ok(_) => Err(NotText::Binary),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(NotText::Binary)
            }
        }
    }

    /// The value, to be used at once and kept nowhere.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}
