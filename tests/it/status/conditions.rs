//! Conditions and histories over the planner's cases: what must hold of every one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use evenkeel::cloud::fault::{Fault, FaultKind};
use evenkeel::cloud::{Closer, Execution, Outcome, Receipt};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Commit, ResourceId};
use evenkeel::model::observed::Observed;
use evenkeel::plan::step::{Plan, StepId};
use evenkeel::status::condition::{Condition, ConditionType, Truth};
use evenkeel::status::history::{KEPT, Outcomes};
use evenkeel::status::reason::Reason;
use evenkeel::status::report::{Pass, Report, ResourceStatus, SourceState, report};

use crate::cases::{CASES, Case};
use crate::support::looked;

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"))
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

fn of(
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
    execution: Option<&Execution>,
    before: Option<&Report>,
) -> Report {
    let closer = Closer::default();
    let pass = Pass { execution, ..looked(desired, observed, plan, &closer) };
    report(pass, &SourceState::default(), before)
}

/// A look at a case, so long after its own time, following another report.
fn look(case: &Case, later: Duration, before: Option<&Report>) -> Report {
    let mut observed = case.look.observed.clone();
    observed.at = observed.at + later;
    let plan = evenkeel::plan::plan(&case.desired, &observed);
    of(&case.desired, &observed, &plan, None, before)
}

/// The plan of a case, carried out with the same outcome of every step that is not deferred.
fn carried_out(case: &Case, outcome: impl Fn(StepId) -> Outcome, before: Option<&Report>) -> Report {
    let mut execution = Execution::default();
    for (id, step) in case.plan.steps() {
        let outcome = if step.deferred.is_some() { Outcome::Deferred } else { outcome(id) };
        execution.outcomes.insert(id, outcome);
    }
    of(&case.desired, &case.look.observed, &case.plan, Some(&execution), before)
}

fn done(_: StepId) -> Outcome {
    Outcome::Done(Receipt::default())
}

fn denied(_: StepId) -> Outcome {
    Outcome::Failed(Fault {
        kind: FaultKind::Denied,
        operation: "ecs:UpdateService".into(),
        code: Some("AccessDeniedException".into()),
        message: Some("no".into()),
        request_id: None,
        identity: None,
        before: Vec::new(),
        mark: false,
    })
}

fn ready<'r>(report: &'r Report, resource: &str) -> &'r Condition {
    report.find(&id(resource)).unwrap().ready().unwrap()
}

/// What no status may ever say.
fn assert_consistent(name: &str, status: &ResourceStatus) {
    let ResourceStatus { resource, conditions, root, until, .. } = status;
    let place = format!("{name}: {resource}: {conditions:#?}");
    let kinds: Vec<ConditionType> = conditions.iter().map(|condition| condition.kind).collect();
    assert_eq!(kinds.first(), Some(&ConditionType::Ready), "{place}");
    assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len(), "twice the same: {place}");
    let ready = &conditions[0];
    for other in &conditions[1..] {
        assert_eq!(other.status, Truth::True, "it is there only while it is so: {place}");
    }
    let has = |kind| kinds.contains(&kind);
    let is_ready = ready.status == Truth::True;
    assert_eq!(is_ready, ready.reason == Reason::Succeeded, "{place}");
    assert!(!(is_ready && (has(ConditionType::Stalled) || has(ConditionType::Reconciling))), "{place}");
    assert!(!(has(ConditionType::Stalled) && has(ConditionType::Reconciling)), "{place}");
    assert!(!(is_ready && (root.is_some() || until.is_some())), "{place}");
    assert_ne!(root.as_ref(), Some(resource), "its own root is no other: {place}");
    for condition in conditions {
        assert!(!condition.message.is_empty(), "{place}");
        assert_eq!(condition.observed_generation, status.observed_generation, "{place}");
    }
}

#[test]
fn no_status_contradicts_itself_whatever_becomes_of_the_plan() {
    for case in CASES.iter() {
        let reports = [
            look(case, Duration::ZERO, None),
            carried_out(case, done, None),
            carried_out(case, denied, None),
            carried_out(case, |_| Outcome::NotStarted, None),
        ];
        for report in reports {
            for status in &report.resources {
                assert_consistent(&case.name, status);
            }
        }
    }
}

#[test]
fn every_resource_has_a_status_and_what_is_held_or_to_be_done_is_not_ready() {
    for case in CASES.iter() {
        let report = look(case, Duration::ZERO, None);
        let broken = &case.desired.broken;
        assert_eq!(report.resources.len(), case.desired.ids().count() + broken.len(), "{}", case.name);
        let held = case.plan.held().iter().map(|held| (&held.target, Reason::from(&held.because)));
        let steps = case.plan.steps().map(|(_, step)| (&step.target, Reason::from(&step.why)));
        for (target, reason) in held.chain(steps) {
            // What no manifest names any more is the plan's alone.
            if !case.desired.declares(target) && !broken.contains_key(target) {
                assert!(report.find(target).is_none(), "{}: {target}", case.name);
                continue;
            }
            let status = report.find(target).unwrap_or_else(|| panic!("{}: {target}", case.name));
            assert!(!status.is_ready(), "{}: {target} is ready, though {reason}", case.name);
        }
    }
}

