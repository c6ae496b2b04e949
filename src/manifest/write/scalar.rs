//! One scalar of YAML: plain where every reader takes it for the same text, quoted where not, a block where it is long.
//!
//! Knows no manifest. Readers of YAML 1.1 are thought of too: what is a number, a date or a truth to them is quoted.

use crate::model::text::is_invisible;

/// Where a scalar stands: inside brackets fewer characters can be plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Block,
    Flow,
}

/// A text on one line.
pub(super) fn text(text: &str, place: Place) -> String {
    if is_plain(text, place) {
        text.to_owned()
    } else if text.chars().all(is_printable) && text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        let escaped = text.chars().fold(String::from("\""), |escaped, c| escaped + &escape(c));
        escaped + "\""
    }
}

/// A text over several lines, each to be indented: the mark that begins it, and the lines. `None` where it is short enough,
/// or cannot be written so.
pub(super) fn lines(text: &str, width: usize) -> Option<(&'static str, Vec<String>)> {
    let begins = text.starts_with(|c: char| c.is_whitespace());
    if text.contains('\n') {
        let (mark, body) = match text.strip_suffix('\n') {
            Some(body) if !body.is_empty() && !body.ends_with('\n') => ("|", body),
            Some(_) => return None,
            None => ("|-", text),
        };
        let readable = body.chars().all(|c| c == '\n' || c == '\t' || is_printable(c));
        return (readable && !begins).then(|| (mark, body.split('\n').map(str::to_owned).collect()));
    }
    // A fold is one space, so a text that has two in a row, or one at an end, stays on its line.
    let foldable = text.len() > width && text.contains(' ') && !text.contains("  ") && !begins && !text.ends_with(' ');
    (foldable && text.chars().all(is_printable)).then(|| (">-", fold(text, width)))
}

/// Lines of words, as long as fits.
pub(super) fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn is_plain(text: &str, place: Place) -> bool {
    const INDICATORS: &str = "-?:,[]{}#&*!|>'\"%@`=<~";
    let Some(first) = text.chars().next() else { return false };
    let option = first == '-'
        && text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.starts_with("---");
    let indicated = INDICATORS.contains(first) && !option;
    let flow = place == Place::Flow && text.contains(|c| ",[]{}".contains(c));
    !indicated
        && !flow
        && text.chars().all(is_printable)
        && !text.starts_with(' ')
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !is_something_else(text)
}

/// Would some reader take it for anything but a text?
fn is_something_else(text: &str) -> bool {
    const WORDS: [&str; 10] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "..."];
    let bare = text.replace('_', "");
    let unsigned = bare.trim_start_matches(['+', '-']);
    let radix = ["0x", "0o", "0b"].iter().any(|prefix| unsigned.to_ascii_lowercase().starts_with(prefix));
    let number = bare.parse::<f64>().is_ok() || radix || unsigned.to_ascii_lowercase().starts_with(".inf");
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    // To base 60, as in 1:30.
    let sixty = text.contains(':') && text.split([':', '.']).all(digits);
    let date = text.get(..10).is_some_and(|date| {
        let parts: Vec<&str> = date.split('-').collect();
        parts.len() == 3 && parts[0].len() == 4 && parts.into_iter().all(digits)
    });
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text.eq_ignore_ascii_case(".nan")
        || number
        || sixty
        || date
}

/// What YAML takes as it is, on one line, and a person can see.
fn is_printable(c: char) -> bool {
    !c.is_control() && !is_invisible(c) && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn escape(c: char) -> String {
    match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        c if is_printable(c) => c.to_string(),
        c if u32::from(c) <= 0xff => format!("\\x{:02x}", u32::from(c)),
        c if u32::from(c) <= 0xffff => format!("\\u{:04x}", u32::from(c)),
        c => format!("\\U{:08x}", u32::from(c)),
    }
}
