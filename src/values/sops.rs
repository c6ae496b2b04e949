//! Values in files of SOPS: every leaf is opened with the path that leads to it, and the whole is believed only where its MAC
//! is right.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Number;
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

use super::gcm;
use crate::cloud::plaintext::{NotText, Plaintext};
use crate::model::sops::{Leaf, Piece, SopsFile, place};

/// What the MAC begins with where it covers only what is sealed: the SHA-256 of `sops`, as SOPS defines it.
const ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, 0x0b, 0x97, 0x5b,
    0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// Why there is no value, in words that follow the file's name. Never with any part of it but the names of its keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SopsError {
    /// A leaf that should be sealed is not, or not in SOPS' form.
    #[error("has something at `{0}` that is not encrypted, and should be")]
    NotSealed(String),
    /// A leaf was changed, moved to another key, or said to be of a type that it is not of.
    #[error("was changed at `{0}`, or moved there, after it was made")]
    Unopened(String),
    /// A number that JSON has no form for: infinite, or none.
    #[error("holds something at `{0}` that is no JSON number or boolean")]
    NotJson(String),
    /// The leaf has a type that no JSON has.
    #[error("has something of the type `{1}` at `{0}`, which is not supported")]
    Type(String, String),
    /// The MAC is wrong.
    #[error("was changed after it was made: its MAC does not match")]
    Mac,
    /// What comes out is no value.
    #[error("holds what cannot be a value: {0}")]
    NotText(NotText),
}

/// The JSON object that a file holds, with its data key unwrapped.
///
/// # Errors
/// Why there is none.
pub fn open(file: &SopsFile, data_key: &[u8]) -> Result<Plaintext, SopsError> {
    let mut opening = Opening { file, data_key, mac: Sha512::new() };
    if file.mac_only_encrypted {
        opening.mac.update(ONLY_ENCRYPTED);
    }
    let mut written = Vec::new();
    for piece in file.pieces() {
        written.push(match piece {
            Piece::Leaf(path, leaf) => Written::Leaf(opening.leaf(leaf, &path)?),
            Piece::Key(key) => Written::Key(key),
            Piece::Map => Written::Sign(b'{'),
            Piece::MapEnd => Written::Sign(b'}'),
            Piece::List => Written::Sign(b'['),
            Piece::ListEnd => Written::Sign(b']'),
        });
    }
    opening.check()?;
    Plaintext::new(json(&written)?).map_err(SopsError::NotText)
}

/// A leaf in the clear, as the MAC takes it.
struct Open {
    bytes: Zeroizing<Vec<u8>>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Text,
    Number,
    Bool,
}

struct Opening<'f> {
    file: &'f SopsFile,
    data_key: &'f [u8],
    mac: Sha512,
}

impl Opening<'_> {
    fn leaf(&mut self, leaf: &Leaf, path: &[&str]) -> Result<Open, SopsError> {
        let sealed = self.file.rule.covers(path);
        let open = match leaf {
            Leaf::Null => return Ok(Open { bytes: Zeroizing::default(), kind: Kind::Null }),
            Leaf::Text(text) if sealed => self.unsealed(text, path)?,
            _ if sealed => return Err(SopsError::NotSealed(place(path).to_string())),
            Leaf::Text(text) => clear(text, Kind::Text),
            Leaf::Number(number) => clear(number, Kind::Number),
            // As Python wrote them, in the beginning.
            Leaf::Bool(value) => clear(if *value { "True" } else { "False" }, Kind::Bool),
        };
        if sealed || !self.file.mac_only_encrypted {
            self.mac.update(&*open.bytes);
        }
        Ok(open)
    }

    fn unsealed(&self, text: &str, path: &[&str]) -> Result<Open, SopsError> {
        let at = || place(path).to_string();
        if text.is_empty() {
            return Ok(clear("", Kind::Text));
        }
        let parts = parts(text).ok_or_else(|| SopsError::NotSealed(at()))?;
        let under = path.iter().flat_map(|key| [key, ":"]).collect::<String>();
        let bytes = parts.open(self.data_key, &under).ok_or_else(|| SopsError::Unopened(at()))?;
        let kind = match parts.kind {
            "str" | "time" | "bytes" => Kind::Text,
            "int" if number(&bytes).is_some_and(|number| number.is_i64() || number.is_u64()) => Kind::Number,
            "float" if number(&bytes).is_some() => Kind::Number,
            "bool" if matches!(bytes.as_slice(), b"True" | b"False") => Kind::Bool,
            // As Go writes what YAML calls `.inf` and `.nan`.
            "float" if matches!(bytes.as_slice(), b"+Inf" | b"-Inf" | b"NaN") => return Err(SopsError::NotJson(at())),
            // The type stands under no seal, and a number goes into the JSON as it is.
            "int" | "float" | "bool" => return Err(SopsError::Unopened(at())),
            other => return Err(SopsError::Type(at(), other.to_owned())),
        };
        Ok(Open { bytes, kind })
    }

    fn check(&mut self) -> Result<(), SopsError> {
        let sealed = parts(&self.file.mac).ok_or(SopsError::Mac)?;
        let written = sealed.open(self.data_key, &self.file.last_modified).ok_or(SopsError::Mac)?;
        let made = self.mac.clone().finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
        // What is compared is no secret: whoever has the data key knows both.
        if written.as_slice() == made.as_bytes() { Ok(()) } else { Err(SopsError::Mac) }
    }
}

