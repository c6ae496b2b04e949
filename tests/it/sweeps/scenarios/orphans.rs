//! What leaves the manifests: a service with its revisions, its role and its secret.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::model::inventory::PruneRules;
use evenkeel::sandbox::chaos::Fate;
use evenkeel::sandbox::{Sandbox, Service};
use serde_json::json;

use super::Course;
use super::apps::{DB, app, document, running, secret};
use crate::support::lab::{Lab, in_virtual_time_unlogged, manifests};

const MAIL: &str = "MAIL: {secretRef: {name: mail}}";
const ADOPT: &str = "evenkeel.dev/adopt: \"true\"";

fn may_delete(text: &str) -> Desired {
    let mut desired = manifests(text);
    desired.policy.prune = PruneRules { enabled: true, max_millionths: 600_000 };
    desired
}

/// The mailer, its role, its family and its secret, whose manifest asked for its deletion, leave.
pub(super) async fn removal() -> (Lab, Desired) {
    let lab = running(&["db", "mail"], &with_the_mailer()).await;
    (lab, may_delete(&(secret("db") + &app("orders", "1", DB))))
}

fn with_the_mailer() -> String {
    let mail = document("Secret", "mail", ADOPT, "deletionPolicy: ScheduleDeletion, recoveryWindowDays: 7");
    secret("db") + &app("orders", "1", DB) + &mail + &app("mailer", "1", MAIL)
}

/// Four releases were made, and only one old revision is to stay.
pub(super) async fn old_revisions() -> (Lab, Desired) {
    let at = |tag: &str| secret("db") + &app("orders", tag, DB);
    let lab = running(&["db"], &at("1")).await;
    for tag in ["2", "3", "4"] {
        lab.converge(&manifests(&at(tag))).await;
    }
    let keeping = at("4").replace("cpu: \"256\"", "keepRevisions: 1, cpu: \"256\"");
    (lab, may_delete(&keeping))
}

/// The process dies after a call of the deletion, and by then the manifests are back: nothing of what was deleted is missing.
/// The service's manifest names no number of tasks, so nobody would correct one.
#[test]
fn what_comes_back_after_any_call_of_its_deletion_runs_again() {
    let scenario = super::ALL.iter().find(|scenario| scenario.name == "what leaves the manifests").unwrap();
    let course = Course::of(scenario);
    let reads = |operation: &String| ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb));
    let writes: Vec<usize> = (0..course.calls.len()).filter(|index| !reads(&course.calls[*index])).collect();
    assert!(writes.len() >= 5, "{:?}", course.calls);
    for died in writes {
        let operation = &course.calls[died];
        in_virtual_time_unlogged(async {
            let mut lab = Lab::at(course.before().clone(), Sandbox::http_client).await;
            lab.chaos.set(move |at, _| if at == died { Fate::CrashAfter } else { Fate::Pass });
            tokio::select! {
                _ = lab.converge(course.wanted()) => panic!("{operation} was not made"),
                () = lab.chaos.death() => lab.restart().await,
            }
            lab.converge(&manifests(&with_the_mailer())).await;
            tokio::time::sleep(Duration::from_mins(2)).await;
            let asked = json!({"cluster": "shop", "services": ["mailer"]});
            let mailer = lab.call(Service::Ecs, "DescribeServices", &asked)["services"][0].take();
            let counts = [&mailer["desiredCount"], &mailer["runningCount"]].map(serde_json::Value::as_i64);
            assert_eq!(counts, [Some(1), Some(1)], "after {operation}: {mailer:#}");
        });
    }
}
