//! Passwords, by the rules of GetRandomPassword: of randomness that is given, each character as likely as every other of
//! its type.

use zeroize::{Zeroize as _, Zeroizing};

use crate::cloud::plaintext::{NotText, Plaintext};
use crate::model::password::PasswordRules;
use crate::model::secret_value::{Generate, Template};

/// Why no value was made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The system has no randomness to give.
    #[error("the operating system gave no random bytes: {0}")]
    NoRandomness(String),
    /// The rules contradict each other.
    #[error("{0}")]
    Contradiction(String),
    /// The value cannot be written.
    #[error("{0}")]
    NotText(#[from] NotText),
}

/// A value, of the operating system's randomness.
///
/// # Errors
/// Where there is none, or where nothing follows the rules.
pub fn generate(rule: &Generate) -> Result<Plaintext, GenerateError> {
    let fill =
        |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|error| GenerateError::NoRandomness(error.to_string()));
    let password = password(&rule.rules, fill)?;
    Ok(merged(rule.json.as_ref(), &password)?)
}

/// A password, of the bytes that `fill` gives.
///
/// # Errors
/// Those of `fill`, and where nothing follows the rules.
pub fn password(
    rules: &PasswordRules,
    fill: impl FnMut(&mut [u8]) -> Result<(), GenerateError>,
) -> Result<Zeroizing<String>, GenerateError> {
    if let Some(why) = rules.contradiction() {
        return Err(GenerateError::Contradiction(why));
    }
    let types = rules.types();
    let all: Vec<char> = types.iter().flat_map(|(_, characters)| characters).copied().collect();
    let length = usize::from(rules.length);
    let mut dice = Dice { fill, bytes: Zeroizing::new([0; 256]), used: 256 };
    let mut chosen: Zeroizing<Vec<char>> = Zeroizing::new(Vec::with_capacity(length));
    if rules.require_each_included_type {
        for (_, characters) in &types {
            chosen.push(characters[dice.below(characters.len())?]);
        }
    }
    while chosen.len() < length {
        chosen.push(all[dice.below(all.len())?]);
    }
    // The first ones were chosen by type: each may come to stand anywhere.
    for last in (1..chosen.len()).rev() {
        let other = dice.below(last + 1)?;
        chosen.swap(last, other);
    }
    // All of them are ASCII: the text never grows out of its room, and leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(length));
    text.extend(chosen.iter());
    Ok(text)
}

/// The value that holds a password.
///
/// # Errors
/// Where it cannot be written.
pub fn merged(json: Option<&Template>, password: &str) -> Result<Plaintext, NotText> {
    let mut value = Zeroizing::new(Vec::new());
    let Some(Template { members, key }) = json else {
        value.extend_from_slice(password.as_bytes());
        return Plaintext::new(value);
    };
    // In JSON one byte takes six at most. With room for all, nothing is moved and left behind.
    let others = serde_json::Value::Object(members.clone()).to_string();
    value.reserve(others.len() + 6 * (key.len() + password.len()) + 8);
    // Less its own brace alone: the last member may be an object.
    value.extend_from_slice(others.strip_suffix('}').unwrap_or(&others).as_bytes());
    let comma = if members.is_empty() { "" } else { "," };
    value.extend_from_slice(comma.as_bytes());
    for (text, after) in [(key.as_str(), b':'), (password, b'}')] {
        // A vector takes every byte.
        serde_json::to_writer(&mut *value, text).map_err(|_| NotText::TooLong)?;
        value.push(after);
    }
    Plaintext::new(value)
}

/// Numbers of random bytes.
struct Dice<F> {
    fill: F,
    bytes: Zeroizing<[u8; 256]>,
    used: usize,
}

impl<F: FnMut(&mut [u8]) -> Result<(), GenerateError>> Dice<F> {
    /// A number below `sides`, all of them equally likely: what would favour the lower ones is thrown again.
    fn below(&mut self, sides: usize) -> Result<usize, GenerateError> {
        let sides = u32::try_from(sides).unwrap_or(u32::MAX);
        let fair = u32::MAX / sides * sides;
        loop {
            if self.used + 4 > self.bytes.len() {
                (self.fill)(self.bytes.as_mut_slice())?;
                self.used = 0;
            }
            let four = &mut self.bytes[self.used..self.used + 4];
            let number = four.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
            four.zeroize();
            self.used += 4;
            if number < fair {
                return Ok(usize::try_from(number % sides).unwrap_or(0));
            }
        }
    }
}
