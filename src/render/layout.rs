//! Rows as lines of a given width and colour. A word is never cut: one that is too long has a line of its own.

use super::row::{Ink, Row, Span, columns};
use super::style::Style;

/// The place keeps this far from the text.
const GAP: usize = 2;

/// A row, as lines, each with its end.
pub(super) fn lines(row: &Row, style: Style) -> String {
    let start = 2 * row.depth + if row.sign.is_some() { 2 } else { 0 };
    let wrapped = wrap(&row.spans, style.width.saturating_sub(start), row.hang);
    let place = columns(&row.place);
    let mut out = String::new();
    let last = wrapped.len().saturating_sub(1);
    for (number, line) in wrapped.iter().enumerate() {
        let used = start + line.width();
        out.push_str(&" ".repeat(2 * row.depth));
        match row.sign.filter(|_| number == 0) {
            Some(sign) => out.push_str(&(style.ink(sign.symbol(), sign.ink()) + " ")),
            None => out.push_str(if row.sign.is_some() { "  " } else { "" }),
        }
        out.push_str(&line.painted(style));
        if number == last && place > 0 {
            if used + GAP + place > style.width {
                out.push('\n');
                out.push_str(&" ".repeat(style.width.saturating_sub(place)));
            } else {
                out.push_str(&" ".repeat(style.width - used - place));
            }
            out.push_str(&style.ink(&row.place, Ink::Dim));
        }
        out.push('\n');
    }
    out
}

/// Does the row fit on one line, with its place?
pub(super) fn fits(row: &Row, style: Style) -> bool {
    let place = if row.place.is_empty() { 0 } else { GAP + columns(&row.place) };
    2 * row.depth + 2 + columns(&row.text()) + place <= style.width
}

#[derive(Default)]
struct Line(Vec<(String, Ink)>);

impl Line {
    fn width(&self) -> usize {
        self.0.iter().map(|(text, _)| columns(text)).sum()
    }

    fn push(&mut self, text: &str, ink: Ink) {
        match self.0.last_mut() {
            Some((last, same)) if *same == ink => last.push_str(text),
            _ => self.0.push((text.to_owned(), ink)),
        }
    }

    fn painted(&self, style: Style) -> String {
        self.0.iter().map(|(text, ink)| style.ink(text, *ink)).collect()
    }
}

/// Breaks text where it has spaces. Spaces at the beginning stand for something, and stay.
fn wrap(spans: &[Span], width: usize, hanging: usize) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    let (mut used, mut gap, mut begun) = (0, Vec::new(), false);
    for word in words_of(spans) {
        let is_gap = word.iter().all(|(text, _)| text.trim().is_empty());
        let wide: usize = word.iter().map(|(text, _)| columns(text)).sum();
        if is_gap && begun {
            gap = word;
            continue;
        }
        let between: usize = gap.iter().map(|(text, _): &(&str, Ink)| columns(text)).sum();
        if begun && used + between + wide > width {
            let mut next = Line::default();
            next.push(&" ".repeat(hanging), Ink::Plain);
            lines.push(next);
            (used, gap) = (hanging, Vec::new());
        }
        let Some(line) = lines.last_mut() else { break };
        for (text, ink) in gap.drain(..).chain(word) {
            line.push(text, ink);
            used += columns(text);
        }
        begun |= !is_gap;
    }
    lines
}

/// Words and the spaces between them, in turn; a word may have several colours.
fn words_of(spans: &[Span]) -> Vec<Vec<(&str, Ink)>> {
    let mut words: Vec<Vec<(&str, Ink)>> = Vec::new();
    let mut inside = None;
    for Span { text, ink } in spans {
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let blank = first == ' ';
            let end = rest.find(|c| (c == ' ') != blank).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(end);
            if inside == Some(blank)
                && let Some(word) = words.last_mut()
            {
                word.push((piece, *ink));
            } else {
                words.push(vec![(piece, *ink)]);
            }
            inside = Some(blank);
            rest = after;
        }
    }
    words
}
