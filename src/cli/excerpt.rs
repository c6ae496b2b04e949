//! The lines of a masked file around a finding, each no longer than can be read: a file can be one line of a megabyte.

use miette::{MietteError, MietteSpanContents, NamedSource, SourceCode, SourceSpan, SpanContents};

use crate::manifest::Masked;
use crate::manifest::diagnostic::Diagnostic;
use crate::model::text;

/// How many characters of a line are shown at most, and how many of them stand before the place.
const SHOWN: usize = 200;
const BEFORE: usize = 60;
/// A place of more lines than these is shown by its beginning.
const LINES: usize = 10;

/// Some lines, that still give the place as it is in the file: a mask has another length than what it hides.
pub(super) struct Excerpt {
    source: NamedSource<String>,
    /// The place, in the bytes of these lines.
    pub(super) at: (usize, usize),
    column: usize,
    /// How many lines of the file stand before these.
    line: usize,
}

impl Excerpt {
    pub(super) fn new(diagnostic: &Diagnostic, masked: &Masked) -> Self {
        let whole = masked.text.as_str();
        let (start, end) = masked.find(&diagnostic.span);
        let start = start.min(whole.len());
        let many = whole.get(start..end).is_none_or(|place| place.matches('\n').count() > LINES);
        let end = if many { start } else { end };
        let begins = |at: usize| whole.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let first = begins(begins(start).saturating_sub(1));
        let behind = |at: usize| {
            let after = whole.get(at..).and_then(|after| after.find('\n'));
            after.map_or(whole.len(), |length| at + length + 1)
        };
        let last = behind(behind(behind(end)));
        let mut cut = Cut { text: String::new(), at: (0, 0), place: (start, end) };
        let mut begin = first;
        for line in whole.get(first..last).unwrap_or_default().split_inclusive('\n') {
            cut.push(begin, line);
            begin += line.len();
        }
        let line = whole.get(..first).map_or(0, |before| before.matches('\n').count());
        let source = NamedSource::new(&diagnostic.file, text::harmless(&cut.text));
        Self { source, at: cut.at, column: diagnostic.span.column, line }
    }
}

/// Lines that are cut, and where the place is in what is left of them.
struct Cut {
    text: String,
    at: (usize, usize),
    place: (usize, usize),
}

impl Cut {
    /// Adds a line that begins at a byte of the file.
    fn push(&mut self, begin: usize, line: &str) {
        let within = |at: usize| (begin..=begin + line.len()).contains(&at).then(|| at - begin);
        let (start, end) = (within(self.place.0), within(self.place.1));
        let (from, to) = if line.chars().count() <= SHOWN { (0, line.len()) } else { around(line, start.or(end)) };
        let body = line.get(from..to).unwrap_or_default();
        let before = if from > 0 { "…" } else { "" };
        let base = self.text.len() + before.len();
        // What is cut away is as near as what is shown comes to it.
        let shown = |at: usize| base + at.clamp(from, to) - from;
        if let Some(start) = start.filter(|at| *at < line.len() || !line.ends_with('\n')) {
            self.at.0 = shown(start);
        }
        if let Some(end) = end {
            self.at.1 = shown(end);
        }
        self.text.extend([before, body]);
        if to < line.len() {
            self.text.push_str(if line.ends_with('\n') { "…\n" } else { "…" });
        }
    }
}

/// The part of a long line that is shown, in bytes.
fn around(line: &str, place: Option<usize>) -> (usize, usize) {
    let body = line.trim_end_matches(['\n', '\r']);
    let bytes = |at: usize| body.char_indices().nth(at).map_or(body.len(), |(byte, _)| byte);
    let column = body.char_indices().take_while(|(byte, _)| place.is_some_and(|place| *byte < place)).count();
    let from = column.saturating_sub(BEFORE);
    (bytes(from), bytes(from + SHOWN))
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let found = self.source.read_span(span, before, after)?;
        // Asked without any context, it is for the place in the heading.
        let column = if (before, after) == (0, 0) { self.column.saturating_sub(1) } else { found.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            found.name().unwrap_or_default().to_owned(),
            found.data(),
            *found.span(),
            self.line + found.line(),
            column,
            found.line_count(),
        )))
    }
}
