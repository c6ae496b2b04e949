//! How the status looks: the table, the tree and the sheets of the planner's cases, as an on-call engineer reads them.

use std::fmt::Write as _;

use evenkeel::cloud::Closer;
use evenkeel::model::id::Commit;
use evenkeel::render::style::Style;
use evenkeel::render::{explain, table, tree};
use evenkeel::status::detail::{Applied, Detail};
use evenkeel::status::report::{Report, ResourceStatus, SourceState, report};

use super::{CASES, Case, case, golden};
use crate::golden::Golden;
use crate::support::looked;

/// One of everything that can be the matter.
const SHOWN: [&str; 17] = [
    "base",
    "broken-secret",
    "broken-service",
    "create-all",
    "failed-remembered",
    "image-changed",
    "log-option-rotated",
    "role-adopted",
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
    report(looked(desired, &look.observed, plan, &Closer::default()), &SourceState::default(), None)
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
fn a_commit_is_shown_as_short_for_a_revision_as_for_everything_else() {
    let mut report = report_of(case("base"));
    let now = report.last_pass.at.0;
    let commit = Commit::new("0123456789abcdef0123456789abcdef01234567");
    let definition = report.resources.iter_mut().find_map(|status| match &mut status.detail {
        Some(Detail::TaskDefinition(definition)) => Some((status.resource.clone(), definition)),
        _ => None,
    });
    let (id, definition) = definition.unwrap();
    definition.revisions[0].applied = Some(Applied { at: now.into(), commit: Some(commit) });
    let text = explain::explain(&report, report.find(&id).unwrap(), now, style(100));
    assert!(text.contains(", from commit 0123456\n"), "{text}");
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

#[test]
fn a_status_stays_within_its_width_unless_a_word_does_not() {
    for case in CASES.iter().step_by(5) {
        for width in [60, 80, 100, 140] {
            for line in shown(case, style(width)).lines() {
                let columns = unicode_width::UnicodeWidthStr::width(line);
                let longest = line.split_whitespace().map(str::len).max().unwrap_or(0);
                assert!(columns <= width || longest > 24, "{} at {width} has {columns} columns:\n{line}", case.name);
            }
        }
    }
}

#[test]
fn a_status_has_no_control_characters_and_colours_add_nothing_else() {
    for case in CASES.iter().step_by(5) {
        let plain = shown(case, style(100));
        assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{}", case.name);
        let painted = shown(case, Style { color: true, ..style(100) });
        let mut bare = String::new();
        let mut rest = painted.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            bare.push_str(before);
            rest = after.split_once('m').map_or("", |(_, after)| after);
        }
        assert_eq!(bare + rest, plain, "{}", case.name);
    }
}
