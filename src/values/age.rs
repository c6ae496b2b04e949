//! Files of `age`: X25519 and SSH keys, written as text or as bytes. Passphrases are for people, and refused.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use ::age::armor::{ArmoredReader, ArmoredWriter, Format};
use ::age::{DecryptError, Decryptor, EncryptError, Encryptor, Identity, Recipient, ssh, x25519};
use zeroize::Zeroizing;

use crate::cloud::plaintext::{NotText, Plaintext};
use crate::model::credential;

/// Why a file could not be decrypted, or none be made.
#[derive(Debug, thiserror::Error)]
pub enum AgeError {
    /// Nobody has said which identities there are.
    #[error("no age identity is known: inject one as EVENKEEL_AGE_IDENTITY, or name a file with age.identityFile")]
    NoIdentity,
    /// The identities cannot be read.
    #[error("the age identities cannot be read from {from}: {why}")]
    Identities {
        /// A file or a variable.
        from: String,
        /// What is wrong, without any part of them.
        why: String,
    },
    /// The file is for others.
    #[error("{0} is not encrypted for any of the age identities that are known")]
    NotForUs(String),
    /// It is encrypted with a passphrase.
    #[error("{0} is encrypted with a passphrase: encrypt it for a recipient")]
    Passphrase(String),
    /// It is damaged, or no such file.
    #[error("{file} cannot be decrypted: {why}")]
    Broken {
        /// The file.
        file: String,
        /// What is wrong.
        why: &'static str,
    },
    /// What comes out cannot be a secret's value.
    #[error("what {file} holds cannot be a value: {why}")]
    NotText {
        /// The file.
        file: String,
        /// Why.
        why: NotText,
    },
    /// Nobody to encrypt for.
    #[error("nobody to encrypt for: give --recipient, or name them in age.recipients of the configuration")]
    NoRecipient,
    /// A recipient that is none.
    #[error("`{recipient}` is no age recipient: {why}")]
    Recipient {
        /// As it was given, where it is like one: that is public.
        recipient: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Nothing could be written.
    #[error("could not encrypt: {0}")]
    Encrypt(&'static str),
}

impl AgeError {
    /// Is it the settings that are wrong, and not the file?
    pub(super) fn is_about_settings(&self) -> bool {
        matches!(self, Self::NoIdentity | Self::Identities { .. })
    }
}

/// Where identities come from. Without a Debug: a variable holds one.
pub enum IdentitiesFrom {
    /// A variable of the process, read at its start.
    Variable {
        /// Its name.
        name: String,
        /// What it held.
        text: Zeroizing<String>,
    },
    /// A file, read for each value: it may hold another identity by then.
    File(PathBuf),
    /// A variable that was named, and holds no text: whoever decrypts hears of it.
    Nothing {
        /// The variable, as it may be shown.
        variable: String,
    },
}

/// An identity that can be used from any task.
type Known = Box<dyn Identity + Send + Sync>;

impl IdentitiesFrom {
    /// The identities.
    ///
    /// # Errors
    /// What is wrong with them, without any part of them.
    pub fn read(&self) -> Result<Vec<Known>, AgeError> {
        let (from, text) = match self {
            Self::Variable { name, text } => (format!("the variable {name}"), text.clone()),
            Self::Nothing { variable } => {
                let (from, why) = (variable.clone(), "age.identityEnv names it, and it holds no text".to_owned());
                return Err(AgeError::Identities { from, why });
            }
            Self::File(path) => {
                let from = path.display().to_string();
                let from = credential::path(&from).unwrap_or("what age.identityFile names").to_owned();
                let wrong = |why: std::io::Error| AgeError::Identities { from: from.clone(), why: why.to_string() };
                (from.clone(), std::fs::read_to_string(path).map(Zeroizing::new).map_err(wrong)?)
            }
        };
        let wrong = |why: String| AgeError::Identities { from: from.clone(), why };
        if text.contains("-----BEGIN") {
            return Ok(vec![ssh_key(&text).map_err(|why| wrong(why.to_owned()))?]);
        }
        let mut found: Vec<Known> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let identity: Result<x25519::Identity, _> = line.parse();
            match identity {
                Ok(identity) => found.push(Box::new(identity)),
                Err(_) => return Err(wrong(format!("line {} is no X25519 identity", number + 1))),
            }
        }
        if found.is_empty() { Err(wrong("there is none in it".to_owned())) } else { Ok(found) }
    }
}

fn ssh_key(text: &str) -> Result<Known, &'static str> {
    match ssh::Identity::from_buffer(text.trim_start().as_bytes(), None) {
        Ok(identity @ ssh::Identity::Unencrypted(_)) => Ok(Box::new(identity)),
        Ok(ssh::Identity::Encrypted(_)) => Err("the SSH key has a passphrase, and nobody is there to type it"),
        Ok(ssh::Identity::Unsupported(_)) => Err("the SSH key is neither ssh-ed25519 nor ssh-rsa"),
        Err(_) => Err("it is no SSH key in OpenSSH's or PEM's form"),
    }
}

