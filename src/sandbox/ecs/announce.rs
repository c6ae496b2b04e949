//! What ECS tells EventBridge: task states, service actions, deployment states (facts 5.3).
//!
//! Nothing is put together while nobody listens.
//!
//! Ledger: B3.

use serde_json::{Value, json};

use super::names::{ServiceKey, TaskId};
use super::tasks;
use crate::sandbox::clock::Millis;
use crate::sandbox::events::{Told, emit};
use crate::sandbox::world::World;

/// A task has another state.
pub(super) fn task(world: &mut World, id: &TaskId) {
    if !world.events.has_rules() {
        return;
    }
    let Some(task) = world.ecs.tasks.get(id) else { return };
    let arn = task.arn.clone();
    let mut detail = tasks::view(world, task, false);
    detail["updatedAt"] = json!(world.now().epoch_seconds());
    in_words(&mut detail);
    if let Some(members) = detail.as_object_mut() {
        members.remove("tags");
    }
    tell(world, "ECS Task State Change", arn, detail);
}

/// The PRIMARY of a service has another rollout state.
pub(super) fn deployment(world: &mut World, key: &ServiceKey, severity: &str, name: &str) {
    let service = world.ecs.services.get(key);
    let Some((arn, primary)) = service.and_then(|service| Some((service.arn.clone(), service.primary()?))) else {
        return;
    };
    let detail = json!({
        "eventType": severity,
        "eventName": name,
        "deploymentId": primary.id,
        "updatedAt": written(primary.updated),
        "reason": primary.reason,
    });
    tell(world, "ECS Deployment State Change", arn, detail);
}

/// Something of the service's own history.
pub(super) fn action(world: &mut World, key: &ServiceKey, severity: &str, name: &str) {
    let Some(service) = world.ecs.services.get(key) else { return };
    let (arn, cluster) = (service.arn.clone(), world.place().arn("ecs", &format!("cluster/{}", key.cluster())));
    let detail = json!({
        "eventType": severity,
        "eventName": name,
        "clusterArn": cluster,
        "createdAt": written(world.now()),
    });
    tell(world, "ECS Service Action", arn, detail);
}

fn tell(world: &mut World, detail_type: &str, resource: String, detail: Value) {
    if world.events.has_rules() {
        let (source, detail_type) = ("aws.ecs".to_owned(), detail_type.to_owned());
        emit(world, &Told { source, detail_type, resources: vec![resource], detail });
    }
}

/// Dates are texts in events, numbers in answers.
fn in_words(value: &mut Value) {
    for (name, member) in value.as_object_mut().into_iter().flatten() {
        if let Some(seconds) = member.as_f64().filter(|_| name.ends_with("At")) {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of an instant are whole and small")]
            let at = Millis((seconds * 1000.0).round() as i64);
            *member = json!(written(at));
        }
    }
}

/// ISO 8601 with milliseconds.
fn written(at: Millis) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
