//! A value in the clear is text that fits, and can be neither printed nor copied.

use evenkeel::cloud::plaintext::{NotText, Plaintext};
use zeroize::Zeroizing;

fn plaintext(bytes: &[u8]) -> Result<Plaintext, NotText> {
    Plaintext::new(Zeroizing::new(bytes.to_vec()))
}

#[test]
fn a_value_is_text_of_64_kib_at_most() {
    assert!(plaintext(&vec![b'x'; 65_536]).is_ok_and(|value| value.reveal().len() == 65_536));
    for (bytes, why) in [
        (&b""[..], NotText::Empty),
        (&[0xff, 0xfe], NotText::Binary),
        (b"a\0b", NotText::Binary),
        (&vec![b'x'; 65_537], NotText::TooLong),
    ] {
        assert_eq!(plaintext(bytes).err(), Some(why));
    }
}

/// Compiles only where `$type` has none of these traits: with one, it is not clear whose `nothing` is meant.
macro_rules! assert_has_none_of {
    ($type:ty: $($trait:path),+) => {$({
        trait Ambiguous<A> {
            fn nothing() {}
        }
        struct Has;
        impl<T: ?Sized> Ambiguous<()> for T {}
        impl<T: ?Sized + $trait> Ambiguous<Has> for T {}
        <$type as Ambiguous<_>>::nothing();
    })+};
}

#[test]
fn a_value_can_be_neither_shown_nor_copied() {
    assert_has_none_of!(Plaintext: std::fmt::Debug, std::fmt::Display, serde::Serialize, Clone, PartialEq);
}
