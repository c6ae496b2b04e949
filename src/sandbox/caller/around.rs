//! What calls of the services around need: the queue, the rule or the bus, the
//! parameter, the log group, the repository. EC2's looks and a search by tag
//! are about everything.
//!
//! Ledger: I23.

use serde_json::Value;

use super::{Asked, given, request_tags, with_tagging};
use crate::sandbox::place::Place;
use crate::sandbox::sqs::Address;
use crate::sandbox::ssm;
use crate::sandbox::world::World;

/// Of a batch as of a single message.
pub(super) fn sqs<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let place = world.place();
    let by_url = given(input, "QueueUrl").map(Address::of).map(|Address { account, name }| (account, name));
    let named = given(input, "QueueName").map(|name| (given(input, "QueueOwnerAWSAccountId"), name)).or(by_url);
    let arn = named.map_or_else(
        || "*".to_owned(),
        |(owner, name)| format!("arn:aws:sqs:{}:{}:{name}", place.region, owner.unwrap_or(&place.account)),
    );
    let tags = map_of_tags(input);
    let action = format!("sqs:{}", operation.strip_suffix("Batch").unwrap_or(operation));
    let main = Asked::on(&action, &arn).with_request_tags(&tags);
    let main = match world.sqs.by_arn(&arn) {
        Some(queue) => main.with_resource_tags("aws", &queue.tags),
        None => main,
    };
    with_tagging(main, "sqs:TagQueue", &tags)
}

pub(super) fn events<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let action = format!("events:{operation}");
    let place = world.place();
    if operation == "PutEvents" {
        let entries = input.get("Entries").and_then(Value::as_array).into_iter().flatten();
        let on_bus = |entry: &Value| {
            let bus = bus(given(entry, "EventBusName"));
            let mut asked = Asked::on(&action, &place.arn("events", &format!("event-bus/{bus}")));
            for (key, member) in [("events:source", "Source"), ("events:detail-type", "DetailType")] {
                asked = given(entry, member).into_iter().fold(asked, |asked, value| asked.with(key, value));
            }
            asked
        };
        return entries.map(on_bus).collect();
    }
    let Some(rule) = given(input, "Rule").or(given(input, "Name")) else {
        return vec![Asked::on(&action, "*")];
    };
    let (arn, held) = match bus(given(input, "EventBusName")) {
        "default" => (format!("rule/{rule}"), world.events.rules().get(rule)),
        // There is no other bus.
        other => (format!("rule/{other}/{rule}"), None),
    };
    let tags = request_tags(input);
    let main = Asked::on(&action, &place.arn("events", &arn)).with_request_tags(&tags);
    let main = match held {
        Some(held) => main.with_resource_tags("aws", &held.tags),
        None => main,
    };
    with_tagging(main, "events:TagResource", &tags)
}

/// A bus is given by its name or its ARN.
fn bus(given: Option<&str>) -> &str {
    given.map_or("default", |given| given.rsplit('/').next().unwrap_or(given))
}

/// Parameters at once are each asked about.
pub(super) fn ssm<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let action = format!("ssm:{operation}");
    // What stands behind a name chooses a version, and is no part of what is judged.
    let arn = |given: &str| match ssm::named(given) {
        (_, Some(selector)) if given.starts_with("arn:") => given[..given.len() - selector.len() - 1].to_owned(),
        (_, None) if given.starts_with("arn:") => given.to_owned(),
        (name, _) => ssm::arn(world.place(), name),
    };
    let names: Vec<&str> = match input.get("Names").and_then(Value::as_array) {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => given(input, "Name").into_iter().collect(),
    };
    if names.is_empty() {
        return vec![Asked::on(&action, "*")];
    }
    let tags = request_tags(input);
    let on = |name: &&str| {
        let main = Asked::on(&action, &arn(name)).with_request_tags(&tags);
        let main = match world.ssm.find(name) {
            Some((_, held)) => main.with_resource_tags("ssm", &held.tags),
            None => main,
        };
        with_tagging(main, "ssm:AddTagsToResource", &tags)
    };
    names.iter().flat_map(on).collect()
}

/// Groups are judged by the ARN of what is in them, which a policy means by `…:*`.
pub(super) fn logs<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let name = given(input, "logGroupName").or(given(input, "logGroupNamePrefix")).unwrap_or_default();
    let arn = world.place().arn("logs", &format!("log-group:{name}:log-stream:"));
    let tags = map_of_tags(input);
    let main = Asked::on(&format!("logs:{operation}"), &arn).with_request_tags(&tags);
    let main = match world.logs.groups.get(name) {
        Some(group) => main.with_resource_tags("aws", &group.tags),
        None => main,
    };
    with_tagging(main, "logs:TagResource", &tags)
}

pub(super) fn ecr<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let action = format!("ecr:{operation}");
    let Some(name) = given(input, "repositoryName") else { return vec![Asked::on(&action, "*")] };
    let Place { account, region } = world.place();
    let account = given(input, "registryId").unwrap_or(account);
    let tags = request_tags(input);
    let main = Asked::on(&action, &format!("arn:aws:ecr:{region}:{account}:repository/{name}"));
    let main = match world.ecr.repositories.get(name) {
        Some(repository) => main.with_resource_tags("ecr", &repository.tags),
        None => main,
    };
    with_tagging(main.with_request_tags(&tags), "ecr:TagResource", &tags)
}

/// Tags of a request that are a map, not a list.
fn map_of_tags(input: &Value) -> Vec<(String, String)> {
    let tags = input.get("tags").and_then(Value::as_object).into_iter().flatten();
    tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
