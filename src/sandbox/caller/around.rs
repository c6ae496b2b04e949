//! What calls of the services around need: the queue, the rule or the bus, the
//! parameter, the log group, the repository. EC2's looks and a search by tag
//! are about everything.
//!
//! Ledger: I23.

use serde_json::Value;

use super::{Asked, given, request_tags};
use crate::sandbox::place::Place;
use crate::sandbox::ssm;
use crate::sandbox::world::World;

/// Of a batch as of a single message.
pub(super) fn sqs<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let place = world.place();
    let name = given(input, "QueueName").map(str::to_owned);
    let arn = match (name, given(input, "QueueUrl").and_then(of_url)) {
        (Some(name), _) => {
            let owner = given(input, "QueueOwnerAWSAccountId").unwrap_or(&place.account);
            format!("arn:aws:sqs:{}:{owner}:{name}", place.region)
        }
        (None, Some((owner, name))) => format!("arn:aws:sqs:{}:{owner}:{name}", place.region),
        (None, None) => "*".to_owned(),
    };
    let tags = map_of_tags(input);
    let action = format!("sqs:{}", operation.strip_suffix("Batch").unwrap_or(operation));
    let held = world.sqs.queues().values().find(|queue| queue.arn == arn);
    let main = Asked::on(&action, &arn).with_request_tags(&tags);
    let main = match held {
        Some(queue) => main.with_resource_tags("aws", &queue.tags),
        None => main,
    };
    with_tagging(main, "sqs:TagQueue", &tags)
}

/// Account and name of a queue, from its URL.
fn of_url(url: &str) -> Option<(&str, &str)> {
    let (rest, name) = url.rsplit_once('/')?;
    Some((rest.rsplit('/').next()?, name))
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
    let rule = match bus(given(input, "EventBusName")) {
        "default" => format!("rule/{rule}"),
        other => format!("rule/{other}/{rule}"),
    };
    let tags = request_tags(input);
    let main = Asked::on(&action, &place.arn("events", &rule)).with_request_tags(&tags);
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

/// Who makes something with tags needs to be allowed to tag it.
fn with_tagging<'a>(main: Asked<'a>, action: &str, tags: &[(String, String)]) -> Vec<Asked<'a>> {
    if tags.is_empty() {
        return vec![main];
    }
    let tag = Asked::on(action, &main.resource).with_request_tags(tags);
    vec![main, tag]
}

/// Tags of a request that are a map, not a list.
fn map_of_tags(input: &Value) -> Vec<(String, String)> {
    let tags = input.get("tags").and_then(Value::as_object).into_iter().flatten();
    tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
