//! What leaves the manifests: a service with its revisions, its role and its secret.

use evenkeel::model::desired::Desired;
use evenkeel::model::inventory::PruneRules;

use super::apps::{DB, app, document, running, secret};
use crate::support::lab::{Lab, manifests};

const MAIL: &str = "MAIL: {secretRef: {name: mail}}";
const ADOPT: &str = "evenkeel.dev/adopt: \"true\"";

fn may_delete(text: &str) -> Desired {
    let mut desired = manifests(text);
    desired.policy.prune = PruneRules { enabled: true, max_millionths: 600_000 };
    desired
}

/// The mailer, its role, its family and its secret, whose manifest asked for its deletion, leave.
pub(super) async fn removal() -> (Lab, Desired) {
    let mail = document("Secret", "mail", ADOPT, "deletionPolicy: ScheduleDeletion, recoveryWindowDays: 7");
    let all = secret("db") + &app("orders", "1", DB) + &mail + &app("mailer", "1", MAIL);
    let lab = running(&["db", "mail"], &all).await;
    (lab, may_delete(&(secret("db") + &app("orders", "1", DB))))
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
