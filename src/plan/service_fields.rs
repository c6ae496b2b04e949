//! What of a service's own fields differs.

use serde_json::{Map, Value};

use super::diff;
use super::draft::Draft;
use super::step::{Change, Shown};
use crate::model::id::ResourceId;
use crate::model::path::Segment;
use crate::model::rules::SERVICE;
use crate::model::service::{ObservedService, Service, triggers_deployment};

/// What an update would send.
#[derive(Default)]
pub(super) struct Update {
    pub(super) fields: Map<String, Value>,
    pub(super) changes: Vec<Change>,
    pub(super) triggers: bool,
    /// Does it raise the number of tasks?
    pub(super) scales_up: bool,
}

impl Update {
    /// Do tasks start when it is sent?
    pub(super) fn starts_tasks(&self) -> bool {
        self.triggers || self.scales_up
    }

    /// Takes out the changes that start a deployment.
    pub(super) fn take_triggering(&mut self) -> Vec<Change> {
        self.fields.retain(|name, _| !triggers_deployment(name));
        self.triggers = false;
        let triggers = |change: &mut Change| match change.path.segments().first() {
            Some(Segment::Member(name)) => triggers_deployment(name),
            Some(Segment::Element(_)) | None => false,
        };
        self.changes.extract_if(.., triggers).collect()
    }
}

pub(super) fn changed_fields(
    draft: &Draft<'_>,
    target: &ResourceId,
    service: &Service,
    live: &ObservedService,
) -> Update {
    let wanted = service.fields.keeping(&service.ignore, live.fields.canonical());
    let (before, after) = (live.fields.canonical(), wanted.canonical());
    let mut update = Update::default();
    for name in wanted.names() {
        let differences = diff::member(name, before, after, &SERVICE);
        if differences.is_empty() {
            continue;
        }
        let shown = |value: Option<Value>| value.map(Shown::Value);
        let change = |(path, old, new)| draft.change(target, path, shown(old), shown(new));
        update.fields.insert(name.to_owned(), wanted.to_send(name, &differences));
        update.changes.extend(differences.into_iter().map(change));
        update.triggers |= triggers_deployment(name);
        let more = || wanted.written(name).and_then(Value::as_i64) > Some(live.desired_count());
        update.scales_up |= name == "desiredCount" && more();
    }
    update
}
