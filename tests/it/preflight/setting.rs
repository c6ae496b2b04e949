//! The world of a set-up: a closed sandbox with everything that the base's manifests need, and what happens to it.

use aws_smithy_runtime_api::client::http::HttpClient;
use evenkeel::sandbox::{Network, Sandbox, Service};
use serde_json::Value;

use super::case::{Event, root};
use crate::support::lab::Lab;
use crate::support::leaks::CANARY;

pub(super) async fn up(events: &[Event]) -> Lab {
    filled_with(Lab::new().await, events).await
}

/// The same, with something between it and the program.
pub(super) async fn up_behind<C: HttpClient + 'static>(events: &[Event], door: impl FnOnce(&Sandbox) -> C) -> Lab {
    let world = Lab::new().await.sandbox.with_world(|world| world.clone());
    filled_with(Box::pin(Lab::at(world, door)).await, events).await
}

async fn filled_with(lab: Lab, events: &[Event]) -> Lab {
    lab.sandbox.with_world(|world| world.closed = true);
    let base = std::fs::read_to_string(root().join("world.yaml")).unwrap();
    let base: Vec<Event> = serde_saphyr::from_str(&base).unwrap();
    for event in base.iter().chain(events) {
        happen(&lab, event);
        tokio::time::sleep(std::time::Duration::from_hours(24 * event.days)).await;
    }
    lab
}

fn happen(lab: &Lab, event: &Event) {
    if let Some(patch) = &event.network {
        lab.sandbox.with_world(|world| {
            let mut network = serde_json::to_value(&world.network).unwrap();
            merge(&mut network, patch);
            world.network = serde_json::from_value::<Network>(network).unwrap();
        });
    }
    let Some(call) = &event.call else { return };
    let (service, operation) = call.split_once(':').unwrap();
    let input: Value = serde_json::from_str(&filled(lab, &event.input.to_string())).unwrap();
    match Service::ALL.into_iter().find(|known| known.signing_name() == service).unwrap() {
        Service::Iam => drop(lab.form(operation, &input)),
        service => drop(lab.call(service, operation, &input)),
    }
}

/// What only the world knows: the canary, ARNs of secrets and keys.
pub(super) fn filled(lab: &Lab, text: &str) -> String {
    let canary = serde_json::to_string(CANARY).unwrap();
    // Inside a text that is JSON itself it is escaped twice.
    let inner = serde_json::to_string(canary.trim_matches('"')).unwrap();
    let mut text = text.replace("<canary>", inner.trim_matches('"'));
    lab.sandbox.with_world(|world| {
        for secret in world.secrets.all().values() {
            text = text.replace(&format!("<arn of {}>", secret.name), &secret.arn);
        }
        for key in world.kms.keys().values().filter(|key| !key.of_aws) {
            text = text.replace(&format!("<key {}>", key.description), &key.id);
            text = text.replace("<key>", &key.id).replace("<arn of the key>", &key.arn);
        }
    });
    assert!(!text.contains("<arn of") && !text.contains("<key"), "{text}");
    text
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else { return target.clone_from(patch) };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    for (name, value) in members {
        let target = target.as_object_mut().unwrap();
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}
