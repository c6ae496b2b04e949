//! A crash anywhere is harmless: before and after every call of every scenario the process dies, starts again with empty
//! memory, and ends where it would have ended, with no second deployment and no second revision.

use crate::support::lab::{Lab, in_virtual_time, in_virtual_time_unlogged, shop};
use crate::support::world::{outcome, revisions};
use evenkeel::model::desired::Desired;
use evenkeel::sandbox::chaos::Fate;
use evenkeel::sandbox::ecs::Behaviour;

const SERVICES: [&str; 2] = ["shop-web", "shop-worker"];
const ROLES: [&str; 2] = ["shop-web-exec", "shop-worker-exec"];
const FAMILIES: [&str; 2] = ["shop-web", "shop-worker"];

/// A change of the world or of the manifests, and what is wanted afterwards.
struct Scenario {
    before: Option<&'static str>,
    /// Was the release that crashes tried, and rolled back, before?
    failed: bool,
    rotate: bool,
    release: &'static str,
}

/// The release whose tasks crash.
const CRASHES: &str = "2.9.0";

const SCENARIOS: [(&str, Scenario); 5] = [
    ("apply from nothing", Scenario { before: None, failed: false, rotate: false, release: "2.0.0" }),
    ("rotate", Scenario { before: Some("2.0.0"), failed: false, rotate: true, release: "2.0.0" }),
    ("release", Scenario { before: Some("2.0.0"), failed: false, rotate: false, release: "2.1.0" }),
    ("fail", Scenario { before: Some("2.0.0"), failed: false, rotate: false, release: CRASHES }),
    ("mend", Scenario { before: Some("2.0.0"), failed: true, rotate: false, release: "2.1.1" }),
];

#[test]
fn law_8_a_crash_before_or_after_any_call_of_an_apply_from_nothing_is_harmless() {
    survives_everywhere(0, &[Fate::CrashBefore, Fate::CrashAfter]);
}

#[test]
fn law_8_a_crash_before_or_after_any_call_of_a_rotation_is_harmless() {
    survives_everywhere(1, &[Fate::CrashBefore, Fate::CrashAfter]);
}

#[test]
fn law_8_a_crash_before_or_after_any_call_of_a_release_is_harmless() {
    survives_everywhere(2, &[Fate::CrashBefore, Fate::CrashAfter]);
}

#[test]
fn law_8_a_crash_before_or_after_any_call_of_a_release_that_fails_is_harmless() {
    survives_everywhere(3, &[Fate::CrashBefore, Fate::CrashAfter]);
}

#[test]
fn law_8_a_crash_before_or_after_any_call_of_the_mending_is_harmless() {
    survives_everywhere(4, &[Fate::CrashBefore, Fate::CrashAfter]);
}

#[test]
fn law_8_a_lost_request_or_reply_anywhere_is_harmless() {
    for scenario in 0..SCENARIOS.len() {
        survives_everywhere(scenario, &[Fate::Lost, Fate::ReplyLost]);
    }
}

#[test]
fn law_8_an_answer_that_never_comes_is_harmless() {
    for scenario in 0..SCENARIOS.len() {
        survives_everywhere(scenario, &[Fate::NeverAnswers]);
    }
}

#[test]
fn law_8_throttling_and_server_errors_anywhere_are_harmless() {
    for scenario in 0..SCENARIOS.len() {
        survives_everywhere(scenario, &[Fate::Throttled, Fate::ServerError]);
    }
}

#[test]
fn law_8_a_stale_answer_anywhere_is_harmless() {
    for scenario in 0..SCENARIOS.len() {
        survives_everywhere(scenario, &[Fate::Stale]);
    }
}

#[test]
fn law_8_denied_access_and_expired_credentials_anywhere_are_harmless() {
    survives_everywhere(1, &[Fate::Denied, Fate::Expired]);
    survives_everywhere(3, &[Fate::Denied, Fate::Expired]);
}

