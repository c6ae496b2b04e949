//! What is shown, before anyone knows how wide it may be: a row is a sign, some text, and the place that it is about.
//!
//! Everything that comes from elsewhere passes [`Row`], which lets no control character through: a manifest, or what AWS
//! says, must not move a terminal's cursor or hide a part of itself.

use std::fmt::Write as _;

use crate::model::text::is_invisible;

/// One row. Where it is too long for a line, it goes on in the next one, further in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// How far in, in steps of two columns.
    pub(super) depth: usize,
    /// What kind of row it is, without any colour.
    pub(super) sign: Option<Sign>,
    /// The text.
    pub(super) spans: Vec<Span>,
    /// Where that is written, at the right end.
    pub(super) place: String,
    /// How much further in it goes on where it is too long.
    pub(super) hang: usize,
}

/// The first character of a row, which says what the colour says too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Add,
    Remove,
    Change,
    Drift,
    Held,
    Risk,
    Note,
}

impl Sign {
    pub(super) fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Remove => '-',
            Self::Change => '~',
            Self::Drift => '≠',
            Self::Held => '=',
            Self::Risk => '!',
            Self::Note => 'i',
        }
    }

    pub(super) fn ink(self) -> Ink {
        match self {
            Self::Add => Ink::Good,
            Self::Remove => Ink::Bad,
            Self::Change | Self::Risk => Ink::Warn,
            Self::Drift => Ink::Drift,
            Self::Held | Self::Note => Ink::Calm,
        }
    }
}

/// Text of one colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) ink: Ink,
}

/// What a colour means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ink {
    #[default]
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Warn,
    Drift,
    Calm,
}

impl Row {
    pub(super) fn new(depth: usize, sign: Option<Sign>) -> Self {
        Self { depth, sign, hang: 4, ..Self::default() }
    }

    /// Goes on where it began: for sentences.
    pub(super) fn flush(mut self) -> Self {
        self.hang = 0;
        self
    }

    /// More text.
    pub(super) fn then(mut self, text: &str, ink: Ink) -> Self {
        if !text.is_empty() {
            self.spans.push(Span { text: clean(text), ink });
        }
        self
    }

    /// More text, as everything is.
    pub(super) fn plain(self, text: &str) -> Self {
        self.then(text, Ink::Plain)
    }

    /// Where it is written.
    pub(super) fn at(mut self, place: &str) -> Self {
        self.place = clean(place);
        self
    }

    /// The text without its colours.
    pub(super) fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// Text with every control character, and every character that turns the direction of text round, written out.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || is_invisible(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The same of a text of several lines, which stay lines.
pub fn clean_lines(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}
