//! What moto does not do and a test needs, done before it, in the open: one function a gap, each with its row in
//! `docs/aws-behaviour.md`, section "Where moto differs".

use std::io;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::http::{self, Message};

/// Passes a call on to moto, but for the gaps.
pub(crate) fn forward(moto: u16, operation: &str, request: &Message) -> io::Result<Message> {
    match operation {
        "ecs:ListServiceDeployments" => Ok(no_history()),
        "ecs:CreateService" => create_service(moto, request),
        "secretsmanager:RotateSecret" => rotate_secret(moto, request),
        _ if operation.starts_with("iam:") => one_at_a_time(moto, request),
        _ => http::exchange(moto, request),
    }
}

/// M1: moto does not know the operation. AWS lists the deployments of the service; as moto's never fail, what a caller
/// learns from an empty list is the same: nothing has failed.
fn no_history() -> Message {
    Message::answer("200 OK", "application/x-amz-json-1.1", r#"{"serviceDeployments": []}"#)
}

/// M115: moto looks for a role among all of them while another call adds one, and answers with HTTP 500, which the SDK
/// takes for AWS's and asks again.
fn one_at_a_time(moto: u16, request: &Message) -> io::Result<Message> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    http::exchange(moto, request)
}

/// The members of CreateService that moto takes notice of.
const KEPT: [&str; 15] = [
    "clientToken",
    "cluster",
    "deploymentController",
    "desiredCount",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "platformVersion",
    "propagateTags",
    "role",
    "schedulingStrategy",
    "serviceName",
    "serviceRegistries",
    "tags",
    "taskDefinition",
];

/// M2: AWS keeps every field of CreateService. What moto drops is handed in by an UpdateService of our own.
fn create_service(moto: u16, request: &Message) -> io::Result<Message> {
    let answer = http::exchange(moto, request)?;
    let sent: Map<String, Value> = serde_json::from_slice(&request.body)?;
    let mut update: Map<String, Value> =
        sent.clone().into_iter().filter(|(name, _)| !KEPT.contains(&name.as_str())).collect();
    if answer.is_ok() && !update.is_empty() {
        update.insert("cluster".into(), sent["cluster"].clone());
        update.insert("service".into(), sent["serviceName"].clone());
        let body = Value::Object(update).to_string().into_bytes();
        let update = with_body(request, (".CreateService", ".UpdateService"), body);
        let kept = http::exchange(moto, &update)?;
        assert!(kept.is_ok(), "{}", kept.text());
    }
    Ok(answer)
}

/// M13: moto drops every ScheduleExpression: it is handed the number of days that says the same. M14: it leaves AWSPENDING
/// on the version with which a function is only tested, where AWS takes it off.
fn rotate_secret(moto: u16, request: &Message) -> io::Result<Message> {
    let mut sent: Value = serde_json::from_slice(&request.body)?;
    let schedule = sent["RotationRules"]["ScheduleExpression"].as_str().unwrap_or_default();
    let days = schedule.strip_prefix("rate(").and_then(|rest| rest.split_once(" day")?.0.parse::<u32>().ok());
    if let Some(days) = days {
        sent["RotationRules"] = json!({"AutomaticallyAfterDays": days});
    }
    let call = with_body(request, (".RotateSecret", ".RotateSecret"), sent.to_string().into_bytes());
    let answer = http::exchange(moto, &call)?;
    if answer.is_ok() && sent["RotateImmediately"] == false {
        let label = json!({
            "SecretId": sent["SecretId"], "VersionStage": "AWSPENDING", "RemoveFromVersionId": sent["ClientRequestToken"],
        });
        let change = (".RotateSecret", ".UpdateSecretVersionStage");
        let taken_off = http::exchange(moto, &with_body(request, change, label.to_string().into_bytes()))?;
        assert!(taken_off.is_ok(), "{}", taken_off.text());
    }
    Ok(answer)
}

/// The same caller's request for another operation.
fn with_body(request: &Message, (from, to): (&str, &str), body: Vec<u8>) -> Message {
    let lines = request.head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
    let head: Vec<String> = lines.map(|line| line.replace(from, to)).collect();
    Message { head: format!("{}\r\ncontent-length: {}", head.join("\r\n"), body.len()), body }
}
