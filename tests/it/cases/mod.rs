//! The planner's cases: manifests and a world, and the plan that follows. `tests/cases/README.md` says how to write one.

mod edit;
mod fixture;
mod linter;
mod load;
mod marks;
mod observer;
mod orphans;
mod print;

use std::collections::BTreeSet;

use evenkeel::plan::check::check;

use crate::golden::Golden;

pub(crate) use load::{CASES, Case};

#[test]
fn every_case_has_the_plan_that_was_agreed_on() {
    let mut golden = Golden::new();
    for case in CASES.iter() {
        golden.check(&case.name, &case.folder.join("plan.txt"), &print::plan_of(case));
    }
    golden.finish();
}

#[test]
fn a_mark_that_tells_of_the_versions_in_force_changes_no_plan() {
    for case in CASES.iter() {
        let mut observed = case.look.observed.clone();
        marks::tell(&mut observed);
        assert_eq!(evenkeel::plan::plan(&case.desired, &observed), case.plan, "{}", case.name);
    }
}

#[test]
fn no_question_of_a_case_is_left_open() {
    for case in CASES.iter() {
        assert_eq!(case.look.open, BTreeSet::new(), "{}", case.name);
    }
}

#[test]
fn no_plan_of_a_case_breaks_a_rule_of_plans() {
    let mut golden = Golden::new();
    for case in CASES.iter() {
        for finding in check(&case.desired, &case.look.observed, &case.plan) {
            golden.wrong(&case.name, &finding.to_string());
        }
    }
    golden.finish();
}
