//! How text looks: colours, width, and how much of a value is shown. Knows no terminal: it is told.

use std::fmt::Display;

use owo_colors::{OwoColorize as _, Style as Ink};

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

    fn ink(self, text: impl Display, ink: Ink) -> String {
        if self.color { text.style(ink).to_string() } else { text.to_string() }
    }

    /// Headings.
    pub fn bold(self, text: impl Display) -> String {
        self.ink(text, Ink::new().bold())
    }

    /// What is less important.
    pub fn dim(self, text: impl Display) -> String {
        self.ink(text, Ink::new().dimmed())
    }

    /// What is added or went well.
    pub fn good(self, text: impl Display) -> String {
        self.ink(text, Ink::new().green())
    }

    /// What changes, and what a person should look at twice.
    pub fn warn(self, text: impl Display) -> String {
        self.ink(text, Ink::new().yellow())
    }

    /// What goes away or went wrong.
    pub fn bad(self, text: impl Display) -> String {
        self.ink(text, Ink::new().red())
    }

    /// What waits.
    pub fn calm(self, text: impl Display) -> String {
        self.ink(text, Ink::new().cyan())
    }
}
