//! The client as a whole, in virtual time: its calls keep to the limits, go out side by side, and end when someone asks.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::aws::limits::{BUCKETS, SURVEY_BUCKETS};
use evenkeel::aws::{Aws, Settings, SharedHttpClient};
use evenkeel::cloud::{Observe as _, Outcome};
use evenkeel::execute::{Silent, Sink, execute};
use evenkeel::model::desired::Desired;
use evenkeel::plan::plan;
use evenkeel::plan::step::{Plan, Step, StepId};
use tokio::time::Instant;

use crate::support::lab::{Lab, in_virtual_time_unlogged, manifests, settings, shop};

/// What one call takes.
const LATENCY: Duration = Duration::from_millis(250);

/// Task definitions that need nothing else.
fn families(count: usize) -> Desired {
    let one = |n| {
        format!(
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: family-{n:02}}}\nspec:\n  \
             cpu: \"256\"\n  memory: \"512\"\n  networkMode: awsvpc\n  requiresCompatibilities: [FARGATE]\n  \
             containerDefinitions: [{{name: app, image: public.ecr.aws/nginx/nginx:1}}]\n"
        )
    };
    manifests(&(0..count).map(one).collect::<String>())
}

#[test]
fn law_15_the_calls_of_a_plan_pass_at_once_as_far_as_the_bucket_goes_and_then_at_its_rate() {
    // RegisterTaskDefinition: 20 at once, then one a second; half of both with half the scale.
    for (scale, seconds) in [(0.0, 0), (1.0, 5), (0.5, 30)] {
        let took = in_virtual_time_unlogged(async {
            let lab = Lab::with_shop().await;
            let door = SharedHttpClient::new(lab.sandbox.http_client());
            let aws = Aws::connect(Settings { scale, ..settings(door, lab.clock) }).await.unwrap();
            let desired = families(25);
            let plan = plan(&desired, &aws.observe(&desired).await);
            let begun = Instant::now();
            assert_eq!(execute(&plan, &aws, &Silent, || false).await.done(), 25);
            begun.elapsed()
        });
        assert_eq!(took.as_secs(), seconds, "a scale of {scale}");
    }
}

#[test]
fn law_15_every_call_that_goes_out_has_its_bucket() {
    in_virtual_time_unlogged(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.rotate("shop/db", 2);
        lab.converge(&shop("2.1.0")).await;
        let limited: BTreeSet<&str> =
            BUCKETS.iter().chain(SURVEY_BUCKETS).flat_map(|bucket| bucket.operations).copied().collect();
        let calls = lab.aws.calls();
        assert!(calls.len() >= 15, "{calls:?}");
        let free: Vec<&String> = calls.keys().filter(|called| !limited.contains(called.as_str())).collect();
        // Once a process, and nobody limits it.
        assert_eq!(free, ["sts:GetCallerIdentity"]);
    });
}

/// A sandbox behind a slow line, and a connection to it.
async fn far_away() -> (Lab, Aws) {
    let lab = Lab::with_shop().await;
    let door = SharedHttpClient::new(lab.sandbox.with_latency(LATENCY).http_client());
    let aws = Aws::connect(settings(door, lab.clock)).await.unwrap();
    (lab, aws)
}

#[test]
fn calls_that_do_not_need_each_other_are_under_way_at_once() {
    in_virtual_time_unlogged(async {
        let (_lab, aws) = far_away().await;
        let desired = families(30);
        let before = aws.calls().values().sum::<u64>();
        let begun = Instant::now();
        let plan = plan(&desired, &aws.observe(&desired).await);
        let looked = begun.elapsed();
        assert!(aws.calls().values().sum::<u64>() - before >= 30, "{:?}", aws.calls());
        assert!(looked <= 4 * LATENCY, "a look of thirty calls took {looked:?}");
        let begun = Instant::now();
        assert_eq!(execute(&plan, &aws, &Silent, || false).await.done(), 30);
        let took = begun.elapsed();
        assert!(took <= 2 * LATENCY, "thirty steps, sixteen at once, took {took:?}");
    });
}

/// Asks to stop after the first step that is over.
struct Once {
    over: Cell<bool>,
}

impl Sink for Once {
    fn started(&self, _: StepId, _: &Step) {
        assert!(!self.over.get(), "a call was begun after someone asked to stop");
    }

    fn finished(&self, _: StepId, _: &Step, _: &Outcome) {
        self.over.set(true);
    }
}

#[test]
fn when_someone_asks_to_stop_the_calls_under_way_are_finished_and_no_other_is_begun() {
    in_virtual_time_unlogged(async {
        let (lab, aws) = far_away().await;
        let desired = families(30);
        let plan: Plan = plan(&desired, &aws.observe(&desired).await);
        let once = Once { over: Cell::new(false) };
        let execution = execute(&plan, &aws, &once, || once.over.get()).await;
        let left = execution.outcomes.values().filter(|outcome| **outcome == Outcome::NotStarted).count();
        assert_eq!((execution.done(), left), (16, 14), "{:?}", execution.outcomes);
        // What was under way has its outcome: nothing was cut off.
        assert_eq!(lab.written().iter().filter(|operation| *operation == "RegisterTaskDefinition").count(), 16);
    });
}
