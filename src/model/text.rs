//! What a text can hold that nobody sees.

/// Characters of no width, and those that break lines or turn the direction of text round: with them a text reads otherwise
/// than it is.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
