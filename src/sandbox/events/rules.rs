//! `PutRule`, `DeleteRule`, `DescribeRule` and `ListRules`.
//!
//! Ledger: B6, B8.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{EventRule, fault, pattern};
use crate::sandbox::page::{Order, page};
use crate::sandbox::place::Place;
use crate::sandbox::tags::{self, Tag, Tags};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    name: String,
    event_pattern: Option<String>,
    schedule_expression: Option<String>,
    state: Option<String>,
    description: Option<String>,
    event_bus_name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
    event_bus_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    name_prefix: Option<String>,
    event_bus_name: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

/// By name, or by the ARN of the default bus.
pub(super) fn check_bus(place: &Place, given: Option<&str>) -> Result<(), AwsError> {
    match given {
        None | Some("default") => Ok(()),
        Some(arn) if arn == place.arn("events", "event-bus/default") => Ok(()),
        Some(other) => Err(fault::no_bus(other)),
    }
}

pub(super) fn put_rule(world: &mut World, input: &Value) -> Outcome {
    let input: Put = parse(input)?;
    check_bus(world.place(), input.event_bus_name.as_deref())?;
    if input.schedule_expression.is_some() {
        return Err(fault::validation("the sandbox does not offer schedules"));
    }
    let Some(pattern) = input.event_pattern else {
        return Err(fault::validation("Parameter(s) EventPattern or ScheduleExpression must be specified."));
    };
    pattern::check(&pattern)?;
    let tags = tags::merged(&Tags::new(), &input.tags).map_err(|fault| fault::validation(fault.to_string()))?;
    let enabled = match input.state.as_deref() {
        None | Some("ENABLED") => true,
        Some("DISABLED") => false,
        Some(other) => return Err(fault::validation(format!("the sandbox does not offer the state {other}"))),
    };
    let arn = world.place().arn("events", &format!("rule/{}", input.name));
    // A rule that exists is replaced; its targets and tags stay (BC:events PutRule).
    let held = world.events.rules.remove(&input.name);
    let (targets, tags) = held.map_or((BTreeMap::new(), tags), |held| (held.targets, held.tags));
    let rule = EventRule { arn: arn.clone(), pattern, description: input.description, enabled, targets, tags };
    world.events.rules.insert(input.name, rule);
    Ok(json!({"RuleArn": arn}))
}

pub(super) fn delete_rule(world: &mut World, input: &Value) -> Outcome {
    let Named { name, event_bus_name } = parse(input)?;
    check_bus(world.place(), event_bus_name.as_deref())?;
    if world.events.rules.get(&name).is_some_and(|rule| !rule.targets.is_empty()) {
        return Err(fault::validation("Rule can't be deleted since it has targets."));
    }
    // One that is not there is no error.
    world.events.rules.remove(&name);
    Ok(json!({}))
}

pub(super) fn describe_rule(world: &mut World, input: &Value) -> Outcome {
    let Named { name, event_bus_name } = parse(input)?;
    check_bus(world.place(), event_bus_name.as_deref())?;
    let rule = world.events.rules.get(&name).ok_or_else(|| fault::no_rule(&name))?;
    let mut view = view(&name, rule);
    view["CreatedBy"] = json!(world.place().account);
    Ok(view)
}

pub(super) fn list_rules(world: &mut World, input: &Value) -> Outcome {
    let List { name_prefix, event_bus_name, limit, next_token } = parse(input)?;
    check_bus(world.place(), event_bus_name.as_deref())?;
    let wanted = |name: &str| name_prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix));
    let rules = world.events.rules.iter().filter(|(name, _)| wanted(name));
    let entries = rules.map(|(name, rule)| (name.clone(), view(name, rule)));
    let listing = format!("ListRules {name_prefix:?}");
    let page = page(&listing, entries, Order::Ascending, next_token.as_deref(), limit.unwrap_or(100))
        .map_err(|_| fault::validation("The NextToken is not valid."))?;
    let mut output = json!({"Rules": page.items});
    if let Some(next) = page.next {
        output["NextToken"] = json!(next);
    }
    Ok(output)
}

fn view(name: &str, rule: &EventRule) -> Value {
    let mut view = json!({
        "Name": name,
        "Arn": rule.arn,
        "EventPattern": rule.pattern,
        "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
        "EventBusName": "default",
    });
    if let Some(description) = &rule.description {
        view["Description"] = json!(description);
    }
    view
}
