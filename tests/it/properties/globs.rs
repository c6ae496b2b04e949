//! Patterns of the envelope, against the plainest implementation there is.

use evenkeel::model::envelope::matches_any;
use proptest::prelude::*;

proptest! {
    #![proptest_config(super::times(16))]

    #[test]
    fn a_pattern_matches_what_it_says(pattern in "[ab*?]{0,7}", text in "[ab]{0,9}") {
        let expected = naive(pattern.as_bytes(), text.as_bytes());
        prop_assert_eq!(matches_any(std::slice::from_ref(&pattern), &text), expected);
        prop_assert_eq!(matches_any(&["zzz".to_owned(), pattern], &text), expected);
    }
}

fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..])),
        ([b'?', p @ ..], [_, t @ ..]) => naive(p, t),
        ([a, p @ ..], [b, t @ ..]) => a == b && naive(p, t),
        _ => false,
    }
}
