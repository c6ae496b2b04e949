//! The seeded source of every identifier that AWS would make up.
//!
//! Not for secrets: the next value is predictable on purpose.

use serde::{Deserialize, Serialize};

const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const UPPER_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";

/// `SplitMix64` (Steele, Lea and Flood, 2014): one word of state, equidistributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The suffix of a secret's ARN, a nanoid.
    pub(crate) fn letters_and_digits(&mut self, length: usize) -> String {
        self.text(LETTERS_AND_DIGITS, length)
    }

    /// The tail of an IAM unique id.
    pub(crate) fn upper_and_digits(&mut self, length: usize) -> String {
        self.text(UPPER_AND_DIGITS, length)
    }

    /// The number of a deployment or of a service revision; never starts with 0.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        let first = self.text(&DIGITS[1..], 1);
        first + &self.text(DIGITS, length.saturating_sub(1))
    }

    /// A task id, a digest.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text(HEX, length)
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.hex(32);
        let variant = self.text(b"89ab", 1);
        format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let size = alphabet.len() as u64;
        (0..length)
            .map(|_| usize::try_from(self.next() % size).unwrap_or(0))
            .map(|index| char::from(alphabet[index]))
            .collect()
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
