//! A crash anywhere is harmless, and so is whatever else becomes of a call. Crashes and lost replies are swept by
//! `sweeps`, in every scenario; here are the other fates, and two at once, in the shop's.

use std::time::Duration;

use evenkeel::sandbox::chaos::Fate;

use crate::sweeps::scenarios::{ALL, Scenario};
use crate::sweeps::{Course, Disturbed, proving};

/// An installation, a release, a rotation, a release that fails, and its mending.
const SHOP: &[Scenario] = ALL.split_at(5).0;

#[test]
fn law_8_a_lost_request_anywhere_is_harmless() {
    for scenario in SHOP {
        survives_everywhere(scenario, &[Fate::Lost]);
    }
}

#[test]
fn law_8_an_answer_that_never_comes_is_harmless() {
    for scenario in SHOP {
        survives_everywhere(scenario, &[Fate::NeverAnswers]);
    }
}

#[test]
fn law_8_throttling_and_server_errors_anywhere_are_harmless() {
    for scenario in SHOP {
        survives_everywhere(scenario, &[Fate::Throttled, Fate::ServerError]);
    }
}

#[test]
fn law_8_a_stale_answer_anywhere_is_harmless() {
    // In passes that follow each other quickly: each look but the first asks what was asked a moment ago.
    let pause = Duration::from_secs(10);
    let stride = if proving() { 1 } else { 5 };
    for scenario in SHOP {
        let course = Course::with(scenario, pause);
        let mut stale = 0;
        for (index, call) in course.calls.iter().enumerate().step_by(stride) {
            let Disturbed { wrong, met } = course.disturbed(&[(index, Fate::Stale)]);
            assert_eq!(wrong, None, "{}: an old answer at call {index}, {call}", scenario.name);
            stale += met.len();
        }
        assert!(2 * stale > course.calls.len() / stride, "{}: only {stale} answers were old", scenario.name);
    }
}

#[test]
fn law_8_denied_access_and_expired_credentials_anywhere_are_harmless() {
    for scenario in [&SHOP[2], &SHOP[3]] {
        survives_everywhere(scenario, &[Fate::Denied, Fate::Expired]);
    }
}

/// Every pair of calls with `make prove`, else a sample of them.
#[test]
fn law_8_two_faults_in_one_apply_are_harmless() {
    let stride = if proving() { 1 } else { 61 };
    for scenario in SHOP {
        let course = Course::of(scenario);
        let calls = course.calls.len();
        let pairs = (0..calls).flat_map(|first| (first + 1..calls).map(move |second| (first, second)));
        let (mut played, mut both) = (0, 0);
        for (first, second) in pairs.step_by(stride) {
            let Disturbed { wrong, met } = course.disturbed(&[(first, Fate::ReplyLost), (second, Fate::CrashAfter)]);
            assert_eq!(met.first(), Some(&(first, course.calls[first].clone(), Fate::ReplyLost)));
            assert_eq!(wrong, None, "{}: calls {first} and {second}", scenario.name);
            played += 1;
            both += usize::from(met.len() == 2);
        }
        // Who learns by a lost reply may need fewer calls than without, and end before the second.
        assert!(both * 10 >= played * 9, "{}: of {played} pairs only {both} came about", scenario.name);
    }
}

/// Each fate at each call with `make prove`, else at every third call, and two fates at two of three.
fn survives_everywhere(scenario: &Scenario, fates: &[Fate]) {
    let stride = if proving() { 1 } else { 3 };
    let course = Course::of(scenario);
    for (offset, fate) in fates.iter().enumerate() {
        for (index, call) in course.calls.iter().enumerate().skip(offset).step_by(stride) {
            let Disturbed { wrong, met } = course.disturbed(&[(index, *fate)]);
            assert_eq!(met.first(), Some(&(index, call.clone(), *fate)), "{}", scenario.name);
            assert_eq!(wrong, None, "{}: {fate:?} at call {index}, {call}", scenario.name);
        }
    }
}
