//! Nothing is chosen at execution time: equal input gives equal plans, and what is called is what the plan says.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evenkeel::aws::{Aws, SharedHttpClient};
use evenkeel::cloud::Observe as _;
use evenkeel::execute::{Silent, execute};
use evenkeel::model::id::Kind;
use evenkeel::plan::plan;
use evenkeel::render::json;
use evenkeel::render::summary::Summary;
use serde_json::Value;

use crate::support::door::{listening, operation};
use crate::support::lab::{Lab, in_virtual_time, settings, shop};

#[test]
fn law_3_the_same_input_gives_the_same_bytes() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        let observed = lab.aws.observe(&desired).await;
        let bytes = || {
            let plan = plan(&desired, &observed);
            let summary = Summary::of(&desired, &plan);
            let calls = std::collections::BTreeMap::new();
            let report = json::Report {
                desired: &desired,
                observed: &observed,
                plan: &plan,
                summary: &summary,
                calls: &calls,
                execution: None,
            };
            json::report(&report)
        };
        assert!(bytes().len() > 1000);
        assert_eq!(bytes(), bytes());
    });
}

#[test]
fn law_3_two_looks_at_one_world_give_one_plan() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        let (_, first) = lab.look(&desired).await;
        let (_, second) = lab.look(&desired).await;
        let calls = |plan: &evenkeel::plan::step::Plan| {
            plan.steps().map(|(_, step)| format!("{:?} {:?}", step.target, step.changes)).collect::<Vec<_>>()
        };
        assert_eq!(calls(&first), calls(&second));
    });
}

#[test]
fn law_3_the_executor_calls_what_the_plan_says_and_nothing_else_but_marks() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        for _ in 0..4 {
            let before = lab.written().len();
            let (plan, _) = lab.pass(&desired).await;
            let mut planned: Vec<String> = plan
                .steps()
                .filter(|(_, step)| step.deferred.is_none())
                .map(|(_, step)| step.action.call.operation().1.to_owned())
                .collect();
            let mut called: Vec<String> = lab.written().split_off(before);
            called.retain(|operation| operation != "TagRole" && operation != "TagResource");
            planned.retain(|operation| operation != "TagRole" && operation != "TagResource");
            planned.sort();
            called.sort();
            assert_eq!(called, planned);
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
    });
}

/// What every creation or update of a service carries, whatever is wanted: who it is, what it runs, whose it is.
const ALWAYS: [&str; 6] = ["cluster", "service", "serviceName", "taskDefinition", "tags", "clientToken"];

#[test]
fn law_3_a_service_is_sent_what_the_plan_changes_and_is_never_forced_to_deploy_again() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let heard = Heard::default();
        let tape = heard.clone();
        let door = listening(lab.sandbox.http_client(), move |request| {
            let operation = operation(request);
            if ["CreateService", "UpdateService"].contains(&operation) {
                let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
                tape.lock().unwrap().push((operation.to_owned(), body));
            }
        });
        let aws = Aws::connect(settings(SharedHttpClient::new(door), lab.clock)).await.unwrap();
        let mut met = BTreeSet::new();
        for tag in ["2.0.0", "2.0.0", "2.1.0", "2.1.0"] {
            for _pass in 0..4 {
                let desired = shop(tag);
                let plan = plan(&desired, &aws.observe(&desired).await);
                let planned: BTreeSet<String> = plan
                    .steps()
                    .filter(|(_, step)| step.target.kind == Kind::Service)
                    .flat_map(|(_, step)| step.changes.iter().map(|change| change.path.to_string()))
                    .filter_map(|path| Some(path.split(['.', '[']).next()?.to_owned()))
                    .collect();
                execute(&plan, &aws, &Silent, || false).await;
                for (operation, body) in std::mem::take(&mut *heard.lock().unwrap()) {
                    let sent: BTreeSet<String> = body.as_object().unwrap().keys().cloned().collect();
                    let extra: Vec<&String> =
                        sent.difference(&planned).filter(|name| !ALWAYS.contains(&name.as_str())).collect();
                    assert!(
                        extra.is_empty(),
                        "{operation} carries {extra:?}, which the plan does not change: {planned:?}"
                    );
                    met.insert(operation);
                }
                tokio::time::sleep(Duration::from_mins(2)).await;
            }
        }
        assert_eq!(met, BTreeSet::from(["CreateService".to_owned(), "UpdateService".to_owned()]));
    });
}

/// The bodies of calls that create or update services.
type Heard = Arc<Mutex<Vec<(String, Value)>>>;
