//! Variables of the process that settings name. What stands where such a name belongs may be the secret itself, by mistake.

use std::ffi::OsString;

use zeroize::Zeroizing;

/// What a variable holds.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The same as text, which may be a secret that ECS injects; absent where it is blank.
pub(super) fn text(name: &str) -> Option<Zeroizing<String>> {
    let text = variable(name)?.into_string().ok().map(Zeroizing::new)?;
    (!text.trim().is_empty()).then_some(text)
}

/// A variable that holds nothing, for messages: its name alone where that is spelled as such names are.
pub(super) fn called(name: &str) -> String {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_name = name.chars().all(usual) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty();
    if is_name { format!("the variable {name}") } else { "the variable that is named there".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_repeated_only_where_it_is_one() {
        assert_eq!(called("GIT_TOKEN"), "the variable GIT_TOKEN");
        for mistaken in ["AGE-SECRET-KEY-1C4N4RY", "ghp_c4n4ry", "", "1ST", "two words"] {
            assert_eq!(called(mistaken), "the variable that is named there");
        }
    }
}
