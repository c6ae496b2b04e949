//! How a rollout failed, as a type: of the planner's cases, and of what ECS says.

use evenkeel::cloud::Closer;
use evenkeel::model::failure::{Failure, How};
use evenkeel::model::service::ServiceDeployment;
use evenkeel::model::time::Timestamp;
use evenkeel::status::reason::Reason;
use evenkeel::status::report::{SourceState, report};
use serde_json::json;

use crate::cases::CASES;
use crate::support::looked;

/// What the report says of the first service whose rollout failed, and when that rollout began before the look, in minutes.
fn of_case(name: &str) -> (How, Option<u64>) {
    let case = CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"));
    let observed = &case.look.observed;
    let closer = Closer::default();
    let pass = looked(&case.desired, observed, &case.plan, &closer);
    let report = report(pass, &SourceState::default(), None);
    let failed = |reason| reason == Reason::RolloutFailed;
    let status = report.resources.iter().find(|status| failed(status.ready().unwrap().reason)).unwrap();
    let Failure { how, began } = status.failure.unwrap();
    (how, began.map(|began| observed.at.since(began).as_secs() / 60))
}

#[test]
fn a_hold_says_how_the_rollout_failed_and_which_it_was() {
    for (case, expected) in [
        ("failed-remembered", (How::CircuitBreaker, Some(20))),
        ("failed-retry-exhausted", (How::CircuitBreaker, Some(10))),
        ("failed-in-place", (How::CircuitBreaker, None)),
        ("rollout-overdue-first", (How::Overdue, None)),
        ("rollout-overdue-stopping", (How::Overdue, Some(16))),
        ("rollout-overdue-unreadable", (How::Overdue, None)),
    ] {
        assert_eq!(of_case(case), expected, "{case}");
    }
}

#[test]
fn only_what_failed_has_a_failure() {
    for case in CASES.iter() {
        let closer = Closer::default();
        let pass = looked(&case.desired, &case.look.observed, &case.plan, &closer);
        for status in report(pass, &SourceState::default(), None).resources {
            let failed = status.ready().unwrap().reason == Reason::RolloutFailed;
            assert_eq!(status.failure.is_some(), failed, "{}: {}", case.name, status.resource);
        }
    }
}

fn historic(status: &str, reason: Option<&str>, triggered: bool) -> ServiceDeployment {
    serde_json::from_value(json!({
        "arn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/1",
        "status": status,
        "reason": reason,
        "createdAt": Timestamp::from_millis(60_000),
        "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:2",
        "triggered": triggered,
    }))
    .unwrap()
}

#[test]
fn a_deployment_of_the_history_failed_as_ecs_says() {
    let breaker = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
    for (status, reason, triggered, how) in [
        ("ROLLBACK_SUCCESSFUL", Some(breaker), true, How::CircuitBreaker),
        ("STOPPED", Some("Stopped because the circuit breaker threshold was exceeded."), true, How::CircuitBreaker),
        ("ROLLBACK_FAILED", Some("No rollback candidate was found to run the rollback."), true, How::CircuitBreaker),
        ("ROLLBACK_SUCCESSFUL", Some("an alarm was triggered (alarm shop-5xx)"), true, How::Alarm),
        ("ROLLBACK_SUCCESSFUL", Some("Service deployment rolled back because of a request."), false, How::RolledBack),
        ("ROLLBACK_SUCCESSFUL", None, false, How::RolledBack),
        ("IN_PROGRESS", None, false, How::Overdue),
    ] {
        let failure = Failure::of(&historic(status, reason, triggered));
        assert_eq!(failure, Failure { how, began: Some(Timestamp::from_millis(60_000)) }, "{status} {reason:?}");
    }
}

/// What is in force fails before anyone has looked at the history, and is the same failure afterwards.
#[test]
fn what_failed_in_place_is_told_apart_by_the_newest_deployment() {
    let (nothing, breaker) = (Failure::in_place(None), Failure::in_place(Some("ECS deployment circuit breaker: …")));
    for (failure, status, triggered, how) in [
        (nothing, "ROLLBACK_FAILED", true, How::CircuitBreaker),
        (nothing, "ROLLBACK_FAILED", false, How::RolledBack),
        (nothing, "IN_PROGRESS", false, How::Failed),
        (breaker, "STOPPED", false, How::CircuitBreaker),
        (Failure::overdue(), "IN_PROGRESS", false, How::Overdue),
        (Failure::overdue(), "ROLLBACK_REQUESTED", false, How::Overdue),
        (Failure::overdue(), "ROLLBACK_SUCCESSFUL", true, How::CircuitBreaker),
    ] {
        let told = failure.told_by(&historic(status, None, triggered));
        assert_eq!(told, Failure { how, began: Some(Timestamp::from_millis(60_000)) }, "{failure:?} {status}");
    }
    let old = historic("SUCCESSFUL", None, false);
    assert_eq!(breaker.told_by(&old), breaker, "the history does not know it yet");
}

#[test]
fn names_of_failures_are_those_of_the_documentation() {
    let page = std::fs::read_to_string("docs/operations.md").unwrap();
    let row = page.lines().find(|line| line.starts_with("| `evenkeel_rollout_failures_total{")).unwrap();
    for how in [How::CircuitBreaker, How::Alarm, How::Overdue, How::RolledBack, How::Failed] {
        assert!(row.contains(&format!("`{}`", how.as_str())), "{how:?}");
    }
}
