//! Changes as rows: grouped by what they are inside of, aligned, cut to the width, and counted where they are not shown.

use serde_json::Value;

use super::inside::{self, Inside, Leaf, TextLine, is_simple};
use super::layout::fits;
use super::row::{Ink, Row, Sign, clean, columns};
use super::style::Style;
use super::value;
use crate::model::arn::Scope;
use crate::model::desired::Origin;
use crate::model::path::{Path, Segment};
use crate::plan::step::{Change, Plan, Shown};

/// Fields of one resource that are shown before the rest is only counted.
const FIELDS: usize = 12;

/// Lines of one text.
const LINES: usize = 24;

/// What is needed to write a change down.
pub(super) struct Fields<'a> {
    pub(super) plan: &'a Plan,
    pub(super) scope: &'a Scope,
    pub(super) style: Style,
    /// The file that need not be named again.
    pub(super) file: Option<&'a str>,
    rows: Vec<Row>,
    cut: usize,
    left_out: usize,
}

/// One side of a change.
#[derive(Clone, Copy)]
enum Side<'v> {
    Nothing,
    Known(&'v Value),
    After(&'v str),
}

impl<'v> Side<'v> {
    fn shown(shown: Option<&'v Shown>, later: &'v str) -> Self {
        match shown {
            None => Self::Nothing,
            Some(Shown::Value(value)) => Self::Known(value),
            Some(Shown::After(_)) => Self::After(later),
        }
    }

    fn known(value: Option<&'v Value>) -> Self {
        value.map_or(Self::Nothing, Self::Known)
    }
}

impl<'a> Fields<'a> {
    pub(super) fn new(plan: &'a Plan, scope: &'a Scope, style: Style, file: Option<&'a str>) -> Self {
        Self { plan, scope, style, file, rows: Vec::new(), cut: 0, left_out: 0 }
    }

    /// The rows of these changes, and of what is not shown of them.
    pub(super) fn rows(mut self, changes: &[&Change], creation: bool) -> Vec<Row> {
        let mut ordered: Vec<&Change> = changes.iter().filter(|change| !is_key_alone(change)).copied().collect();
        let limit = if self.style.full { usize::MAX } else { FIELDS };
        let hidden = ordered.len().saturating_sub(limit);
        if hidden > 0 {
            // Only so much is shown: what people look for first, in the order that it had.
            let mut placed: Vec<(usize, &Change)> = ordered.into_iter().enumerate().collect();
            placed.sort_by_key(|(at, change)| (interest(&change.path, creation), *at));
            placed.truncate(limit);
            placed.sort_by_key(|(at, _)| *at);
            ordered = placed.into_iter().map(|(_, change)| change).collect();
        }
        if creation {
            ordered.sort_by(|a, b| a.path.cmp(&b.path));
        }
        let mut rest = ordered.as_slice();
        while let Some(first) = rest.first() {
            let prefix = prefix(&first.path);
            let run = rest.iter().take_while(|change| self::prefix(&change.path) == prefix).count();
            let (group, after) = rest.split_at(run);
            self.group(prefix.as_ref().filter(|_| group.len() > 1), group);
            rest = after;
        }
        self.footer(hidden);
        self.rows
    }

    fn group(&mut self, prefix: Option<&Path>, changes: &[&Change]) {
        let depth = if prefix.is_some() { 3 } else { 2 };
        if let Some(prefix) = prefix {
            let path = written(prefix, self.scope, self.style.full);
            self.rows.push(Row::new(2, None).plain(&path));
        }
        let (scope, full) = (self.scope, self.style.full);
        let written = |path: &Path| written(path, scope, full);
        let label = |change: &Change| match prefix {
            Some(prefix) => written(&change.path)[written(prefix).len()..].trim_start_matches('.').to_owned(),
            None => written(&change.path),
        };
        let aligned = self.aligned(changes.iter().map(|change| columns(&clean(&label(change)))));
        for change in changes {
            let Change { path: _, before, after, at } = change;
            let known = [before, after].map(|side| match side {
                Some(Shown::After(step)) => {
                    let target = self.plan.step(*step).map(|step| step.target.to_string()).unwrap_or_default();
                    format!("(known after {target})")
                }
                _ => String::new(),
            });
            let place = at.as_ref().map(|at| self.place(at)).unwrap_or_default();
            let line = Labelled { depth, label: &label(change), aligned, place: &place };
            self.change(&line, Side::shown(before.as_ref(), &known[0]), Side::shown(after.as_ref(), &known[1]));
        }
    }

    /// Values of a group begin in one column, as long as their paths are not too long for that.
    fn aligned(&self, labels: impl Iterator<Item = usize>) -> usize {
        labels.filter(|wide| *wide <= self.style.width / 2).max().unwrap_or(0)
    }

    /// Where something is written; the file alone where it is not the one that the heading names.
    fn place(&self, at: &Origin) -> String {
        let same = self.file == Some(at.file.as_str()) && !self.style.full;
        if same { format!(":{}:{}", at.line, at.column) } else { at.to_string() }
    }

    fn change(&mut self, line: &Labelled<'_>, before: Side<'_>, after: Side<'_>) {
        let scope = self.scope;
        let text = |side: Side<'_>| match side {
            Side::Nothing => String::new(),
            Side::Known(value) => value::written(value, scope, self.style.full),
            Side::After(text) => text.to_owned(),
        };
        match (before, after) {
            (Side::Known(old), Side::Known(new)) => {
                if is_simple(old) && is_simple(new) {
                    let [old, new] = value::both(old, new, scope, self.style.full);
                    let row = line.beside(&old, &new);
                    if fits(&row, self.style) {
                        return self.rows.push(row);
                    }
                }
                if let Some(inside) = inside::look(old, new, self.style.full) {
                    return self.inside(line, inside);
                }
                let [old, new] = value::both(old, new, scope, self.style.full);
                self.below(line, &old, &new);
            }
            (Side::Nothing, Side::Known(Value::String(lines))) if inside::is_text(lines) => {
                self.text(line, Sign::Add, lines);
            }
            (Side::Known(Value::String(lines)), Side::Nothing) if inside::is_text(lines) => {
                self.text(line, Sign::Remove, lines);
            }
            (Side::Nothing, side) => self.alone(line, Sign::Add, &text(side)),
            (side, Side::Nothing) => self.alone(line, Sign::Remove, &text(side)),
            (before, after) => {
                let row = line.beside(&text(before), &text(after));
                if fits(&row, self.style) { self.rows.push(row) } else { self.below(line, &text(before), &text(after)) }
            }
        }
    }

    /// Something that comes or goes.
    fn alone(&mut self, line: &Labelled<'_>, sign: Sign, text: &str) {
        let row = line.row(sign).then(text, sign.ink());
        if self.style.full || fits(&row, self.style) {
            return self.rows.push(row);
        }
        self.rows.push(Row::new(line.depth, Some(sign)).plain(line.label).at(line.place));
        let short = self.shortened(text, self.style.width.saturating_sub(2 * line.depth + 4));
        self.rows.push(Row::new(line.depth + 2, None).then(&short, sign.ink()));
    }

    /// What takes more columns when it is written out is cut as it is written out.
    fn shortened(&mut self, text: &str, room: usize) -> String {
        let text = clean(text);
        let short = value::cut(&text, room);
        self.cut += usize::from(short != text);
        short
    }

    /// Both values below their path.
    fn below(&mut self, line: &Labelled<'_>, old: &str, new: &str) {
        self.rows.push(Row::new(line.depth, Some(Sign::Change)).plain(line.label).at(line.place));
        let room = self.style.width.saturating_sub(2 * line.depth + 6);
        let [old, new] = [old, new].map(clean);
        let [short_old, short_new] =
            if self.style.full { [old.clone(), new.clone()] } else { value::cut_both(&old, &new, room) };
        self.cut += usize::from(short_old != old) + usize::from(short_new != new);
        self.rows.push(Row::new(line.depth + 2, Some(Sign::Remove)).then(&short_old, Ink::Bad));
        self.rows.push(Row::new(line.depth + 2, Some(Sign::Add)).then(&short_new, Ink::Good));
    }

    fn inside(&mut self, line: &Labelled<'_>, inside: Inside) {
        let head =
            |note: &str| Row::new(line.depth, Some(Sign::Change)).plain(line.label).then(note, Ink::Dim).at(line.place);
        match inside {
            Inside::Layout => self.rows.push(head("  the same JSON, laid out in another way")),
            Inside::Leaves { leaves, json } => {
                self.rows.push(head(if json { "  in its JSON" } else { "" }));
                let aligned = self.aligned(leaves.iter().map(|leaf| columns(&clean(&leaf.path))));
                for Leaf { path, before, after } in &leaves {
                    let inner = Labelled { depth: line.depth + 2, label: path, aligned, place: "" };
                    self.change(&inner, Side::known(before.as_ref()), Side::known(after.as_ref()));
                }
            }
            Inside::Lines(lines) => {
                self.rows.push(head(""));
                self.lines(line.depth + 2, lines);
            }
        }
    }

    /// A whole text of several lines.
    fn text(&mut self, line: &Labelled<'_>, sign: Sign, text: &str) {
        self.rows.push(Row::new(line.depth, Some(sign)).plain(line.label).at(line.place));
        let one = if sign == Sign::Add { TextLine::Come } else { TextLine::Gone };
        self.lines(line.depth + 2, inside::split(text).into_iter().map(one).collect());
    }

    fn lines(&mut self, depth: usize, lines: Vec<TextLine>) {
        let limit = if self.style.full { usize::MAX } else { LINES };
        self.left_out += lines.len().saturating_sub(limit);
        for line in lines.into_iter().take(limit) {
            let (sign, text, ink) = match line {
                TextLine::Same(text) => (None, text, Ink::Dim),
                TextLine::Gone(text) => (Some(Sign::Remove), text, Ink::Bad),
                TextLine::Come(text) => (Some(Sign::Add), text, Ink::Good),
                TextLine::Alike(count) => (None, format!("⋮ {count} lines are alike"), Ink::Dim),
            };
            // Without a sign the text stands where it stands with one.
            let text = if sign.is_none() { format!("  {text}") } else { text };
            let room = self.style.width.saturating_sub(2 * depth + 2);
            let short = if self.style.full { text } else { self.shortened(&text, room) };
            self.rows.push(Row::new(depth, sign).then(&short, ink));
        }
    }

    /// What is not shown is counted.
    fn footer(&mut self, fields: usize) {
        let count = |number: usize, what: &str| match number {
            0 => None,
            1 => Some(format!("1 more {what}")),
            _ => Some(format!("{number} more {what}s")),
        };
        let cut = match self.cut {
            0 => None,
            1 => Some("1 shortened".to_owned()),
            cut => Some(format!("{cut} shortened")),
        };
        let hidden: Vec<String> =
            [count(fields, "field"), count(self.left_out, "line"), cut].into_iter().flatten().collect();
        if !hidden.is_empty() {
            let text = format!("… {}: --full shows what is hidden", hidden.join(", "));
            self.rows.push(Row::new(2, None).then(&text, Ink::Dim));
        }
    }
}

