//! Every set-up: found before it fails, or left alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use evenkeel::preflight::finding::{Code, Finding, Report, Severity};

use super::case::{Case, all, root};
use super::deployment::{Outcome, deploy};
use super::{preflight, setting};
use crate::golden::Golden;
use crate::support::lab::{in_virtual_time, manifests};

#[test]
fn every_broken_set_up_is_found_before_it_fails_and_no_healthy_one_is() {
    let cases = all();
    let mut golden = Golden::new();
    let (mut found, mut healthy, mut open) = (0, 0, 0);
    for (name, case) in &cases {
        let (report, outcome) = in_virtual_time(async {
            let lab = setting::up(&case.world).await;
            let desired = manifests(&setting::filled(&lab, &case.manifests()));
            let report = preflight(&lab, &desired, case.values).await;
            let outcome = deploy(&lab, &desired, case.applied).await;
            (report, outcome)
        });
        let wrong = judge(case, &report, &outcome);
        if !wrong.is_empty() {
            golden.wrong(name, &format!("{}\n{}", wrong.join("\n"), text(&report, &outcome)));
        }
        found += usize::from(case.broken.is_some());
        healthy += usize::from(case.healthy.is_some());
        open += usize::from(case.open.is_some());
        golden.check(name, &root().join(name).join("expected.txt"), &text(&report, &outcome));
    }
    golden.finish();
    assert!(found >= 30 && healthy >= 10 && open >= 5, "{found} broken, {healthy} healthy, {open} open");
}

/// Everything that is not as the set-up says.
fn judge(case: &Case, report: &Report, outcome: &Outcome) -> Vec<String> {
    let mut wrong = Vec::new();
    let errors: BTreeSet<&str> = report.findings.iter().map(|finding| finding.code.as_str()).collect();
    let expected: BTreeSet<&str> = case.finds.iter().map(String::as_str).collect();
    if errors != expected {
        wrong.push(format!("found {errors:?} instead of {expected:?}"));
    }
    if [&case.broken, &case.healthy, &case.open].into_iter().flatten().count() != 1 {
        wrong.push("a set-up is broken, healthy or open".to_owned());
    }
    if case.open.is_some() != case.whether.is_some() {
        wrong.push("what is open?".to_owned());
    }
    if let Some(words) = &case.whether
        && !report.unverified.iter().any(|open| !open.unreadable && open.what.contains(words))
    {
        wrong.push(format!("nothing open says `{words}`"));
    }
    match &case.says {
        Some(words) if words.is_empty() => {
            let only_found = outcome.said.is_empty() && report.has_errors();
            wrong.extend((!only_found).then(|| "ECS says nothing, so it must be found as an error".to_owned()));
        }
        Some(words) => {
            if !outcome.said.iter().any(|said| said.contains(words)) {
                wrong.push(format!("the deployment does not say `{words}`"));
            }
            if !report.findings.iter().any(|finding| finding.ecs.contains(words)) {
                wrong.push(format!("no finding says `{words}`"));
            }
        }
        None if case.broken.is_some() => wrong.push("what does ECS say?".to_owned()),
        None => {}
    }
    if case.healthy.is_some() && (!outcome.runs || !outcome.said.is_empty()) {
        wrong.push("it does not run".to_owned());
    }
    if case.broken.is_some() && outcome.runs != case.runs {
        wrong.push(format!("it {}", if outcome.runs { "runs" } else { "does not run" }));
    }
    if report.is_incomplete() {
        wrong.push("something could not be read".to_owned());
    }
    wrong.extend(
        report
            .findings
            .iter()
            .filter(|finding| finding.site.at.is_none())
            .map(|finding| format!("{} has no place in a file", finding.code.as_str())),
    );
    wrong
}

fn text(report: &Report, outcome: &Outcome) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let Finding { site, code, message, ecs, help, planned, also: _ } = finding;
        let at = site.at.as_ref().map(ToString::to_string).unwrap_or_default();
        let planned = if *planned { ", as the next apply makes it" } else { "" };
        writeln!(
            out,
            "{} at {at} ({}{planned})\n  {message}\n  ECS:  {ecs}\n  help: {help}",
            code.as_str(),
            site.resource
        )
        .unwrap();
    }
    for open in &report.unverified {
        let mark = if open.unreadable { "unreadable" } else { "open" };
        writeln!(out, "{mark}: {}: {}", open.what, open.why).unwrap();
    }
    writeln!(out, "deployed: {}", if outcome.runs { "runs" } else { "does not run" }).unwrap();
    for said in &outcome.said {
        writeln!(out, "  {said}").unwrap();
    }
    out
}

#[test]
fn every_code_is_found_in_some_set_up_and_described() {
    let page =
        std::fs::read_to_string(root().parent().unwrap().parent().unwrap().join("docs/spec/Findings.md")).unwrap();
    let found: BTreeSet<String> = all().into_iter().flat_map(|(_, case)| case.finds).collect();
    for code in Code::ALL {
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let row = format!("| `{}` | {severity} |", code.as_str());
        assert!(page.contains(&row), "docs/spec/Findings.md has no row that begins with {row}");
        assert!(found.contains(code.as_str()), "no set-up finds {}", code.as_str());
    }
}

#[test]
fn what_a_finding_says_of_ecs_begins_as_the_page_has_it() {
    let page = include_str!("../../../docs/spec/Findings.md");
    let mut wrong = Vec::new();
    let mut judged = BTreeSet::new();
    for (name, _) in all() {
        let expected = std::fs::read_to_string(root().join(&name).join("expected.txt")).unwrap();
        let mut code = "";
        for line in expected.lines() {
            if let Some((first, _)) = line.split_once(" at ").filter(|_| !line.starts_with(' ')) {
                code = first;
            }
            let Some(said) = line.strip_prefix("  ECS:  ") else { continue };
            let row = page.lines().find(|row| row.starts_with(&format!("| `{code}` |")));
            let column = row.and_then(|row| row.trim_end_matches(" |").rsplit(" | ").next()).unwrap_or_default();
            let mut words: Vec<&str> = column.split('`').skip(1).step_by(2).collect();
            if words.is_empty() {
                words.push(column);
            }
            judged.insert(code.to_owned());
            if !words.iter().any(|words| !words.is_empty() && begins(said, words)) {
                wrong.push(format!("{name}: {code} is {column}, and ECS says {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(judged, all, "each code is met with ECS's words");
}

/// Does it begin with these words, where `…` stands for any?
fn begins(said: &str, words: &str) -> bool {
    let mut parts = words.split('…').map(str::trim);
    let Some(mut rest) = said.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    parts.all(|part| rest.split_once(part).map(|(_, after)| rest = after).is_some())
}
