//! How text looks: colours, width, and how much of a value is shown. Knows no terminal: it is told.
//!
//! Colours only repeat what a sign or a word says, and are those that can be read on dark and on light.

use std::fmt::Display;

use owo_colors::{OwoColorize as _, Style as Paint};

use super::row::Ink;

/// How to write for whoever reads.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// May colours be used? Everything is said without them too.
    pub color: bool,
    /// Columns to stay within, as far as words allow.
    pub width: usize,
    /// Show all, however long?
    pub full: bool,
}

impl Style {
    /// For files, pipes and tests.
    pub fn plain() -> Self {
        Self { color: false, width: 100, full: false }
    }

    pub(super) fn ink(self, text: impl Display, ink: Ink) -> String {
        if !self.color {
            return text.to_string();
        }
        let paint = match ink {
            Ink::Plain => return text.to_string(),
            Ink::Bold => Paint::new().bold(),
            Ink::Dim => Paint::new().dimmed(),
            Ink::Good => Paint::new().green(),
            Ink::Bad => Paint::new().red(),
            Ink::Warn => Paint::new().yellow(),
            Ink::Drift => Paint::new().magenta(),
            Ink::Calm => Paint::new().cyan(),
        };
        text.style(paint).to_string()
    }

    /// Headings.
    pub fn bold(self, text: impl Display) -> String {
        self.ink(text, Ink::Bold)
    }

    /// What is less important.
    pub fn dim(self, text: impl Display) -> String {
        self.ink(text, Ink::Dim)
    }

    /// What is added or went well.
    pub fn good(self, text: impl Display) -> String {
        self.ink(text, Ink::Good)
    }

    /// What changes, and what a person should look at twice.
    pub fn warn(self, text: impl Display) -> String {
        self.ink(text, Ink::Warn)
    }

    /// What goes away or went wrong.
    pub fn bad(self, text: impl Display) -> String {
        self.ink(text, Ink::Bad)
    }

    /// What waits.
    pub fn calm(self, text: impl Display) -> String {
        self.ink(text, Ink::Calm)
    }
}
