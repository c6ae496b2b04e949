//! The words of a text, as a search of secrets reads it: letters and digits, cut where a small letter is followed by a
//! capital one, letters by digits, and at everything else; their case counts for nothing.
//!
//! Ledger: S29.

use std::collections::BTreeSet;

/// `credsDatabase#892` is `creds`, `database` and `892`.
pub(super) fn of(text: &str) -> BTreeSet<String> {
    let mut words = vec![String::new()];
    let mut before = Kind::Other;
    for letter in text.chars() {
        let kind = Kind::of(letter);
        let begins = kind != before && (before, kind) != (Kind::Capital, Kind::Small);
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| kind != Kind::Other) {
            word.extend(letter.to_lowercase());
        }
        before = kind;
    }
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Small,
    Capital,
    Digit,
    Other,
}

impl Kind {
    fn of(letter: char) -> Self {
        if letter.is_numeric() {
            Self::Digit
        } else if letter.is_uppercase() {
            Self::Capital
        } else if letter.is_alphabetic() {
            Self::Small
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn words_are_cut_at_changes_and_lose_their_case() {
        for (text, expected) in [
            ("credsDatabase#892", vec!["892", "creds", "database"]),
            ("My_Secret", vec!["my", "secret"]),
            ("prod/db2", vec!["2", "db", "prod"]),
            ("RDS", vec!["rds"]),
            ("#/ ", vec![]),
        ] {
            assert_eq!(of(text).into_iter().collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
