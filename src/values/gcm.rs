//! AES-256-GCM, as KMS's data keys and SOPS use it.

use aes_gcm::aead::consts::{U12, U32};
use aes_gcm::aead::{AeadInPlace as _, KeyInit as _, generic_array::GenericArray};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Tag};
use zeroize::Zeroizing;

/// It was changed, moved, or sealed with another key. Which of these, nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unopened;

/// What was sealed, without its tag.
pub(super) fn open(
    key: &[u8],
    nonce: &[u8],
    aad: &[u8],
    sealed: &[u8],
    tag: &[u8; 16],
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    if key.len() != 32 {
        return Err(Unopened);
    }
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let (key, tag) = (GenericArray::from_slice(key), Tag::from_slice(tag));
    let opened = match nonce.len() {
        12 => AesGcm::<Aes256, U12>::new(key).decrypt_in_place_detached(
            GenericArray::from_slice(nonce),
            aad,
            &mut bytes[..],
            tag,
        ),
        32 => AesGcm::<Aes256, U32>::new(key).decrypt_in_place_detached(
            GenericArray::from_slice(nonce),
            aad,
            &mut bytes[..],
            tag,
        ),
        _ => return Err(Unopened),
    };
    opened.map(|()| bytes).map_err(|_| Unopened)
}

/// The sealed bytes, and their tag.
pub(super) fn seal(key: &[u8], nonce: &[u8; 12], aad: &[u8], plain: &[u8]) -> Result<(Vec<u8>, [u8; 16]), Unopened> {
    if key.len() != 32 {
        return Err(Unopened);
    }
    // Encrypted where they stand: what is left in the end is sealed.
    let mut bytes = plain.to_vec();
    let cipher = AesGcm::<Aes256, U12>::new(GenericArray::from_slice(key));
    let tag = cipher.encrypt_in_place_detached(GenericArray::from_slice(nonce), aad, &mut bytes);
    Ok((bytes, tag.map_err(|_| Unopened)?.into()))
}
