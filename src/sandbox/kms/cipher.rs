//! Ciphertexts that only their key and their encryption context open.
//!
//! For play: SHA-256 as a key stream and as a seal. The material of a key is
//! in the state file and comes from a seed, so nothing here keeps a secret.
//!
//! Ledger: O7.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

/// Names and values that must be the same at both ends.
pub(super) type Context = BTreeMap<String, String>;

/// A ciphertext begins with the 36 characters of its key's id.
const ID: usize = 36;
const NONCE: usize = 16;
const SEAL: usize = 32;

/// `id ‖ nonce ‖ masked ‖ seal`.
pub(super) fn seal(id: &str, material: &str, nonce: &[u8], context: &Context, plain: &[u8]) -> Vec<u8> {
    let masked = masked(material, nonce, plain);
    let tag = tag(material, nonce, context, &masked);
    [id.as_bytes(), nonce, &masked, &tag].concat()
}

/// The id of the key that a ciphertext says it is of.
pub(super) fn key_id(blob: &[u8]) -> Option<&str> {
    std::str::from_utf8(blob.get(..ID)?).ok()
}

/// What was sealed; `None` where the key, the context or a byte is another.
pub(super) fn open(material: &str, context: &Context, blob: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = blob.get(ID..)?.split_at_checked(NONCE)?;
    let (hidden, seal) = rest.split_at_checked(rest.len().checked_sub(SEAL)?)?;
    (tag(material, nonce, context, hidden) == seal).then(|| masked(material, nonce, hidden))
}

fn masked(material: &str, nonce: &[u8], bytes: &[u8]) -> Vec<u8> {
    let blocks = (0_u64..).flat_map(|number| {
        let mut hash = Sha256::new();
        hash.update(material);
        hash.update(nonce);
        hash.update(number.to_be_bytes());
        hash.finalize().to_vec()
    });
    bytes.iter().zip(blocks).map(|(byte, mask)| byte ^ mask).collect()
}

fn tag(material: &str, nonce: &[u8], context: &Context, masked: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(b"seal");
    hash.update(material);
    hash.update(nonce);
    for (name, value) in context {
        for text in [name, value] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
    }
    hash.update(masked);
    hash.finalize().to_vec()
}
