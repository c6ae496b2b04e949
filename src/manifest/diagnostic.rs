//! What is wrong with a manifest, where, and what to do about it. Knows nothing of how it is printed.

use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// It can, and someone should know.
    Warning,
}

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// From 1; 0 for the file as a whole.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The bytes.
    pub bytes: (usize, usize),
}

impl Span {
    /// The bytes, as a range.
    pub fn range(&self) -> Range<usize> {
        self.bytes.0..self.bytes.1
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, by the name that it was given.
    pub file: String,
    /// Where in it.
    pub span: Span,
    /// What is wrong. Never text of a place where a value can stand.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Can the place be shown? What surrounds an error of syntax may be a value.
    pub excerpt: bool,
}

impl Diagnostic {
    /// Something that makes the document unusable.
    pub fn error(file: &str, span: &Span, message: impl Into<String>) -> Self {
        let (file, span, message) = (file.to_owned(), span.clone(), message.into());
        Self { severity: Severity::Error, file, span, message, help: None, excerpt: true }
    }

    /// Something that someone should know.
    pub fn warning(file: &str, span: &Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, span, message) }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Without an excerpt.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.excerpt = false;
        self
    }

    /// `file:line:column`; the file alone where it is about all of it.
    pub fn at(&self) -> String {
        let Span { line, column, .. } = self.span;
        if line > 0 { format!("{}:{line}:{column}", self.file) } else { self.file.clone() }
    }

    /// Is it an error?
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The known word that is most like an unknown one, if any is like it at all.
pub fn closest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |word: &str| strsim::jaro_winkler(&unknown.to_lowercase(), &word.to_lowercase());
    let (word, score) = known.into_iter().map(|word| (word, likeness(word))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (score > 0.82).then_some(word)
}
