//! What is in no manifest any more: taken out of the world of the manifests, and found by the inventory.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel::model::arn::Arn;
use evenkeel::model::id::{Kind, ResourceId};
use evenkeel::model::inventory::{Inventory, Remnant, resource_of};
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::model::tags::Tags;
use serde_json::{Map, Value};

use super::fixture::revision_arn;

/// Lists the inventory, and makes orphans of these.
pub(crate) fn make(world: &mut Observed, orphans: &Value, uses: &Map<String, Value>, unlisted: Option<&Value>) {
    let mut inventory = Inventory { fresh: true, ..Inventory::default() };
    let mut in_use: BTreeMap<Arn, BTreeSet<String>> = BTreeMap::new();
    // Of null nobody told: that was asked at another moment.
    let (told, untold): (Vec<_>, Vec<_>) = uses
        .iter()
        .map(|(revision, who)| (revision_arn(&revision.as_str().into()), who.as_str()))
        .partition(|(_, who)| who.is_some());
    for (revision, who) in told {
        in_use.entry(revision).or_default().extend(who.map(str::to_owned));
    }
    let mut own = |arn: &Arn, tags: &Tags| {
        if tags.get("evenkeel.dev/installation").is_some_and(|owner| owner == "default") {
            inventory.owned.insert(arn.clone(), resource_of(tags));
        }
    };
    for service in world.services.values().filter_map(Seen::present) {
        own(&service.arn, &service.tags);
        let name = service.arn.resource().rsplit('/').next().unwrap();
        let deployed = service.deployments.iter().map(|one| &one.task_definition);
        for revision in deployed.chain([&service.task_definition]) {
            in_use.entry(revision.clone()).or_default().insert(format!("the service {name} in shop"));
        }
    }
    world.roles.values().filter_map(Seen::present).for_each(|role| own(&role.arn, &role.tags));
    world.secrets.values().filter_map(Seen::present).for_each(|secret| own(&secret.arn, &secret.tags));
    let mut startable: BTreeSet<Arn> = in_use.keys().cloned().collect();
    for (arn, revision) in &world.revisions {
        let Some(revision) = revision.present() else { continue };
        own(arn, &revision.tags);
        let active = world.active.entry(revision.family.clone()).or_insert_with(|| Seen::Present(BTreeSet::new()));
        if let (Seen::Present(active), true) = (active, revision.is_active()) {
            active.insert(arn.clone());
            startable.insert(arn.clone());
        }
    }
    for orphan in orphans.as_array().unwrap() {
        let id = ResourceId::parse(orphan.as_str().unwrap()).unwrap();
        let missing = || panic!("there is no {id}");
        let (arn, remnant) = match id.kind {
            Kind::Service => match world.services.remove(&id.name) {
                Some(Seen::Present(it)) => (it.arn.clone(), Remnant::Service(it)),
                _ => missing(),
            },
            Kind::ExecutionRole => match world.roles.remove(&id.name) {
                Some(Seen::Present(it)) => (it.arn.clone(), Remnant::Role(it)),
                _ => missing(),
            },
            Kind::Secret => match world.secrets.remove(&id.name) {
                Some(Seen::Present(it)) => (it.arn.clone(), Remnant::Secret(it)),
                _ => missing(),
            },
            // Families are found by their revisions.
            Kind::TaskDefinition => continue,
        };
        world.remnants.insert(arn, Seen::Present(remnant));
    }
    inventory.unlisted = unlisted
        .into_iter()
        .flat_map(|list| list.as_array().unwrap())
        .map(|why| why.as_str().unwrap().to_owned())
        .collect();
    world.inventory = Some(inventory);
    in_use.retain(|revision, _| !untold.iter().any(|(other, _)| other == revision));
    world.uses = Some(Seen::Present(in_use));
    world.startable = Some(Seen::Present(startable));
}

/// What cannot be read of them, and why. Where that is a family, nobody knows what could still be started.
pub(crate) fn hide(world: &mut Observed, unread: &Map<String, Value>) {
    for (id, why) in unread {
        let (id, why) = (ResourceId::parse(id).unwrap(), why.as_str().unwrap().to_owned());
        let stated = |tags: &Tags| resource_of(tags).as_ref() == Some(&id);
        if id.kind == Kind::TaskDefinition {
            let mut revisions = world.revisions.values().filter_map(Seen::present);
            let family = revisions.find(|revision| stated(&revision.tags)).unwrap().family.clone();
            world.active.insert(family, Seen::Unreadable(why.clone()));
            world.startable = Some(Seen::Unreadable(why));
        } else {
            let mut remnants = world.remnants.values_mut();
            let remnant = remnants.find(|seen| seen.present().is_some_and(|it| stated(it.tags()))).unwrap();
            *remnant = Seen::Unreadable(why);
        }
    }
}
