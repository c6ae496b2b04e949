//! A closer look at rollouts that do not go well: how old is what it saw?

use std::time::Duration;

use evenkeel::sandbox::chaos::Fate;
use evenkeel::status::detail::Detail;
use evenkeel::status::detail_service::ServiceDetail;

use super::rollouts::{USUAL, release, shop};
use super::running::{Running, beside, edit, rules};
use crate::support::lab::in_virtual_time;

const READ: &str = "ListServiceDeployments";

fn detail(running: &Running<'_>) -> ServiceDetail {
    let Some(Detail::Service(detail)) = running.web().detail else { panic!("it is there") };
    detail
}

/// In one pass the planner looks first. What the closer look has just seen is not old; what it saw a pass ago is.
#[test]
fn a_history_that_the_planner_cannot_read_is_old_only_where_nobody_has_read_it_since() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        release(&folder, "2.0.0", "2.1.0");
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(30).await;
            assert_eq!((running.ready().1, detail(&running).past_unreadable), ("RolloutFailed", None));
            // The planner's first read fails, and what is held changes by that: worth a closer look, which works.
            let mut reads = 0;
            lab.chaos.set(move |_, operation| {
                reads += usize::from(operation == READ);
                if operation == READ && reads != 2 { Fate::Denied } else { Fate::Pass }
            });
            let reads = || lab.chaos.seen().iter().filter(|operation| *operation == READ).count();
            edit(running.folder, "web.yaml", "[sg-web]", "[sg-front]");
            for (count, is_old) in [(2, false), (3, true)] {
                for _ in 0..300 {
                    if reads() < count {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
                tokio::time::sleep(Duration::from_secs(5)).await;
                assert_eq!((reads(), running.ready().1), (count, "Unreadable"));
                let detail = detail(&running);
                assert!(detail.past.is_some_and(|past| !past.is_empty()));
                assert_eq!(detail.past_unreadable.is_some(), is_old, "{:?}", detail.past_unreadable);
            }
        })
        .await;
    });
}
