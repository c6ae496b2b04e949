//! What leaves the manifests, and perhaps comes back: a service with its revisions, its role and its secret.

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

pub(super) fn may_delete(text: &str) -> Desired {
    let mut desired = manifests(text);
    desired.policy.prune = PruneRules { enabled: true, max_millionths: 600_000 };
    desired
}

/// What stays.
fn rest() -> String {
    secret("db") + &app("orders", "1", DB)
}

/// With the mailer, its role, its family and its secret, whose manifest asks for its deletion once it leaves.
fn with_mailer() -> String {
    let mail = document("Secret", "mail", ADOPT, "deletionPolicy: ScheduleDeletion, recoveryWindowDays: 7");
    rest() + &mail + &app("mailer", "1", MAIL)
}

/// The mailer and all that is its own leave.
pub(super) async fn removal() -> (Lab, Desired) {
    let lab = running(&["db", "mail"], &with_mailer()).await;
    (lab, may_delete(&rest()))
}

/// They leave; the process dies when the service is gone and the role is to follow; and they come back.
pub(super) async fn return_of_a_service() -> (Lab, Desired) {
    cut("DeleteRole", Fate::CrashBefore).await
}

/// They leave; the process dies when the secret was scheduled for deletion; and they come back.
pub(super) async fn return_of_a_secret() -> (Lab, Desired) {
    cut("DeleteSecret", Fate::CrashAfter).await
}

/// The manifests are back after a removal that was cut at this call.
async fn cut(at: &'static str, fate: Fate) -> (Lab, Desired) {
    let mut lab = running(&["db", "mail"], &with_mailer()).await;
    lab.chaos.set(move |_, operation| if operation == at { fate } else { Fate::Pass });
    let gone = may_delete(&rest());
    tokio::select! {
        _ = lab.converge(&gone) => panic!("the removal was not cut at {at}"),
        () = lab.chaos.death() => {}
    }
    lab.restart().await;
    (lab, may_delete(&with_mailer()))
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
fn law_8_what_comes_back_after_any_call_of_its_deletion_runs_again() {
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
            lab.converge(&manifests(&with_mailer())).await;
            tokio::time::sleep(Duration::from_mins(2)).await;
            let asked = json!({"cluster": "shop", "services": ["mailer"]});
            let mailer = lab.call(Service::Ecs, "DescribeServices", &asked)["services"][0].take();
            let counts = [&mailer["desiredCount"], &mailer["runningCount"]].map(serde_json::Value::as_i64);
            assert_eq!(counts, [Some(1), Some(1)], "after {operation}: {mailer:#}");
        });
    }
}
