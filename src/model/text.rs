//! What a text can hold that nobody sees.

/// Characters of no width, and those that break lines or turn the direction of text round: with them a text reads otherwise
/// than it is.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A text of many lines as a terminal may show it: what acts on one, or cannot be seen, is stood in for by as many bytes, so
/// that places in the text stay where they are.
pub fn harmless(text: &str) -> String {
    let mut next = text.chars().skip(1);
    let shown = |c: char| {
        let after = next.next();
        match c {
            '\n' | '\t' => c,
            '\r' if after == Some('\n') => c,
            c if c.is_control() || is_invisible(c) => match c.len_utf8() {
                1 => '?',
                2 => '\u{bf}',
                _ => '\u{fffd}',
            },
            c => c,
        }
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_stood_in_for_and_nothing_moves() {
        for (text, shown) in [
            ("a: \u{1b}[31mb\n", "a: ?[31mb\n"),
            ("a\tb\r\nc", "a\tb\r\nc"),
            ("a\rb", "a?b"),
            ("ü \u{9b}2J \u{ad}", "ü \u{bf}2J \u{bf}"),
            ("\u{feff}a \u{202e}b", "\u{fffd}a \u{fffd}b"),
        ] {
            assert_eq!(harmless(text), shown);
            assert_eq!(text.len(), shown.len());
        }
    }
}