fn number(bytes: &[u8]) -> Option<Number> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn clear(text: &str, kind: Kind) -> Open {
    Open { bytes: Zeroizing::new(text.as_bytes().to_vec()), kind }
}

/// `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.
struct Parts<'t> {
    data: Vec<u8>,
    iv: Vec<u8>,
    tag: Vec<u8>,
    kind: &'t str,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let inside = text.strip_prefix("ENC[AES256_GCM,data:")?.strip_suffix(']')?;
    let (data, rest) = inside.split_once(",iv:")?;
    let (iv, rest) = rest.split_once(",tag:")?;
    let (tag, kind) = rest.split_once(",type:")?;
    let decoded = |text: &str| STANDARD.decode(text).ok();
    Some(Parts { data: decoded(data)?, iv: decoded(iv)?, tag: decoded(tag)?, kind })
}

impl Parts<'_> {
    fn open(&self, data_key: &[u8], under: &str) -> Option<Zeroizing<Vec<u8>>> {
        let tag = self.tag.as_slice().try_into().ok()?;
        gcm::open(data_key, &self.iv, under.as_bytes(), &self.data, tag).ok()
    }
}

/// What of the file goes into the JSON.
enum Written<'f> {
    /// Where a map or a list begins or ends.
    Sign(u8),
    Key(&'f str),
    Leaf(Open),
}

fn json(pieces: &[Written<'_>]) -> Result<Zeroizing<Vec<u8>>, SopsError> {
    // In JSON one byte takes six at most. With room for all, nothing is moved and left behind.
    let room = pieces.iter().map(|piece| match piece {
        Written::Sign(_) => 2,
        Written::Key(key) => 6 * key.len() + 4,
        Written::Leaf(open) => 6 * open.bytes.len() + 8,
    });
    let mut json = Zeroizing::new(Vec::with_capacity(room.sum()));
    for piece in pieces {
        let ends = matches!(piece, Written::Sign(b'}' | b']'));
        // No text ends with one of these: what begins, or is the value of a key, has no comma before it.
        if !ends && !matches!(json.last(), None | Some(b'{' | b'[' | b':')) {
            json.push(b',');
        }
        match piece {
            Written::Sign(sign) => json.push(*sign),
            Written::Key(key) => {
                write_text(key, &mut json)?;
                json.push(b':');
            }
            Written::Leaf(Open { bytes, kind }) => {
                let text = std::str::from_utf8(bytes).map_err(|_| SopsError::NotText(NotText::Binary))?;
                match kind {
                    Kind::Null => json.extend_from_slice(b"null"),
                    Kind::Bool => json.extend_from_slice(if text == "True" { b"true" } else { b"false" }),
                    Kind::Number => json.extend_from_slice(bytes),
                    Kind::Text => write_text(text, &mut json)?,
                }
            }
        }
    }
    Ok(json)
}

fn write_text(text: &str, json: &mut Vec<u8>) -> Result<(), SopsError> {
    // A vector takes every byte.
    serde_json::to_writer(json, text).map_err(|_| SopsError::NotText(NotText::TooLong))
}
