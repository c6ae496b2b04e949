//! The rules of a generated password: those of Secrets Manager's GetRandomPassword, under its names.
//!
//! Knows which characters may stand in one, and makes none.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What GetRandomPassword calls punctuation (API reference): the ASCII characters that are printed and are neither letters
/// nor digits.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Rules; those of AWS where a manifest gives none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "these are GetRandomPassword's own parameters")]
pub struct PasswordRules {
    /// How many characters.
    pub length: u16,
    /// Characters that may not stand in it.
    pub exclude_characters: BTreeSet<char>,
    /// No digits?
    pub exclude_numbers: bool,
    /// No punctuation?
    pub exclude_punctuation: bool,
    /// No capital letters?
    pub exclude_uppercase: bool,
    /// No small letters?
    pub exclude_lowercase: bool,
    /// Also spaces?
    pub include_space: bool,
    /// At least one character of each type that is not excluded?
    pub require_each_included_type: bool,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            length: 32,
            exclude_characters: BTreeSet::new(),
            exclude_numbers: false,
            exclude_punctuation: false,
            exclude_uppercase: false,
            exclude_lowercase: false,
            include_space: false,
            require_each_included_type: true,
        }
    }
}

impl PasswordRules {
    /// The types of characters that are not excluded, each with its name and what is left of it.
    pub fn types(&self) -> Vec<(&'static str, Vec<char>)> {
        let Self {
            length: _,
            exclude_characters,
            exclude_numbers,
            exclude_punctuation,
            exclude_uppercase,
            exclude_lowercase,
            include_space,
            require_each_included_type: _,
        } = self;
        let all: [(bool, &str, Vec<char>); 5] = [
            (!exclude_lowercase, "lowercase letters", ('a'..='z').collect()),
            (!exclude_uppercase, "uppercase letters", ('A'..='Z').collect()),
            (!exclude_numbers, "numbers", ('0'..='9').collect()),
            (!exclude_punctuation, "punctuation", PUNCTUATION.chars().collect()),
            (*include_space, "space", vec![' ']),
        ];
        let left = |characters: Vec<char>| characters.into_iter().filter(|c| !exclude_characters.contains(c)).collect();
        all.into_iter().filter(|(included, ..)| *included).map(|(_, name, all)| (name, left(all))).collect()
    }

    /// Why no password can be made by these rules, if so.
    pub fn contradiction(&self) -> Option<String> {
        let types = self.types();
        if types.iter().all(|(_, characters)| characters.is_empty()) {
            return Some("the rules leave no character to choose from".to_owned());
        }
        if !self.require_each_included_type {
            return None;
        }
        if let Some((name, _)) = types.iter().find(|(_, characters)| characters.is_empty()) {
            return Some(format!("`excludeCharacters` leaves no {name}, and one of each type is required"));
        }
        let fewest = types.len();
        (usize::from(self.length) < fewest)
            .then(|| format!("`length` is less than the {fewest} types of characters, and one of each is required"))
    }
}
