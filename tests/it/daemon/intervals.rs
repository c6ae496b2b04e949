//! How often the daemon looks by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::daemon::event::Event;
use evenkeel::daemon::feed;
use evenkeel::daemon::schedule::{Intervals, Look, Schedule};
use evenkeel::daemon::source::{FolderSource, Source};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Installation;
use tokio::sync::mpsc;

use super::running::shop_folder;
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

/// A source that fails is asked ever more rarely; what fails in another way may be mended as soon as anything.
#[test]
fn another_trouble_of_the_source_is_looked_at_as_often_as_the_first_one() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::new().await, shop_folder());
        let (manifests, aside) = (folder.join("manifests"), folder.join("aside"));
        std::fs::rename(&manifests, &aside).unwrap();
        std::fs::create_dir(&manifests).unwrap();
        let (tell, mut events) = mpsc::channel(8);
        let source = Source::Folder(FolderSource::new(manifests.clone()));
        let feed = feed::follow(source, Duration::from_secs(5), lab.clock, 7, tell);
        let story = async {
            let told = |event| match event {
                Some(Event::SourceMoved(told)) => told.map(drop).map_err(|error| error.reason().as_str()),
                _ => panic!("something else"),
            };
            assert_eq!(told(events.recv().await), Err("NoManifests"));
            tokio::time::sleep(Duration::from_hours(1)).await;
            std::fs::remove_dir(&manifests).unwrap();
            assert_eq!(told(events.recv().await), Err("FolderUnreadable"));
            std::fs::rename(&aside, &manifests).unwrap();
            let since = lab.clock.now();
            assert_eq!(told(events.recv().await), Ok(()));
            let after = lab.clock.now().since(since);
            assert!(after < Duration::from_secs(15), "{after:?}");
        };
        tokio::select! {
            () = story => {}
            () = feed => panic!("it ended"),
        }
    });
}
