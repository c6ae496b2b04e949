//! The digests of marks in fixtures: `base` is what the base's manifests come to, `desired` what the case's own do.
//!
//! The planner is asked with marks that fit nothing: it then plans to write every one of them, with its digest.

use std::collections::BTreeMap;

use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Kind, Name, ResourceId};
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::model::tags::Tags;
use evenkeel::plan::plan;

/// The digests of everything whose mark the planner would write.
pub(crate) fn digests(desired: &Desired, world: &Observed) -> BTreeMap<ResourceId, String> {
    let plan = plan(desired, world);
    let steps = plan.steps().map(|(_, step)| (&step.target, &step.action.stamp));
    let repairs = plan.repairs().iter().map(|repair| (&repair.target, &repair.action.stamp));
    let stamped = |(target, stamp): (&ResourceId, &Option<evenkeel::model::tags::Stamp>)| {
        Some((target.clone(), stamp.as_ref()?.digest.as_str().to_owned()))
    };
    steps.chain(repairs).filter_map(stamped).collect()
}

/// Puts the digests in. Where the base has none, the case's own is meant.
pub(crate) fn put_in(
    world: &mut Observed,
    base: &BTreeMap<ResourceId, String>,
    desired: &BTreeMap<ResourceId, String>,
) {
    let of = |id: &ResourceId, first: &BTreeMap<ResourceId, String>, second: &BTreeMap<ResourceId, String>| {
        first.get(id).or_else(|| second.get(id)).cloned().unwrap_or_else(|| "unknown".to_owned())
    };
    each(world, |id, mark| {
        mark.replace(":base:", &format!(":{}:", of(id, base, desired)))
            .replace(":desired:", &format!(":{}:", of(id, desired, base)))
    });
}

fn each(world: &mut Observed, edit: impl Fn(&ResourceId, &str) -> String) {
    let edit_all = |kind: Kind, name: &Name, tags: &mut Tags| {
        let id = ResourceId::new(kind, name);
        for (_, mark) in tags.iter_mut().filter(|(key, _)| key.starts_with("evenkeel.dev/applied")) {
            *mark = edit(&id, mark);
        }
    };
    for (name, seen) in &mut world.secrets {
        if let Seen::Present(secret) = seen {
            edit_all(Kind::Secret, name, &mut secret.tags);
        }
    }
    for (name, seen) in &mut world.roles {
        if let Seen::Present(role) = seen {
            edit_all(Kind::ExecutionRole, name, &mut role.tags);
        }
    }
    for seen in world.revisions.values_mut() {
        if let Seen::Present(revision) = seen
            && let Some((Kind::TaskDefinition, name)) = owner(&revision.tags)
        {
            edit_all(Kind::TaskDefinition, &name, &mut revision.tags);
        }
    }
    for (name, seen) in &mut world.services {
        if let Seen::Present(service) = seen {
            edit_all(Kind::Service, name, &mut service.tags);
        }
    }
}

/// The manifest behind an object, as its tags say.
fn owner(tags: &Tags) -> Option<(Kind, Name)> {
    let name = tags.get("evenkeel.dev/resource")?.strip_prefix("TaskDefinition/")?;
    Some((Kind::TaskDefinition, Name::parse(name)?))
}
