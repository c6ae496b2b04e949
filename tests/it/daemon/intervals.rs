//! How often the daemon looks by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::daemon::schedule::{Intervals, Look, Schedule};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Installation;

use crate::support::lab::{Lab, in_virtual_time};

#[test]
fn both_intervals_are_stretched_by_up_to_a_tenth_and_not_for_everyone_alike() {
    in_virtual_time(async {
        let lab = Lab::new().await;
        let (_, plan) = lab.look(&Desired::empty(Installation::new("default"))).await;
        let (short, long) = (Duration::from_mins(10), Duration::from_hours(10));
        for intervals in [Intervals { sweep: short, full: long }, Intervals { sweep: long, full: short }] {
            let now = lab.clock.now();
            let waits: BTreeSet<Duration> = (0..100)
                .map(|seed| {
                    let mut schedule = Schedule::new(now, intervals, seed);
                    assert_eq!(schedule.due(now), Some(Look::Full), "at first everything is due");
                    schedule.passed(now, Look::Full, &plan, None);
                    schedule.next().since(now)
                })
                .collect();
            assert!(waits.iter().all(|wait| (short..=short + short / 10).contains(wait)), "{waits:?}");
            assert!(waits.len() > 50, "they do not call together: {waits:?}");
        }
    });
}
