//! Rollouts that are followed in rounds: what waits for the end of one is planned anew in between.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use evenkeel::aws::Aws;
use evenkeel::cloud::Watch;
use evenkeel::follow::{Followed, Rollouts, Until, answer, explain, follow};
use evenkeel::model::arn::Arn;
use evenkeel::model::deployment::ServiceDeployment;
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{ClusterName, Name};
use evenkeel::model::observed::Seen;
use evenkeel::model::service::ObservedService;
use evenkeel::model::task::Task;
use evenkeel::model::time::Timestamp;
use evenkeel::sandbox::ecs::Behaviour;
use evenkeel::status::rollout::{Event, Rollout, State};

use crate::follow::{Recorder, name, release, watch};
use crate::support::lab::{in_virtual_time, shop};

/// AWS, until it goes silent.
struct Silent<'a> {
    aws: &'a Aws,
    since: Timestamp,
}

impl Silent<'_> {
    async fn answers(&self) {
        if self.aws.clock().now() >= self.since {
            std::future::pending::<()>().await;
        }
    }
}

impl Watch for Silent<'_> {
    async fn services(&self, desired: &Desired, names: &BTreeSet<Name>) -> BTreeMap<Name, Seen<ObservedService>> {
        self.answers().await;
        self.aws.services(desired, names).await
    }

    async fn tasks(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
        stopped: bool,
        known: &BTreeSet<Arn>,
    ) -> Seen<Vec<Task>> {
        self.answers().await;
        self.aws.tasks(cluster, service, stopped, known).await
    }

    async fn history(&self, cluster: &ClusterName, service: &ObservedService) -> Seen<Vec<ServiceDeployment>> {
        self.aws.history(cluster, service).await
    }
}

fn unseen(desired: &Desired) -> Rollouts {
    desired.services.keys().cloned().map(|name| (name, Rollout::default())).collect()
}

#[test]
fn a_rollout_that_something_waits_for_ends_the_round_and_the_next_tells_nothing_twice() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::exiting(7, Duration::from_secs(5))).await;
        lab.rotate("shop/db", 2);
        tokio::time::sleep(Duration::from_mins(1)).await;
        let (_, execution) = lab.pass(&desired).await;
        assert_eq!(execution.failures().count(), 0);
        let recorder = Recorder::default();
        let mut rollouts = unseen(&desired);
        let mut rounds = Vec::new();
        loop {
            let first_of = desired.services.keys().cloned().collect();
            let until = Until { first_of, ..Until::default() };
            if !follow(&lab.aws, lab.clock, &desired, &mut rollouts, &until, &recorder).await.moved {
                break;
            }
            rounds.push(rollouts.values().filter(|rollout| rollout.state.is_over()).count());
        }
        assert_eq!(rounds, [1, 2], "one round for each end");
        assert_eq!(rollouts[&name("web")].state, State::RolledBack);
        assert_eq!(rollouts[&name("worker")].state, State::Completed);
        let lines = recorder.lines.take();
        let distinct: BTreeSet<&String> = lines.iter().collect();
        assert_eq!(distinct.len(), lines.len(), "{lines:#?}");
        // What begins after all that is followed as the first was.
        let (_, execution) = lab.pass(&shop("2.1.1")).await;
        assert_eq!(execution.failures().count(), 0);
        assert!(follow(&lab.aws, lab.clock, &desired, &mut rollouts, &Until::default(), &recorder).await.moved);
        assert_eq!(rollouts[&name("web")].state, State::Completed);
        let lines = recorder.lines.take().join("\n");
        assert!(lines.contains("rolling out    Service/web") && !lines.contains("superseded"), "{lines}");
    });
}

#[test]
fn a_limit_holds_where_aws_does_not_answer_any_more() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::well()).await;
        let mut rollouts = unseen(&desired);
        let (begun, limit) = (lab.clock.now(), Duration::from_mins(1));
        let silent = Silent { aws: &lab.aws, since: begun + Duration::from_secs(4) };
        let (until, recorder) = (Until { limit: Some(limit), ..Until::default() }, Recorder::default());
        let followed = follow(&silent, lab.clock, &desired, &mut rollouts, &until, &recorder).await;
        assert_eq!(followed, Followed { moved: true, unanswered: true });
        assert_eq!(lab.clock.now(), begun + limit + answer(lab.clock));
        assert_eq!(rollouts[&name("web")].state, State::Overdue);
        let lines = recorder.lines.take();
        assert!(lines.last().unwrap().contains("shop-web:2 is still going on after "), "{lines:#?}");
    });
}

#[test]
fn a_round_ends_at_the_moment_for_which_something_else_was_put_off() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::well()).await;
        let mut rollouts = unseen(&desired);
        let wake = lab.clock.now() + Duration::from_secs(12);
        let until = Until { wake: Some(wake), ..Until::default() };
        assert!(follow(&lab.aws, lab.clock, &desired, &mut rollouts, &until, &Recorder::default()).await.moved);
        let late = lab.clock.now().since(wake);
        assert!(lab.clock.now() >= wake && late < Duration::from_secs(2), "{late:?}");
        assert_eq!(rollouts[&name("web")].state, State::Rolling);
    });
}

#[test]
fn what_failed_between_two_rounds_is_drawn_as_failed_and_not_as_what_is_in_force() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::exiting(7, Duration::from_secs(5))).await;
        tokio::time::sleep(Duration::from_mins(10)).await;
        let mut rollouts = watch(&lab, &desired, None, &Recorder::default()).await;
        let (observed, plan) = lab.look(&desired).await;
        let found = explain(&lab.aws, &desired, &observed, &plan, &mut rollouts).await;
        let [(service, events)] = found.as_slice() else { panic!("{found:?}") };
        let told: Vec<&Event> = events.iter().filter(|event| matches!(event, Event::TaskStopped(..))).collect();
        assert!(service.as_str() == "web" && !told.is_empty(), "{found:?}");
        let again = explain(&lab.aws, &desired, &observed, &plan, &mut rollouts).await;
        assert!(again.is_empty(), "once is enough: {again:?}");
        let recorder = Recorder::default();
        let moved = follow(&lab.aws, lab.clock, &desired, &mut rollouts, &Until::default(), &recorder).await;
        assert!(!moved.moved && recorder.lines.take().is_empty());
        let table = recorder.frames.take().remove(0).join("\n");
        assert!(table.contains("web     shop-web:2     rolled back"), "{table}");
    });
}
