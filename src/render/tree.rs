//! The tree: what each service needs, and where the cause lies of what is not ready. The message stands at the root cause
//! alone; whoever waits for it only names it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::layout::lines;
use super::row::{Ink, Row, clean, columns};
use super::sheet::{Mark, is_root, scope, shortened};
use super::style::Style;
use crate::model::arn::Scope;
use crate::model::id::ResourceId;
use crate::status::detail::Detail;
use crate::status::report::{Report, ResourceStatus};

/// What stands before a resource and what it needs.
#[derive(Clone, Copy)]
struct Place<'p> {
    /// Before its own line.
    own: &'p str,
    /// Before everything below it.
    below: &'p str,
}

/// The trees of these resources; where nothing is chosen, of everything that nothing else needs.
pub fn tree(report: &Report, chosen: &[&ResourceStatus], style: Style) -> String {
    let needed: BTreeSet<&ResourceId> = report.resources.iter().flat_map(|status| &status.needs).collect();
    let tops: Vec<&ResourceStatus> = if chosen.is_empty() {
        let mut tops: Vec<_> = report.resources.iter().filter(|status| !needed.contains(&status.resource)).collect();
        // Services are what people ask about.
        tops.sort_by(|a, b| b.resource.kind.cmp(&a.resource.kind).then_with(|| a.resource.name.cmp(&b.resource.name)));
        tops
    } else {
        chosen.to_vec()
    };
    let mut drawing = Drawing { report, scope: scope(report), style, out: String::new() };
    for (number, top) in tops.into_iter().enumerate() {
        if number > 0 && !top.needs.is_empty() {
            drawing.out.push('\n');
        }
        drawing.draw(top, Place { own: "", below: "" }, &mut BTreeSet::new());
    }
    drawing.out
}

struct Drawing<'r> {
    report: &'r Report,
    scope: Scope,
    style: Style,
    out: String,
}

impl<'r> Drawing<'r> {
    fn draw(&mut self, status: &'r ResourceStatus, place: Place<'_>, above: &mut BTreeSet<&'r ResourceId>) {
        let mark = Mark::of(status);
        let ink = mark.ink();
        let root = is_root(self.report, status);
        let ready = status.ready();
        let revision = status.detail.as_ref().and_then(Detail::revision).unwrap_or_default();
        let mut row = Row { hang: columns(place.below) + 4, ..Row::new(0, None) };
        row = row.then(place.own, Ink::Dim).then(mark.sign(), ink).plain(" ");
        row = row.then(&status.resource.to_string(), Ink::Bold);
        if !revision.is_empty() {
            row = row.plain("  ").then(&shortened(revision, &self.scope, self.style), Ink::Dim);
        }
        if let Some(ready) = ready.filter(|_| !status.is_ready()) {
            row = row.plain("  ").then(ready.reason.as_str(), ink);
            if let Some(root) = &status.root {
                row = row.plain(&format!(" {root}"));
            }
        }
        if root {
            row = row.plain("  ").then("◄ root cause", Ink::Bad);
        }
        self.out.push_str(&lines(&row, self.style));
        let mut children: Vec<&'r ResourceStatus> = Vec::new();
        if above.insert(&status.resource) {
            children.extend(status.needs.iter().filter_map(|need| self.report.find(need)));
        }
        if let Some(ready) = ready.filter(|_| !status.is_ready() && status.root.is_none()) {
            let bar = if children.is_empty() { "  " } else { "│ " };
            let before = format!("{}{bar}  ", place.below);
            self.text(&before, &ready.message, Ink::Plain);
            if root && !ready.reason.advice().is_empty() {
                self.text(&before, &format!("what to do: {}", ready.reason.advice()), Ink::Calm);
            }
        }
        let last = children.len().saturating_sub(1);
        for (number, child) in children.into_iter().enumerate() {
            let [own, below] = if number == last { ["└─ ", "   "] } else { ["├─ ", "│  "] };
            let [own, below] = [own, below].map(|end| format!("{}{end}", place.below));
            self.draw(child, Place { own: &own, below: &below }, above);
        }
        above.remove(&status.resource);
    }

    /// A text in lines that keep the tree's own lines at their left.
    fn text(&mut self, before: &str, text: &str, ink: Ink) {
        let width = self.style.width.saturating_sub(columns(before)).max(20);
        let row = Row::new(0, None).flush().then(&shortened(text, &self.scope, self.style), ink);
        for line in lines(&row, Style { width, ..self.style }).lines() {
            let _ = writeln!(self.out, "{}{line}", self.style.dim(clean(before)));
        }
    }
}