/// The beginning of a change's row.
struct Labelled<'l> {
    depth: usize,
    label: &'l str,
    aligned: usize,
    place: &'l str,
}

impl Labelled<'_> {
    fn padded(&self) -> String {
        let label = clean(self.label);
        let gap = self.aligned.saturating_sub(columns(&label)) + 2;
        label + &" ".repeat(gap)
    }

    fn row(&self, sign: Sign) -> Row {
        Row::new(self.depth, Some(sign)).plain(&self.padded()).at(self.place)
    }

    fn beside(&self, old: &str, new: &str) -> Row {
        self.row(Sign::Change).then(old, Ink::Bad).then(" → ", Ink::Dim).then(new, Ink::Good)
    }
}

/// A path, with keys as values are shown.
fn written(path: &Path, scope: &Scope, full: bool) -> String {
    let shown = path.segments().iter().fold(Path::root(), |path, segment| match segment {
        Segment::Member(name) => path.member(name),
        Segment::Element(key) if full => path.element(key),
        Segment::Element(key) => path.element(&value::short(key, scope)),
    });
    shown.to_string()
}

/// What several changes may be inside of: a named element, or the map around a leaf.
fn prefix(path: &Path) -> Option<Path> {
    let segments = path.segments();
    if segments.len() < 3 {
        return None;
    }
    let mut prefix = Path::root();
    for segment in &segments[..segments.len() - 1] {
        match segment {
            Segment::Member(name) => prefix = prefix.member(name),
            Segment::Element(key) => return Some(prefix.element(key)),
        }
    }
    Some(prefix)
}

/// The name of a named element says nothing that its path does not say.
fn is_key_alone(change: &Change) -> bool {
    let Some((Segment::Member(last), [.., Segment::Element(key)])) = change.path.segments().split_last() else {
        return false;
    };
    let is_key = |side: &Option<Shown>| matches!(side, Some(Shown::Value(Value::String(name))) if name == key);
    last == "name" && [&change.before, &change.after].into_iter().all(|side| side.is_none() || is_key(side))
}

/// What is looked for first. Of what changes, variables come last: there are many, and few of them matter as much.
fn interest(path: &Path, creation: bool) -> usize {
    const FIRST: [&str; 11] = [
        "image",
        "taskRoleArn",
        "executionRoleArn",
        "secrets",
        "privileged",
        "taskDefinition",
        "cpu",
        "memory",
        "desiredCount",
        "portMappings",
        "command",
    ];
    let names =
        |name: &str| path.segments().iter().any(|segment| matches!(segment, Segment::Member(member) if member == name));
    let variable = if creation { FIRST.len() } else { FIRST.len() + 2 };
    let other = if names("environment") { variable } else { FIRST.len() + 1 };
    FIRST.iter().position(|name| names(name)).unwrap_or(other)
}
