//! `PutTargets`, `RemoveTargets` and `ListTargetsByRule`.
//!
//! Ledger: B7, B8, B9.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::rules::check_bus;
use super::{EventTarget, fault};
use crate::sandbox::page::{Order, page};
use crate::sandbox::place::Arn;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    rule: String,
    event_bus_name: Option<String>,
    #[serde(default)]
    targets: Vec<Target>,
    #[serde(default)]
    ids: Vec<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    #[serde(rename = "Id")]
    id: String,
    #[serde(rename = "Arn")]
    arn: String,
    #[serde(flatten)]
    settings: BTreeMap<String, Value>,
}

/// A quota that AWS does not raise.
const MOST_TARGETS: usize = 5;
/// What delivery looks at, and a `RetryPolicy`, which is kept alone: here a
/// delivery is made or fails at once ([B9]).
const OFFERED: [&str; 4] = ["Input", "InputPath", "DeadLetterConfig", "RetryPolicy"];

pub(super) fn put_targets(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    check_bus(world.place(), input.event_bus_name.as_deref())?;
    for target in &input.targets {
        check(target)?;
    }
    let rule = world.events.rules.get_mut(&input.rule).ok_or_else(|| fault::no_rule(&input.rule))?;
    let mut targets = rule.targets.clone();
    targets.extend(input.targets.into_iter().map(|Target { id, arn, settings }| (id, EventTarget { arn, settings })));
    if targets.len() > MOST_TARGETS {
        let message = format!("The requested resource exceeds the maximum number allowed: {MOST_TARGETS} targets.");
        return Err(AwsError::new("LimitExceededException", message));
    }
    rule.targets = targets;
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

fn check(target: &Target) -> Result<(), AwsError> {
    let Target { id, arn, settings } = target;
    if Arn::parse(arn).is_none() {
        return Err(fault::validation(format!(
            "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        )));
    }
    if let Some(other) = settings.keys().find(|name| !OFFERED.contains(&name.as_str())) {
        return Err(fault::validation(format!("the sandbox does not offer {other} (target {id})")));
    }
    if settings.contains_key("Input") && settings.contains_key("InputPath") {
        return Err(fault::validation(format!(
            "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        )));
    }
    Ok(())
}

pub(super) fn remove_targets(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    check_bus(world.place(), input.event_bus_name.as_deref())?;
    let rule = world.events.rules.get_mut(&input.rule).ok_or_else(|| fault::no_rule(&input.rule))?;
    let mut failed = Vec::new();
    for id in input.ids {
        if rule.targets.remove(&id).is_none() {
            let message = format!("Rule {} does not contain target {id}.", input.rule);
            failed.push(json!({"TargetId": id, "ErrorCode": "ResourceNotFoundException", "ErrorMessage": message}));
        }
    }
    Ok(json!({"FailedEntryCount": failed.len(), "FailedEntries": failed}))
}

pub(super) fn list_targets_by_rule(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    check_bus(world.place(), input.event_bus_name.as_deref())?;
    let rule = world.events.rules.get(&input.rule).ok_or_else(|| fault::no_rule(&input.rule))?;
    let entries = rule.targets.iter().map(|(id, target)| {
        let mut view = json!({"Id": id, "Arn": target.arn});
        for (name, value) in &target.settings {
            view[name] = value.clone();
        }
        (id.clone(), view)
    });
    let listing = format!("ListTargetsByRule {}", rule.arn);
    let page = page(&listing, entries, Order::Ascending, input.next_token.as_deref(), input.limit.unwrap_or(100))
        .map_err(|_| fault::validation("The NextToken is not valid."))?;
    let mut output = json!({"Targets": page.items});
    if let Some(next) = page.next {
        output["NextToken"] = json!(next);
    }
    Ok(output)
}
