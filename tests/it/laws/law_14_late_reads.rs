//! Reads that are behind: lists by minutes, services and permissions by as long as evenkeel waits for its own writes.

use std::time::Duration;

use evenkeel::sandbox::chaos::Fate;

use crate::support::lab::{Lab, in_virtual_time, shop};
use crate::support::world::{deployments, revisions};

/// As late as is believed: a read of our own write is stale for less than 30 s (E6).
const LATE: Duration = Duration::from_secs(25);

#[test]
fn law_14_reads_that_are_behind_cause_no_second_deployment_and_no_second_revision() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.sandbox.with_world(|world| {
            world.ecs.set_service_lag(LATE);
            world.iam.set_propagation_lag(Duration::from_secs(10));
            world.secrets.set_list_lag(Duration::from_mins(5));
        });
        for (round, release) in (1..).zip(["2.0.0", "2.1.0"]) {
            let desired = shop(release);
            // Passes in quick succession meet what is not seen yet.
            for _ in 0..30 {
                let _pass = lab.pass(&desired).await;
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            lab.converge(&desired).await;
            assert_eq!((deployments(&lab, "shop-web"), revisions(&lab, "shop-web")), (round, round), "{release}");
            assert_eq!((deployments(&lab, "shop-worker"), revisions(&lab, "shop-worker")), (1, 1), "{release}");
        }
    });
}

/// Where the read right before a call is lost, the call was not sent: there is nothing that reads must show first.
#[test]
fn law_14_a_call_that_was_not_sent_is_sent_by_the_very_next_pass() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        // Once there is a revision, the service is read again just before it is changed.
        let mut registered = false;
        lab.chaos.set(move |_, operation| {
            registered |= operation == "RegisterTaskDefinition";
            if registered && operation == "DescribeServices" { Fate::Lost } else { Fate::Pass }
        });
        let (_, execution) = lab.pass(&shop("2.1.0")).await;
        let failed: Vec<&str> = execution.failures().map(|(_, fault)| fault.operation.as_str()).collect();
        assert_eq!(failed, ["ecs:DescribeServices"]);
        lab.chaos.set(|_, _| Fate::Pass);
        let (plan, _) = lab.pass(&shop("2.1.0")).await;
        let held: Vec<&str> = plan.held().iter().map(|held| held.because.name()).collect();
        assert!(!held.contains(&"CoolingDown"), "{held:?}");
        assert_eq!(deployments(&lab, "shop-web"), 2);
    });
}

/// A revision is remembered by its ARN; its tags are not to be remembered as they were before our own write.
#[test]
fn law_14_tags_of_a_revision_are_written_once_though_the_next_read_is_late() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.restart().await;
        lab.chaos.set(|_, operation| if operation == "DescribeTaskDefinition" { Fate::Stale } else { Fate::Pass });
        let mut desired = shop("2.0.0");
        let web = desired.task_definitions.iter_mut().find(|(name, _)| name.as_str() == "web").unwrap().1;
        web.tags.insert("team".to_owned(), "shop".to_owned());
        let tagged = |lab: &Lab| lab.written().iter().filter(|operation| *operation == "TagResource").count();
        let before = tagged(&lab);
        let mut held = 0;
        for _ in 0..12 {
            let (plan, _) = lab.pass(&desired).await;
            held += usize::from(plan.held().iter().any(|held| held.because.name() == "CoolingDown"));
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        assert!(held > 0, "no read was late");
        // One write of tags on the revision, and the marks that go with it.
        let repaired = 1;
        assert_eq!(tagged(&lab) - before, 1 + repaired);
    });
}
