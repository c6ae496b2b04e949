//! Blocks of addresses, in CIDR notation.
//!
//! Ledger: I72, K101.

use std::net::IpAddr;

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    base: IpAddr,
    length: u32,
}

impl Block {
    /// `10.0.0.0/16`, or an address alone.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (base, length) = text.split_once('/').map_or((text, None), |(base, length)| (base, Some(length)));
        let base: IpAddr = base.parse().ok()?;
        let bits = if base.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Some(bits), |length| length.parse().ok().filter(|length| *length <= bits))?;
        Some(Self { base, length })
    }

    /// Is all of the other in this one?
    pub(crate) fn covers(self, other: Self) -> bool {
        let (one, other_bits, bits) = match (self.base, other.base) {
            (IpAddr::V4(one), IpAddr::V4(other)) => (u128::from(one.to_bits()), u128::from(other.to_bits()), 32),
            (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits(), other.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        // A shift by all bits is no shift.
        let differing = (one ^ other_bits).checked_shr(bits - self.length).unwrap_or(0);
        self.length <= other.length && differing == 0
    }

    /// Is the address in it?
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        self.covers(Self { base: address, length: if address.is_ipv4() { 32 } else { 128 } })
    }
}
