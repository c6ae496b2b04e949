//! How the status looks: the table, the tree and the sheets of the planner's cases, as an on-call engineer reads them.

use std::fmt::Write as _;

use evenkeel::cloud::Closer;
use evenkeel::render::style::Style;
use evenkeel::render::{explain, table, tree};
use evenkeel::status::report::{Pass, Report, ResourceStatus, SourceState, report};

use super::{Case, case, golden};
use crate::golden::Golden;

/// One of everything that can be the matter.
const SHOWN: [&str; 16] = [
    "base",
    "broken-secret",
    "broken-service",
    "create-all",
    "failed-remembered",
    "image-changed",
    "log-option-rotated",
    "role-unreadable",
    "role-widen",
    "rollout-same",
    "rotate-hold",
    "rotate-version-id",
    "secret-pending-deletion",
    "service-drift-detect",
    "service-suspended",
    "wave-waits",
];

fn report_of(case: &Case) -> Report {
    let Case { desired, look, plan, .. } = case;
    let pass = Pass { desired, observed: &look.observed, plan, execution: None, closer: &Closer::default() };
    report(pass, &SourceState::default(), None)
}

/// Everything that the three verbs show of a case.
fn shown(case: &Case, style: Style) -> String {
    let report = report_of(case);
    let all: Vec<&ResourceStatus> = report.resources.iter().collect();
    let now = case.look.observed.at;
    let mut out = table::table(&report, &all, now, style);
    for line in table::summary(&report, &all, style) {
        let _ = writeln!(out, "{line}");
    }
    let _ = write!(out, "\n{}", tree::tree(&report, &[], style));
    for status in all {
        let _ = write!(out, "\n{}", explain::explain(&report, status, now, style));
    }
    out
}

fn style(width: usize) -> Style {
    Style { color: false, width, full: false }
}

#[test]
fn the_status_of_cases_reads_as_agreed_on() {
    let mut all = Golden::new();
    for name in SHOWN {
        let file = format!("{name}.status.txt");
        all.check(&file, &golden(&file), &shown(case(name), style(100)));
    }
    let narrow = shown(case("failed-remembered"), style(60));
    all.check("failed-remembered at 60", &golden("failed-remembered.status.60.txt"), &narrow);
    all.finish();
}
