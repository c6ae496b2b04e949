//! The digests of marks in fixtures: `base` is what the base's manifests come to, `desired` what the case's own do.
//!
//! The planner is asked with marks that fit nothing: it then plans to write every one of them, with its digest.

use std::collections::BTreeMap;

use evenkeel::model::arn::Arn;
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Kind, Name, ResourceId};
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::model::tags::{APPLIED, Mark, Tags};
use evenkeel::model::task_definition::ObservedRevision;
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
    let versions = versions(world);
    each(world, |id, mark| {
        let [scheme, digest, rest] = mark.splitn(3, ':').collect::<Vec<_>>()[..] else { return mark.to_owned() };
        let (digest, revision) = digest.split_once('.').map_or((digest, None), |(digest, of)| (digest, Some(of)));
        let digest = match digest {
            "base" => of(id, base, desired),
            "desired" => of(id, desired, base),
            other => other.to_owned(),
        };
        let told = revision.map_or_else(String::new, |revision| format!(".{}", versions[revision]));
        format!("{scheme}:{digest}{told}:{rest}")
    });
}

/// Lets every service's mark that says nothing of versions tell of those that it runs with.
pub(crate) fn tell(world: &mut Observed) {
    for seen in world.services.values_mut() {
        let Seen::Present(service) = seen else { continue };
        let running = world.revisions.get(&service.task_definition).and_then(Seen::present);
        let Some(mark) = Mark::read(&service.tags, APPLIED).filter(|mark| mark.versions.is_none()) else { continue };
        let told = Mark { versions: running.and_then(|running| running.revision.versions()), ..mark };
        service.tags.insert(APPLIED.to_owned(), told.to_string());
    }
}

/// The digests of the versions of secrets, by revision, written as `shop-web@7`.
fn versions(world: &Observed) -> BTreeMap<String, String> {
    let each = |(arn, seen): (&Arn, &Seen<ObservedRevision>)| {
        let (_, name) = arn.as_str().rsplit_once('/')?;
        Some((name.replace(':', "@"), seen.present()?.revision.versions()?.as_str().to_owned()))
    };
    world.revisions.iter().filter_map(each).collect()
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
