//! Several things at once: a small estate of four services, two secrets and a key.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::sandbox::Service;
use serde_json::json;

use super::apps::{DB, app, family, role, running, secret, service};
use crate::support::lab::{Lab, manifests};

const MAIL: &str = "MAIL: {secretRef: {name: mail}}";

fn estate(tag: &str) -> String {
    secret("db")
        + &secret("mail")
        + &app("web", tag, DB)
        + &role("orders")
        + &family("orders", tag, &format!("{DB}, {MAIL}"), ", secretPinning: VersionId")
        + &service("orders", "orders", ", desiredCount: 2")
        + &service("reports", "orders", ", rollout: {wave: 1}")
        + &app("mailer", tag, MAIL)
}

pub(super) async fn install() -> (Lab, Desired) {
    let lab = running(&["db", "mail"], &role("unused")).await;
    (lab, manifests(&(estate("1") + &role("unused"))))
}

pub(super) async fn release() -> (Lab, Desired) {
    (running(&["db", "mail"], &estate("1")).await, manifests(&estate("2")))
}

/// Both secrets, within the time in which rotations become one rollout.
pub(super) async fn rotations() -> (Lab, Desired) {
    let lab = running(&["db", "mail"], &estate("1")).await;
    lab.rotate("db", 2);
    tokio::time::sleep(Duration::from_secs(10)).await;
    lab.rotate("mail", 2);
    (lab, manifests(&estate("1")))
}

/// Another image and another value: one rollout.
pub(super) async fn rotation_and_release() -> (Lab, Desired) {
    let lab = running(&["db", "mail"], &estate("1")).await;
    lab.rotate("db", 2);
    (lab, manifests(&estate("2")))
}

/// Another release comes while the first is still being rolled out.
pub(super) async fn overtaking() -> (Lab, Desired) {
    let lab = running(&["db", "mail"], &estate("1")).await;
    let (_, begun) = lab.pass(&manifests(&estate("2"))).await;
    assert!(begun.done() > 0);
    tokio::time::sleep(Duration::from_secs(5)).await;
    (lab, manifests(&estate("3")))
}

/// Every reader of one secret reads the other: granted first, and nothing taken away yet.
pub(super) async fn another_secret() -> (Lab, Desired) {
    let text =
        |secrets: &str| secret("db") + &secret("mail") + &app("web", "1", secrets) + &app("mailer", "1", secrets);
    (running(&["db", "mail"], &text(DB)).await, manifests(&text(MAIL)))
}

/// By hand: a service has no tasks, and a role no policy. A release comes before anybody notices.
pub(super) async fn undone() -> (Lab, Desired) {
    let lab = running(&["db", "mail"], &estate("1")).await;
    let old = json!({"cluster": "shop", "service": "web", "desiredCount": 0});
    lab.call(Service::Ecs, "UpdateService", &old);
    lab.form("DeleteRolePolicy", &json!({"RoleName": "mailer", "PolicyName": "evenkeel-default"}));
    tokio::time::sleep(Duration::from_hours(2)).await;
    (lab, manifests(&estate("2")))
}