#[test]
fn the_message_of_what_waits_begins_with_the_root_cause() {
    let mut seen = 0;
    for case in CASES.iter() {
        for status in &look(case, Duration::ZERO, None).resources {
            let Some(root) = &status.root else { continue };
            let message = &status.ready().unwrap().message;
            assert!(message.starts_with(&format!("{root}: ")), "{}: {message}", case.name);
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn a_person_is_called_only_to_where_the_cause_is() {
    for case in CASES.iter() {
        for status in &look(case, Duration::ZERO, None).resources {
            let stalled = status.condition(ConditionType::Stalled).is_some();
            assert!(!(stalled && status.root.is_some()), "{}: {}", case.name, status.resource);
        }
    }
}

#[test]
fn times_of_transition_move_only_with_the_status() {
    let hour = Duration::from_hours(1);
    let names =
        ["base", "failed-remembered", "image-changed", "role-unreadable", "secret-pending-deletion", "rollout-same"];
    for first in names {
        for second in names {
            let before = look(case(first), Duration::ZERO, None);
            let after = look(case(second), hour, Some(&before));
            for status in &after.resources {
                let then = before.find(&status.resource).map_or(&[] as &[_], |status| status.conditions.as_slice());
                for condition in &status.conditions {
                    let same = then.iter().find(|then| then.kind == condition.kind && then.status == condition.status);
                    let expected = same.map_or(after.last_pass.at, |same| same.last_transition_time);
                    assert_eq!(condition.last_transition_time, expected, "{first} then {second}: {condition:?}");
                }
            }
        }
    }
}

#[test]
fn a_generation_counts_changes_of_the_content_and_nothing_else() {
    let first = look(case("base"), Duration::ZERO, None);
    let same = look(case("service-drift-detect-changed"), Duration::ZERO, Some(&first));
    let changed = look(case("image-changed"), Duration::ZERO, Some(&first));
    let back = look(case("base"), Duration::ZERO, Some(&changed));
    let generation = |report: &Report, resource| report.find(&id(resource)).unwrap().observed_generation;
    assert_eq!(generation(&same, "TaskDefinition/web"), 1);
    let of_td = [&first, &changed, &back].map(|report| generation(report, "TaskDefinition/web"));
    assert_eq!(of_td, [1, 2, 3]);
    let of_secret = [&first, &changed, &back].map(|report| generation(report, "Secret/db"));
    assert_eq!(of_secret, [1, 1, 1]);
}

#[test]
fn a_manifest_with_errors_keeps_its_generation_and_what_is_in_force() {
    let first = look(case("base"), Duration::ZERO, None);
    let broken = look(case("broken-service"), Duration::ZERO, Some(&first));
    let status = broken.find(&id("Service/web")).unwrap();
    assert_eq!(status.ready().unwrap().reason, Reason::InvalidManifest);
    assert_eq!(status.observed_generation, 1);
    assert_eq!(status.detail, first.find(&id("Service/web")).unwrap().detail);
    let again = look(case("base"), Duration::ZERO, Some(&broken));
    assert_eq!(again.find(&id("Service/web")).unwrap().observed_generation, 1, "mended as it was");
    let never = look(case("broken-service"), Duration::ZERO, None);
    assert_eq!(never.find(&id("Service/web")).unwrap().observed_generation, 0);
}

#[test]
fn reasons_have_the_names_of_holds_and_steps() {
    for name in crate::render::kinds::all_reasons() {
        assert_eq!(Reason::parse(name).map(Reason::as_str), Some(name));
    }
    for case in CASES.iter() {
        for held in case.plan.held() {
            assert_eq!(Reason::from(&held.because).as_str(), held.because.name());
        }
        for (_, step) in case.plan.steps() {
            assert_eq!(Reason::from(&step.why).as_str(), step.why.reason());
        }
    }
}

#[test]
fn a_step_that_failed_is_a_reason_of_its_own_and_what_needs_it_names_it() {
    let case = case("create-all");
    let (first, _) = case.plan.steps().next().unwrap();
    let outcome = |id: StepId| if id == first { denied(id) } else { Outcome::Skipped { because: first } };
    let report = carried_out(case, outcome, None);
    let role = ready(&report, "ExecutionRole/web");
    assert_eq!((role.status, role.reason), (Truth::False, Reason::StepFailed));
    assert!(role.message.contains("is not allowed: AccessDeniedException: no"), "{}", role.message);
    let td = ready(&report, "TaskDefinition/web");
    assert_eq!((td.status, td.reason), (Truth::False, Reason::WaitingOn));
    assert!(td.message.starts_with("ExecutionRole/web: ecs:UpdateService is not allowed"), "{}", td.message);
    assert_eq!(report.find(&id("TaskDefinition/web")).unwrap().root, Some(id("ExecutionRole/web")));
}

#[test]
fn what_was_applied_just_now_is_under_way_and_drift_that_was_set_back_is_none() {
    let report = carried_out(case("service-drift"), done, None);
    let service = report.find(&id("Service/web")).unwrap();
    assert_eq!(service.ready().unwrap().status, Truth::Unknown);
    assert!(service.condition(ConditionType::Reconciling).is_some());
    assert!(service.condition(ConditionType::Drifted).is_none());
    let seen = look(case("service-drift"), Duration::ZERO, None);
    let drifted = seen.find(&id("Service/web")).unwrap().condition(ConditionType::Drifted).unwrap();
    assert_eq!(drifted.reason, Reason::Drifted);
    assert!(drifted.message.starts_with("was changed by hand: "), "{}", drifted.message);
}

#[test]
fn a_rollout_that_failed_comes_before_what_waits_for_a_person_anyway() {
    let report = look(case("failed-network-rotated-hold"), Duration::ZERO, None);
    let service = report.find(&id("Service/web")).unwrap();
    assert_eq!(service.ready().unwrap().reason, Reason::RolloutFailed);
    assert!(service.condition(ConditionType::Stalled).is_some());
}

#[test]
fn a_role_that_was_widened_lets_its_service_settle() {
    let report = carried_out(case("create-all"), done, None);
    let service = ready(&report, "Service/web");
    assert_eq!((service.status, service.reason), (Truth::Unknown, Reason::Settling));
}

#[test]
fn the_history_has_each_call_and_counts_a_failure_that_repeats_itself() {
    let case = case("image-changed");
    let mut report = carried_out(case, denied, None);
    for _ in 0..20 {
        report = carried_out(case, denied, Some(&report));
    }
    let td = &report.find(&id("TaskDefinition/web")).unwrap().history;
    assert_eq!(td.len(), 1, "{td:#?}");
    assert_eq!((td[0].result, td[0].times, td[0].why), (Outcomes::Failed, 21, Reason::Changed));
    assert_eq!(td[0].step, "ecs:RegisterTaskDefinition");
    report = carried_out(case, done, Some(&report));
    let td = &report.find(&id("TaskDefinition/web")).unwrap().history;
    let results: Vec<Outcomes> = td.iter().map(|change| change.result).collect();
    assert_eq!(results, [Outcomes::Done, Outcomes::Failed], "newest first");
    assert_eq!(td[0].message, None);
    for _ in 0..20 {
        report = carried_out(case, done, Some(&report));
    }
    let bounded = report.resources.iter().map(|status| status.history.len()).max();
    assert_eq!(bounded, Some(KEPT));
    let quiet = look(case, Duration::ZERO, Some(&report));
    let kept: BTreeMap<_, _> = quiet.resources.iter().map(|status| (&status.resource, &status.history)).collect();
    let had: BTreeMap<_, _> = report.resources.iter().map(|status| (&status.resource, &status.history)).collect();
    assert_eq!(kept, had, "a look adds nothing");
}

#[test]
fn a_rotation_names_its_secrets_and_the_commit_in_the_history() {
    let case = case("rotate-version-id");
    let desired = Desired { commit: Some(Commit::new("3f2c91d")), ..case.desired.clone() };
    let mut execution = Execution::default();
    execution.outcomes.extend(case.plan.steps().map(|(id, _)| (id, done(id))));
    let report = of(&desired, &case.look.observed, &case.plan, Some(&execution), None);
    let service = report.find(&id("Service/web")).unwrap();
    assert_eq!(service.observed_revision, Some(Commit::new("3f2c91d")));
    let change = &service.history[0];
    assert_eq!((change.why, change.secrets.as_slice()), (Reason::SecretRotated, ["Secret/db".to_owned()].as_slice()));
    assert_eq!(change.commit, Some(Commit::new("3f2c91d")));
}

#[test]
fn a_source_that_fails_says_so_and_the_statuses_stay() {
    let case = case("base");
    let good = look(case, Duration::ZERO, None);
    let trouble = Some((Reason::SourceUnreachable, "https://git.example cannot be fetched: timeout".to_owned()));
    let state = SourceState { trouble, ..SourceState::default() };
    let closer = Closer::default();
    let pass = looked(&case.desired, &case.look.observed, &case.plan, &closer);
    let failing = report(pass, &state, Some(&good));
    assert_eq!(failing.resources, good.resources);
    let [ready] = failing.source.conditions.as_slice() else { panic!("{:#?}", failing.source) };
    assert_eq!((ready.status, ready.reason), (Truth::False, Reason::SourceUnreachable));
    let rewritten = SourceState { trouble: Some((Reason::HistoryRewritten, "it was".into())), ..state };
    let rewritten = report(pass, &rewritten, Some(&failing));
    assert!(rewritten.source.conditions.iter().any(|condition| condition.kind == ConditionType::Stalled));
    assert_eq!(rewritten.source.conditions[0].last_transition_time, ready.last_transition_time);
}
