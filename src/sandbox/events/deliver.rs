//! From an event to a message: which rules want it, when it comes, how often.
//!
//! Ledger: B5, B7.

use serde_json::{Value, json};

use super::{EventTarget, UnderWay, pattern};
use crate::sandbox::agenda::Event;
use crate::sandbox::sqs;
use crate::sandbox::world::World;

/// What happened, without what EventBridge adds.
pub(crate) struct Told {
    pub(crate) source: String,
    pub(crate) detail_type: String,
    pub(crate) resources: Vec<String>,
    pub(crate) detail: Value,
}

/// Puts an event on the default bus; its id.
pub(crate) fn emit(world: &mut World, told: &Told) -> String {
    let id = world.events.random.uuid();
    if !world.events.has_rules() {
        return id;
    }
    let place = world.place();
    let event = json!({
        "version": "0",
        "id": id,
        "detail-type": told.detail_type,
        "source": told.source,
        "account": place.account,
        "time": world.now().to_string(),
        "region": place.region,
        "resources": told.resources,
        "detail": told.detail,
    });
    let mut wanted = Vec::new();
    for (name, rule) in world.events.rules.iter().filter(|(_, rule)| rule.enabled) {
        let matches = serde_json::from_str(&rule.pattern).is_ok_and(|pattern| pattern::matches(&pattern, &event));
        if matches {
            wanted.extend(rule.targets.iter().map(|(id, target)| (name.clone(), id.clone(), body(target, &event))));
        }
    }
    for (rule, target, body) in wanted {
        send(world, &UnderWay { rule, target, body });
    }
    id
}

/// What a target gets: the event, a part of it, or something constant.
fn body(target: &EventTarget, event: &Value) -> String {
    let setting = |name: &str| target.settings.get(name).and_then(Value::as_str);
    match (setting("Input"), setting("InputPath")) {
        (Some(constant), _) => constant.to_owned(),
        (None, Some(path)) => {
            let steps = path.trim_start_matches('$').split('.').filter(|step| !step.is_empty());
            steps.fold(event, |part, step| &part[step]).to_string()
        }
        (None, None) => event.to_string(),
    }
}

/// Once, twice or never, sooner or later.
fn send(world: &mut World, message: &UnderWay) {
    let now = world.now();
    let events = &mut world.events;
    let delivery = events.delivery.clone();
    let mut chance = |per_thousand: u32| events.random.below(1000) < u64::from(per_thousand);
    let (lost, twice) = (chance(delivery.lost), chance(delivery.duplicated));
    let copies = if lost { 0 } else { 1 + u8::from(twice) };
    for _ in 0..copies {
        let jitter = u64::try_from(delivery.jitter.as_millis()).unwrap_or(0);
        let late = std::time::Duration::from_millis(world.events.random.below(jitter + 1));
        world.events.sent += 1;
        let number = world.events.sent;
        world.events.under_way.insert(number, message.clone());
        world.at(now + delivery.delay + late, Event::Arrival(number));
    }
}

/// An event arrives. A rule or a target that is gone by now gets nothing.
pub(crate) fn deliver(world: &mut World, number: u64) {
    let Some(UnderWay { rule: name, target, body }) = world.events.under_way.remove(&number) else {
        return;
    };
    let Some((rule, target)) =
        world.events.rules.get(&name).and_then(|rule| Some((rule.arn.clone(), rule.targets.get(&target)?.clone())))
    else {
        return;
    };
    let dead_letters = target.settings.get("DeadLetterConfig").and_then(|config| config["Arn"].as_str());
    let Err(why) = push(world, &rule, &target.arn, &body) else { return };
    let saved = dead_letters.is_some_and(|queue| push(world, &rule, queue, &body).is_ok());
    let fate = if saved { "to the dead-letter queue" } else { "dropped" };
    let now = world.now();
    world.journal.note(now, format!("event of rule {name} not delivered to {}: {why}; {fate}", target.arn));
}

fn push(world: &mut World, rule: &str, arn: &str, body: &str) -> Result<(), &'static str> {
    let (place, now, id) = (world.place().clone(), world.now(), world.events.random.uuid());
    let queue = world.sqs.by_arn_mut(arn).ok_or("there is no such queue")?;
    if !sqs::lets_in(queue, &place, "events.amazonaws.com", rule) {
        return Err("its policy does not let events.amazonaws.com in");
    }
    let delay = queue.delay();
    queue.push(id, body.to_owned(), std::collections::BTreeMap::new(), now, delay);
    Ok(())
}
