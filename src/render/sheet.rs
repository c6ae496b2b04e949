//! A sheet on one resource: labels at the left, what is said at the right. And what is common to everything that shows a
//! status: marks and short texts.

use super::layout::lines;
use super::row::{Ink, Row};
use super::style::Style;
use super::value::{cut, short};
use crate::model::arn::Scope;
use crate::model::id::Partition;
use crate::status::condition::{ConditionType, Truth};
use crate::status::reason::Reason;
use crate::status::report::{Report, ResourceStatus};

/// Columns of the labels.
const LABEL: usize = 14;

/// The longest text that is shown whole: ECS's own words can be a page.
const LONGEST: usize = 600;

/// A sheet in the making.
pub(super) struct Sheet<'r> {
    pub(super) out: String,
    pub(super) style: Style,
    pub(super) report: &'r Report,
    scope: Scope,
    last: String,
}

impl<'r> Sheet<'r> {
    pub(super) fn new(report: &'r Report, style: Style) -> Self {
        Self { out: String::new(), style, report, scope: scope(report), last: String::new() }
    }

    /// A line of its own.
    pub(super) fn row(&mut self, row: &Row) {
        self.out.push_str(&lines(row, self.style));
        self.last.clear();
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.out.push('\n');
        self.last.clear();
    }

    /// A labelled line; a label that was said just before is not said again.
    pub(super) fn say(&mut self, label: &str, text: &str) {
        self.say_in(label, text, Ink::Plain);
    }

    /// The same, in a colour.
    pub(super) fn say_in(&mut self, label: &str, text: &str, ink: Ink) {
        let shown = if self.last == label { "" } else { label };
        // What is said of the line before stands a little further in, and so does its end.
        let inner = text.len() - text.trim_start().len();
        let row = Row { hang: LABEL + inner, ..Row::new(1, None) };
        let row = row.then(&format!("{shown:<LABEL$}"), Ink::Dim).then(&self.short(text), ink);
        self.out.push_str(&lines(&row, self.style));
        label.clone_into(&mut self.last);
    }

    /// A text as it is shown here.
    pub(super) fn short(&self, text: &str) -> String {
        shortened(text, &self.scope, self.style)
    }
}

/// Where the report is about; ARNs of here are written by their resource.
pub(super) fn scope(report: &Report) -> Scope {
    Scope { partition: Partition::new("aws"), account: report.account.clone(), region: report.region.clone() }
}

/// A text with what everyone knows left out of its ARNs and version ids.
pub(super) fn shortened(text: &str, scope: &Scope, style: Style) -> String {
    shortened_to(text, LONGEST, scope, style)
}

/// The same, cut where it is longer than this.
pub(super) fn shortened_to(text: &str, longest: usize, scope: &Scope, style: Style) -> String {
    if style.full {
        return text.to_owned();
    }
    // Punctuation after an ARN is not part of it.
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', ';', '.', ')', ':']);
        short(bare, scope) + &word[bare.len()..]
    };
    cut(&text.split(' ').map(word).collect::<Vec<_>>().join(" "), longest)
}

/// How a resource is, at a glance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Ready,
    UnderWay,
    OutOfDate,
    NotReady,
    Unknown,
}

impl Mark {
    pub(super) const ALL: [Self; 5] = [Self::Ready, Self::UnderWay, Self::OutOfDate, Self::NotReady, Self::Unknown];

    pub(super) fn of(status: &ResourceStatus) -> Self {
        let is = |kind| status.condition(kind).is_some();
        match status.ready() {
            Some(ready) if ready.status == Truth::True => Self::Ready,
            _ if is(ConditionType::Stalled) => Self::NotReady,
            _ if is(ConditionType::Reconciling) => Self::UnderWay,
            Some(ready) if ready.reason.is_of_a_step() || ready.reason == Reason::WaitingForSource => Self::OutOfDate,
            Some(ready) if ready.status == Truth::False => Self::NotReady,
            _ => Self::Unknown,
        }
    }

    /// The first character of its line, which says what the colour says too.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Ready => "✓",
            Self::UnderWay => "~",
            Self::OutOfDate => "*",
            Self::NotReady => "✗",
            Self::Unknown => "?",
        }
    }

    pub(super) fn ink(self) -> Ink {
        match self {
            Self::Ready => Ink::Good,
            Self::UnderWay | Self::OutOfDate | Self::Unknown => Ink::Warn,
            Self::NotReady => Ink::Bad,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::UnderWay => "under way",
            Self::OutOfDate => "out of date",
            Self::NotReady => "not ready",
            Self::Unknown => "unknown",
        }
    }
}

/// Is it here that something has to be done, or waited for, before anything else gets ready?
pub(super) fn is_root(report: &Report, status: &ResourceStatus) -> bool {
    let waited_for = || report.resources.iter().any(|other| other.root.as_ref() == Some(&status.resource));
    let own = !status.is_ready() && status.root.is_none();
    own && (Mark::of(status) == Mark::NotReady || waited_for())
}
