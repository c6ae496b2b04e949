//! `CreateQueue`, `DeleteQueue` and `GetQueueUrl`.
//!
//! Ledger: O5.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Address, Queue, attributes, fault};
use crate::sandbox::tags::Tags;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default, rename = "tags")]
    tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Addressed {
    queue_url: String,
}

/// For so long the name of a deleted queue is not free (BC:sqs DeleteQueue).
const NAME_RESTS: Duration = Duration::from_mins(1);

pub(super) fn create_queue(world: &mut World, input: &Value) -> Outcome {
    let Create { queue_name: name, attributes, tags } = parse(input)?;
    check_name(&name)?;
    attributes::check(world, &attributes)?;
    let (place, now) = (world.place().clone(), world.now());
    if let Some(held) = world.sqs.queues.get(&name) {
        // An attribute that is not given does not count, and an empty one is none.
        let other = attributes
            .iter()
            .find(|(name, value)| held.attributes.get(*name).map_or("", String::as_str) != value.as_str());
        return match other {
            Some((attribute, _)) => Err(fault::exists(attribute)),
            None => Ok(json!({"QueueUrl": world.sqs.url(&place, &name)})),
        };
    }
    if world.sqs.deleted.get(&name).is_some_and(|since| now.since(*since) < NAME_RESTS) {
        return Err(fault::deleted_recently());
    }
    world.sqs.deleted.remove(&name);
    let mut queue = Queue {
        arn: place.arn("sqs", &name),
        attributes: attributes::defaults(),
        tags,
        created: now,
        modified: now,
        messages: BTreeMap::new(),
        next: 0,
    };
    attributes::set(&mut queue, attributes);
    let url = world.sqs.url(&place, &name);
    world.sqs.queues.insert(name, queue);
    Ok(json!({"QueueUrl": url}))
}

pub(super) fn delete_queue(world: &mut World, input: &Value) -> Outcome {
    let Addressed { queue_url } = parse(input)?;
    let (place, now) = (world.place().clone(), world.now());
    world.sqs.find(&place, &queue_url)?;
    let name = Address::of(&queue_url).name.to_owned();
    world.sqs.queues.remove(&name);
    world.sqs.deleted.insert(name, now);
    Ok(json!({}))
}

pub(super) fn get_queue_url(world: &mut World, input: &Value) -> Outcome {
    let Named { queue_name, owner } = parse(input)?;
    let place = world.place();
    if !world.sqs.queues.contains_key(&queue_name) || owner.is_some_and(|owner| owner != place.account) {
        return Err(fault::no_such_queue());
    }
    Ok(json!({"QueueUrl": world.sqs.url(place, &queue_name)}))
}

fn check_name(name: &str) -> Result<(), AwsError> {
    if name.rsplit_once('.').is_some_and(|(_, kind)| kind == "fifo") {
        return Err(fault::unsupported("FIFO queues"));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.is_empty() || name.len() > 80 || !name.bytes().all(allowed) {
        return Err(fault::invalid_parameter(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ));
    }
    Ok(())
}
