//! Findings in manifests, printed like a compiler's: excerpt, place, help. Excerpts come from masked text.

use std::collections::BTreeMap;
use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::excerpt::Excerpt;
use crate::manifest::Masked;
use crate::manifest::diagnostic::{Diagnostic, Severity};
use crate::render::counted::counted;
use crate::render::style::Style;
use crate::render::{clean, clean_lines};

/// How many findings of one file are printed as text: more are not read, and hide those of other files.
const OF_ONE_FILE: usize = 100;

/// Findings as text, and how many there are. Of a file with very many, the first, errors before warnings, and how many more.
pub(crate) fn text(found: &[Diagnostic], shown: &BTreeMap<String, Masked>, style: Style) -> String {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width.max(60)).with_context_lines(1);
    let mut out = String::new();
    let (printed, more) = few(found);
    for diagnostic in printed {
        let masked = shown.get(&diagnostic.file).filter(|_| diagnostic.span.line > 0 && diagnostic.excerpt);
        let diagnostic = &harmless(diagnostic);
        let report = Report { diagnostic, excerpt: masked.map(|masked| Excerpt::new(diagnostic, masked)) };
        if report.excerpt.is_none() {
            let place = diagnostic.at();
            let help = diagnostic.help.as_ref().map(|help| format!("  help: {help}\n")).unwrap_or_default();
            out.extend([format!("  × {place}: {}\n", diagnostic.message), help]);
        } else if handler.render_report(&mut out, &report).is_err() {
            out.push_str(&diagnostic.message);
        }
        out.push('\n');
    }
    for (file, more) in more {
        let more = counted(more, "more finding");
        out.extend([format!("  … and {more} in {}: `-o json` prints each\n\n", clean(file))]);
    }
    out + &count(found)
}

/// The findings that are printed, in their order, and how many more each file has.
fn few(found: &[Diagnostic]) -> (Vec<&Diagnostic>, BTreeMap<&str, usize>) {
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in found.iter().filter(|diagnostic| diagnostic.is_error()) {
        *errors.entry(&diagnostic.file).or_default() += 1;
    }
    let mut taken: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut more: BTreeMap<&str, usize> = BTreeMap::new();
    let mut printed = Vec::new();
    for diagnostic in found {
        let file = diagnostic.file.as_str();
        let errors = if diagnostic.is_error() { 0 } else { errors.get(file).copied().unwrap_or(0) };
        let taken = taken.entry((file, diagnostic.is_error())).or_default();
        if *taken < OF_ONE_FILE.saturating_sub(errors) {
            *taken += 1;
            printed.push(diagnostic);
        } else {
            *more.entry(file).or_default() += 1;
        }
    }
    (printed, more)
}

/// As a terminal may show it: names and texts of a file of someone else's stand in it.
fn harmless(found: &Diagnostic) -> Diagnostic {
    let Diagnostic { severity, file, span, message, help, excerpt } = found.clone();
    let (message, help) = (clean_lines(&message), help.map(|help| clean_lines(&help)));
    Diagnostic { severity, file: clean(&file), span, message, help, excerpt }
}

/// `3 errors, 1 warning`.
pub(crate) fn count(found: &[Diagnostic]) -> String {
    let errors = found.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = found.len() - errors;
    match (errors, warnings) {
        (0, 0) => "no problems".to_owned(),
        (errors, 0) => counted(errors, "error"),
        (0, warnings) => counted(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}

/// All findings as JSON, one object a line.
pub(crate) fn json(found: &[Diagnostic]) -> String {
    found.iter().fold(String::new(), |out, diagnostic| out + &object(diagnostic).to_string() + "\n")
}

/// One finding as JSON.
pub(crate) fn object(diagnostic: &Diagnostic) -> serde_json::Value {
    let Diagnostic { severity, file, span, message, help, excerpt: _ } = diagnostic;
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    serde_json::json!({
        "severity": severity,
        "file": file,
        "line": span.line,
        "column": span.column,
        "message": message,
        "help": help,
    })
}

struct Report<'a> {
    diagnostic: &'a Diagnostic,
    excerpt: Option<Excerpt>,
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (start, end) = self.excerpt.as_ref()?.at;
        Some(Box::new(std::iter::once(LabeledSpan::new(None, start, (end - start).max(1)))))
    }
}
