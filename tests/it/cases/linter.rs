//! The linter of plans finds what is planted: plans are held against worlds that they were not made for.

use std::collections::BTreeSet;

use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Kind, ResourceId};
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::plan::check::{Finding, check};
use evenkeel::plan::step::{Plan, Step};

use super::{CASES, Case};

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"))
}

/// What is found where the plan of one case meets the world of another, changed a little.
fn found(plan_of: &str, change: impl FnOnce(&mut Observed)) -> Vec<String> {
    let case = case(plan_of);
    let mut observed = case.look.observed.clone();
    change(&mut observed);
    check(&case.desired, &observed, &case.plan).iter().map(ToString::to_string).collect()
}

fn only<T>(map: &mut std::collections::BTreeMap<evenkeel::model::id::Name, Seen<T>>) -> &mut Seen<T> {
    map.values_mut().next().expect("the base has one of each")
}

fn present<T>(seen: &mut Seen<T>) -> &mut T {
    match seen {
        Seen::Present(thing) => thing,
        Seen::Absent | Seen::Unreadable(_) => panic!("nothing is there"),
    }
}

#[test]
fn a_step_for_something_unreadable_is_found() {
    let found = found("count-drift", |world| *only(&mut world.services) = Seen::Unreadable("throttled".into()));
    assert_eq!(found, ["step 1 is for something that could not be read"]);
}

#[test]
fn taking_away_what_an_old_revision_needs_is_found() {
    let in_use = &case("role-narrow-in-use").look.observed;
    let found = found("role-narrow", |world| {
        world.in_use.clone_from(&in_use.in_use);
        world.revisions.clone_from(&in_use.revisions);
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("shop-web:6: Allow secretsmanager:GetSecretValue"), "{found:?}");
}

#[test]
fn taking_anything_away_without_knowing_what_is_in_use_is_found() {
    let found = found("role-narrow", |world| world.in_use.clear());
    assert_eq!(found, ["step 1 takes away what is in use: nobody knows what is in use"]);
}

#[test]
fn a_registration_that_could_not_start_is_found() {
    let found = found("image-changed", |world| present(only(&mut world.roles)).inline.clear());
    assert!(found.iter().any(|text| text.contains("cannot start without")), "{found:?}");
}

#[test]
fn a_deployment_that_does_not_wait_for_iam_is_found() {
    let case = case("role-widen-at-once");
    let mut desired = case.desired.clone();
    desired.policy.settle = std::time::Duration::from_secs(15);
    let found = check(&desired, &case.look.observed, &case.plan);
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["step 3 starts tasks before IAM has spread their permissions"]
    );
}

#[test]
fn deleting_more_than_may_go_is_found_also_where_most_of_it_waits_for_the_rest() {
    let case = case("prune-chain");
    let of = |max_millionths| {
        let mut desired = case.desired.clone();
        desired.policy.prune.max_millionths = max_millionths;
        check(&desired, &case.look.observed, &case.plan).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    // A service, a family, a role and a secret, of seven things.
    assert_eq!(of(572_000), [""; 0]);
    let found = of(571_000);
    assert!(
        found.iter().any(|text| text.contains("step 1 deletes what must stay: it is too large a part")),
        "{found:?}"
    );
}

#[test]
fn deleting_anything_while_files_may_be_on_their_way_is_found() {
    for (name, step) in [("prune-chain", 1), ("keep-revisions", 1)] {
        let case = case(name);
        let desired = Desired { unsettled: true, ..case.desired.clone() };
        let found = check(&desired, &case.look.observed, &case.plan);
        let wanted = format!("step {step} deletes what must stay: manifests may still be on their way");
        assert!(found.iter().any(|finding| finding.to_string() == wanted), "{name}: {found:?}");
    }
}

#[test]
fn an_empty_plan_forgets_whatever_the_real_one_does_something_about() {
    let mut missed = Vec::new();
    for case in CASES.iter().filter(|case| case.desired.only.is_none()) {
        let empty = check(&case.desired, &case.look.observed, &Plan::default());
        let forgotten: BTreeSet<&ResourceId> = empty
            .iter()
            .filter_map(|finding| if let Finding::Forgotten(resource) = finding { Some(resource) } else { None })
            .collect();
        // A task definition is wanted by its services, and what a role has too much of is no lack.
        let owed = case.plan.steps().filter(|(_, step)| step.target.kind != Kind::TaskDefinition);
        let takes = |step: &Step| step.changes.iter().all(|change| change.after.is_none());
        let owed = owed.filter(|(_, step)| step.target.kind != Kind::ExecutionRole || !takes(step));
        let owed = owed.filter(|(_, step)| step.why.reason() != "NoLongerDesired");
        // A version that the plan itself makes is no lack of the world, nor is what follows from it.
        let makes = case.plan.steps().any(|(_, step)| step.target.kind == Kind::Secret);
        let owed = owed.filter(|(_, step)| !(makes && step.why.reason() == "SecretRotated"));
        missed.extend(
            owed.filter(|(_, step)| !forgotten.contains(&step.target))
                .map(|(_, step)| format!("{}: {}", case.name, step.target)),
        );
    }
    assert_eq!(missed, Vec::<String>::new());
}
