//! What is ours: taken over, set, tagged.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::apps::{DB, app, document, running, secret};
use crate::support::lab::{Lab, manifests};

const ADOPT: &str = "evenkeel.dev/adopt: \"true\"";

/// The tags that say whose something is.
const OURS: [&str; 3] = ["evenkeel.dev/installation", "evenkeel.dev/resource", "evenkeel.dev/applied"];

/// Of UntagRole: a role is ours no longer.
pub(super) fn untagged(role: &str) -> Value {
    let mut input = json!({"RoleName": role});
    for (n, key) in (1..).zip(OURS) {
        input[format!("TagKeys.member.{n}")] = key.into();
    }
    input
}

/// What runs loses its tags: somebody else's now. It is taken over, with another release.
pub(super) async fn adoption() -> (Lab, Desired) {
    let lab = running(&["db"], &(secret("db") + &app("orders", "1", DB))).await;
    let arn = "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders";
    lab.call(Service::Ecs, "UntagResource", &json!({"resourceArn": arn, "tagKeys": OURS}));
    lab.form("UntagRole", &untagged("orders"));
    tokio::time::sleep(Duration::from_hours(1)).await;
    let text = document("Secret", "db", ADOPT, "description: Orders database") + &app("orders", "2", DB);
    let text = text.replace("{name: orders, annotations: {}}", &format!("{{name: orders, annotations: {{{ADOPT}}}}}"));
    (lab, manifests(&text))
}

/// Every setting of a secret, beside a service that reads it.
pub(super) async fn settings() -> (Lab, Desired) {
    let settings = "description: The database, tags: {team: orders}, \
         rotation: {lambdaArn: \"arn:aws:lambda:eu-west-1:123456789012:function:rotate\", schedule: rate(7 days)}, \
         replicas: [{region: us-east-1}, {region: eu-central-1}], \
         resourcePolicy: {Version: \"2012-10-17\", Statement: [{Effect: Deny, Principal: {AWS: \"123456789012\"}, \
         Action: secretsmanager:DeleteSecret, Resource: \"*\"}]}";
    let text = |settings| document("Secret", "db", ADOPT, settings) + &app("orders", "1", DB);
    (running(&["db"], &text("")).await, manifests(&text(settings)))
}

/// Tags of a secret, and nothing that a task would notice.
pub(super) async fn tags() -> (Lab, Desired) {
    let text = |team: &str| {
        let tags = format!("tags: {{team: {team}, cost-center: \"42\"}}");
        document("Secret", "db", ADOPT, &tags) + &app("orders", "1", DB)
    };
    (running(&["db"], &text("orders")).await, manifests(&text("sales")))
}
