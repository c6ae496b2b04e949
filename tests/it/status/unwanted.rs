//! What is in no manifest any more is no resource of a report, and is named by it all the same.

use std::collections::BTreeSet;

use evenkeel::cloud::Closer;
use evenkeel::model::observed::Observed;
use evenkeel::render::style::Style;
use evenkeel::render::table;
use evenkeel::status::report::{Pass, Report, ResourceStatus, SourceState, report};

use crate::cases::{CASES, Case};

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"))
}

fn of(case: &Case, observed: &Observed, before: Option<&Report>) -> Report {
    looked(case, observed, true, before)
}

fn looked(case: &Case, observed: &Observed, full: bool, before: Option<&Report>) -> Report {
    let plan = evenkeel::plan::plan(&case.desired, observed);
    let pass =
        Pass { desired: &case.desired, observed, plan: &plan, execution: None, full, closer: &Closer::default() };
    report(pass, &SourceState::default(), before)
}

fn unwanted(report: &Report) -> Vec<String> {
    report.unwanted.iter().map(|unwanted| format!("{} {}", unwanted.resource, unwanted.reason)).collect()
}

#[test]
fn what_nobody_wants_is_named_with_why_it_is_there() {
    for (name, expected) in [
        (
            "prune-off",
            &[
                "Secret/legacy PruneOff",
                "ExecutionRole/old PruneOff",
                "TaskDefinition/old PruneOff",
                "Service/old PruneOff",
            ] as &[&str],
        ),
        (
            "prune-over-fraction",
            &[
                "Secret/legacy ForbiddenByPolicy",
                "ExecutionRole/old ForbiddenByPolicy",
                "TaskDefinition/old ForbiddenByPolicy",
                "Service/old ForbiddenByPolicy",
            ],
        ),
        ("base", &[]),
        ("broken-service", &[]),
    ] {
        let case = case(name);
        assert_eq!(unwanted(&of(case, &case.look.observed, None)), expected, "{name}");
    }
    for case in CASES.iter() {
        let report = of(case, &case.look.observed, None);
        let named: BTreeSet<_> = report.unwanted.iter().map(|unwanted| &unwanted.resource).collect();
        assert!(report.resources.iter().all(|status| !named.contains(&status.resource)), "{}", case.name);
        assert!(case.plan.left().iter().all(|left| named.contains(&left.target)), "{}", case.name);
        assert!(report.unwanted.iter().all(|unwanted| !unwanted.message.is_empty()), "{}", case.name);
    }
}

#[test]
fn what_is_deleted_is_named_until_it_is_gone() {
    let case = case("prune-chain");
    let all = unwanted(&of(case, &case.look.observed, None));
    assert!(all.contains(&"Service/old NoLongerDesired".to_owned()), "{all:?}");
    assert!(all.iter().any(|line| line.starts_with("ExecutionRole/old ")), "{all:?}");
}

#[test]
fn a_look_that_does_not_look_for_it_forgets_nothing() {
    let case = case("prune-off");
    let full = of(case, &case.look.observed, None);
    let sweep = Observed { inventory: None, ..case.look.observed.clone() };
    assert_eq!(looked(case, &sweep, false, Some(&full)).unwanted, full.unwanted);
    assert_eq!(looked(case, &sweep, false, None).unwanted, []);
}

/// Nothing says any more that it is there.
#[test]
fn a_look_that_looks_for_it_in_vain_says_nothing_old_and_a_sweep_not_what_has_a_manifest_again() {
    let case = case("prune-off");
    let mut full = of(case, &case.look.observed, None);
    let blind = Observed { inventory: None, ..case.look.observed.clone() };
    assert_eq!(looked(case, &blind, true, Some(&full)).unwanted, []);
    let wanted_again = full.resources[0].resource.clone();
    full.unwanted[0].resource = wanted_again;
    assert_eq!(looked(case, &blind, false, Some(&full)).unwanted, full.unwanted[1..]);
}

#[test]
fn the_summary_of_everything_names_it_and_that_of_something_else_does_not() {
    let case = case("prune-off");
    let report = of(case, &case.look.observed, None);
    let all: Vec<&ResourceStatus> = report.resources.iter().collect();
    let summary = |chosen: &[&ResourceStatus]| {
        let lines = table::summary(&report, chosen, Style::plain());
        lines.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ")
    };
    assert!(
        summary(&all).contains(
            "in no manifest any more: Secret/legacy, ExecutionRole/old, TaskDefinition/old, Service/old (PruneOff)"
        ),
        "{}",
        summary(&all)
    );
    assert!(!summary(&all[..1]).contains("in no manifest"));
}

#[test]
fn the_summary_names_what_a_manifest_named_before_with_that_manifest() {
    let case = case("service-cluster-changed");
    let report = of(case, &case.look.observed, None);
    let heirs: Vec<_> = report.unwanted.iter().filter_map(|unwanted| unwanted.heir.as_ref()).collect();
    assert_eq!(heirs.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Service/web"]);
    let all: Vec<&ResourceStatus> = report.resources.iter().collect();
    let lines = table::summary(&report, &all, Style::plain());
    let summary = lines.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ");
    let told =
        "Service/shop-web is the service shop-web in the cluster shop, which Service/web named before, and stays";
    assert!(summary.contains(told) && !summary.contains("in no manifest"), "{summary}");
}

/// The inventory may be minutes old.
#[test]
fn what_a_manifest_named_before_is_told_by_the_things_own_tags() {
    let case = case("service-cluster-changed");
    let mut observed = case.look.observed.clone();
    let heirs = |observed: &Observed| {
        let plan = evenkeel::plan::plan(&case.desired, observed);
        plan.left().iter().map(|left| left.heir.as_ref().map(ToString::to_string)).collect::<Vec<_>>()
    };
    assert_eq!(heirs(&observed), [Some("Service/web".to_owned())]);
    observed.inventory.as_mut().unwrap().owned.values_mut().for_each(|stated| *stated = None);
    assert_eq!(heirs(&observed), [Some("Service/web".to_owned())]);
}