/// Every pair of calls with `make prove`, else a sample of them.
#[test]
fn law_8_two_faults_in_one_apply_are_harmless() {
    let stride = if proving() { 1 } else { 61 };
    for (name, scenario) in &SCENARIOS {
        let (expected, _, calls) = undisturbed(name, scenario);
        let pairs = (0..calls.len()).flat_map(|first| (first + 1..calls.len()).map(move |second| (first, second)));
        for (first, second) in pairs.step_by(stride) {
            in_virtual_time_unlogged(async {
                let (mut lab, desired) = prepare(scenario).await;
                lab.chaos.set(move |at, _| match at {
                    _ if at == first => Fate::ReplyLost,
                    _ if at == second => Fate::CrashAfter,
                    _ => Fate::Pass,
                });
                tokio::select! {
                    _ = lab.converge(&desired) => {}
                    () = lab.chaos.death() => {
                        lab.restart().await;
                        lab.converge(&desired).await;
                    }
                }
                assert_eq!(outcome(&lab, &SERVICES, &ROLES), expected, "{name}: calls {first} and {second}");
            });
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the long run is asked for by a variable")]
fn proving() -> bool {
    std::env::var_os("EVENKEEL_PROVE").is_some()
}

type Undisturbed = (std::collections::BTreeMap<String, serde_json::Value>, [usize; 2], Vec<String>);

/// How a scenario ends without any fault, and its calls.
fn undisturbed(name: &str, scenario: &Scenario) -> Undisturbed {
    let undisturbed = in_virtual_time(async {
        let (lab, desired) = prepare(scenario).await;
        lab.chaos.set(|_, _| Fate::Pass);
        lab.converge(&desired).await;
        let calls = lab.chaos.seen();
        (outcome(&lab, &SERVICES, &ROLES), FAMILIES.map(|family| revisions(&lab, family)), calls)
    });
    assert!(undisturbed.2.len() >= 10, "{name}: too few calls to be the scenario: {:?}", undisturbed.2);
    undisturbed
}

fn survives_everywhere(scenario: usize, fates: &[Fate]) {
    let (name, scenario) = &SCENARIOS[scenario];
    let (expected, expected_revisions, calls) = undisturbed(name, scenario);
    for (index, call) in calls.iter().enumerate() {
        for fate in fates {
            let at = format!("{name}: {fate:?} at call {index}, {call}");
            in_virtual_time_unlogged(async {
                let (mut lab, desired) = prepare(scenario).await;
                let fate = *fate;
                lab.chaos.set(move |at, _| if at == index { fate } else { Fate::Pass });
                tokio::select! {
                    _ = lab.converge(&desired) => {}
                    () = lab.chaos.death() => {
                        lab.restart().await;
                        lab.converge(&desired).await;
                    }
                }
                // What may not be looked at is held until somebody runs the program again.
                if matches!(fate, Fate::Denied | Fate::Expired) {
                    lab.converge(&desired).await;
                }
                assert_eq!(outcome(&lab, &SERVICES, &ROLES), expected, "{at}");
                // A revision whose registration got no answer is found and used again.
                assert_eq!(FAMILIES.map(|family| revisions(&lab, family)), expected_revisions, "{at}");
                let before = lab.writes();
                let (plan, _) = lab.pass(&desired).await;
                assert!(plan.is_empty() && lab.writes() == before, "{at}: not quiet");
            });
        }
    }
}

async fn prepare(scenario: &Scenario) -> (Lab, Desired) {
    let lab = Lab::with_shop().await;
    let image = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:{CRASHES}");
    let exits = Behaviour::exiting(1, std::time::Duration::from_secs(5));
    lab.sandbox.with_world(|world| world.surroundings.images.set(&image, exits));
    if let Some(before) = scenario.before {
        lab.converge(&shop(before)).await;
    }
    if scenario.failed {
        lab.converge(&shop(CRASHES)).await;
    }
    if scenario.rotate {
        lab.rotate("shop/db", 2);
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
    }
    (lab, shop(scenario.release))
}