/// The value in a file.
///
/// # Errors
/// Why there is none, without any part of it.
pub fn decrypt(file: &str, ciphertext: &[u8], from: &[IdentitiesFrom]) -> Result<Plaintext, AgeError> {
    let bytes = open(file, ciphertext, from)?;
    Plaintext::new(bytes).map_err(|why| AgeError::NotText { file: file.to_owned(), why })
}

/// The bytes in a file, whatever they are.
///
/// # Errors
/// Why there are none, without any part of them.
pub fn open(file: &str, ciphertext: &[u8], from: &[IdentitiesFrom]) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    opened(file, ciphertext, &identities(from)?)
}

/// Everything that is known.
fn identities(from: &[IdentitiesFrom]) -> Result<Vec<Known>, AgeError> {
    let mut all = Vec::new();
    for from in from {
        all.extend(from.read()?);
    }
    if all.is_empty() { Err(AgeError::NoIdentity) } else { Ok(all) }
}

fn opened(file: &str, ciphertext: &[u8], known: &[Known]) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    let broken = |why| AgeError::Broken { file: file.to_owned(), why };
    let words = |error: DecryptError| match error {
        DecryptError::NoMatchingKeys => AgeError::NotForUs(file.to_owned()),
        DecryptError::UnknownFormat => broken("it is of a newer version of age"),
        DecryptError::InvalidHeader | DecryptError::Io(_) => broken("it is no file of age, or a part of it is missing"),
        DecryptError::InvalidMac => broken("its header was changed after it was made"),
        _ => broken("it was changed after it was made, or is damaged"),
    };
    // Whitespace may stand before an armored file; the reader itself allows it only behind.
    let armored = Some(ciphertext.trim_ascii_start()).filter(|text| text.starts_with(b"-----BEGIN "));
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(armored.unwrap_or(ciphertext))).map_err(words)?;
    if decryptor.is_scrypt() {
        return Err(AgeError::Passphrase(file.to_owned()));
    }
    let identities = known.iter().map(|identity| &**identity as &dyn Identity);
    let mut reader = decryptor.decrypt(identities).map_err(words)?;
    // What comes out is shorter than what went in: nothing is moved, and left behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(ciphertext.len() + 64));
    reader
        .read_to_end(&mut bytes)
        .map_err(|_| broken("it was changed after it was made, or a part of it is missing"))?;
    Ok(bytes)
}

/// Those who can decrypt a file that is still to be made.
pub struct Recipients(Vec<Box<dyn Recipient>>);

impl Recipients {
    /// What was given as such.
    ///
    /// # Errors
    /// Where there is none, or one that is none.
    pub fn parse(texts: &[String]) -> Result<Self, AgeError> {
        let all: Vec<_> = texts.iter().map(|text| recipient(text)).collect::<Result<_, _>>()?;
        if all.is_empty() { Err(AgeError::NoRecipient) } else { Ok(Self(all)) }
    }
}

/// A file for these recipients, as text.
///
/// # Errors
/// Where they cannot be combined.
pub fn encrypt(value: &Plaintext, recipients: &Recipients) -> Result<String, AgeError> {
    let Recipients(recipients) = recipients;
    let encryptor = Encryptor::with_recipients(recipients.iter().map(|recipient| &**recipient));
    let encryptor = encryptor.map_err(|error| match error {
        EncryptError::MissingRecipients => AgeError::NoRecipient,
        _ => AgeError::Encrypt("the recipients cannot be combined"),
    })?;
    let failed = |_: std::io::Error| AgeError::Encrypt("nothing could be written");
    let armored = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor).map_err(failed)?;
    let mut writer = encryptor.wrap_output(armored).map_err(failed)?;
    writer.write_all(value.reveal().as_bytes()).map_err(failed)?;
    let file = writer.finish().and_then(ArmoredWriter::finish).map_err(failed)?;
    String::from_utf8(file).map_err(|_| AgeError::Encrypt("what came out is no text"))
}

fn recipient(text: &str) -> Result<Box<dyn Recipient>, AgeError> {
    let shown = if credential::is_public_key(text) { text } else { "…" };
    let wrong = |why| AgeError::Recipient { recipient: shown.to_owned(), why };
    if credential::is_private_key(text) {
        return Err(wrong("it is an identity, which nobody else may know"));
    }
    if text.starts_with("ssh-") {
        let key: ssh::Recipient =
            text.parse().map_err(|_| wrong("ssh-ed25519 keys and ssh-rsa keys of 2048 to 4096 bits are taken"))?;
        return Ok(Box::new(key));
    }
    let key: x25519::Recipient = text.parse().map_err(|_| wrong("it is neither age1… nor an SSH public key"))?;
    Ok(Box::new(key))
}
