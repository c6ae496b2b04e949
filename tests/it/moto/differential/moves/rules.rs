//! Two rules of EventBridge, and where they lead.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{ACCOUNT, Move, one_of, with};

const NAMES: [&str; 2] = ["diff-0", "diff-1"];

pub(super) fn next(chance: &mut Rng) -> Move {
    let name = one_of(chance, &NAMES);
    let rule = json!({"Rule": name});
    let target = one_of(chance, &["a", "b"]);
    match chance.u8(0..30) {
        0..=5 => ask("PutRule", json!({"Name": name, "EventPattern": pattern(chance)})),
        6 => {
            let state = one_of(chance, &["ENABLED", "DISABLED"]);
            ask("PutRule", json!({"Name": name, "EventPattern": pattern(chance), "State": state, "Description": state}))
        }
        7 => ask("PutRule", json!({"Name": name})),
        8 => ask(
            "PutRule",
            json!({"Name": name, "EventPattern": one_of(chance, &["no JSON", "{\"source\": \"a\"}", "{}"])}),
        ),
        9 => ask("PutRule", json!({"Name": name, "EventPattern": pattern(chance), "EventBusName": "none"})),
        10..=11 => ask("DeleteRule", json!({"Name": name})),
        12..=14 => ask("DescribeRule", json!({"Name": name})),
        15 => ask("ListRules", json!({})),
        16 => ask("ListRules", json!({"NamePrefix": one_of(chance, &["diff", "other"])})),
        17..=20 => ask("PutTargets", with(rule, json!({"Targets": [{"Id": target, "Arn": queue(chance)}]}))),
        21 => {
            let settings = one_of(chance, &["$.detail", "$.source"]);
            let target = json!({"Id": target, "Arn": queue(chance), "InputPath": settings});
            ask("PutTargets", with(rule, json!({"Targets": [target]})))
        }
        22..=24 => ask("RemoveTargets", with(rule, json!({"Ids": [target]}))),
        25..=26 => ask("ListTargetsByRule", rule),
        27 => ask("PutEvents", json!({"Entries": [event("one"), {"Source": "diff"}]})).showing(EVENTS),
        28 => ask("PutEvents", json!({"Entries": [event("{\"a\": 1}")]})).showing(EVENTS),
        _ => ask("PutEvents", json!({"Entries": []})).showing(EVENTS),
    }
}

/// What each side calls an event is its own.
const EVENTS: &[&str] = &["FailedEntryCount", "Entries.ErrorCode"];

pub(super) fn closing() -> Vec<Move> {
    let of =
        |name: &&str| [ask("DescribeRule", json!({"Name": name})), ask("ListTargetsByRule", json!({"Rule": name}))];
    NAMES.iter().flat_map(of).chain([ask("ListRules", json!({}))]).collect()
}

fn pattern(chance: &mut Rng) -> String {
    json!({"source": [one_of(chance, &["aws.secretsmanager", "aws.ecs"])]}).to_string()
}

fn queue(chance: &mut Rng) -> String {
    match chance.u8(0..8) {
        0 => "a queue".to_owned(),
        number => format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:q{}", number % 2),
    }
}

fn event(detail: &str) -> Value {
    json!({"Source": "diff", "DetailType": "t", "Detail": detail})
}

fn ask(operation: &'static str, input: Value) -> Move {
    Move::new(Service::Events, operation, input)
}
