//! Everything in the world that can be tagged.
//!
//! Ledger: O11, O12.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::ecs::Family;
use crate::sandbox::place::Arn;
use crate::sandbox::ssm;
use crate::sandbox::tags::Tags;
use crate::sandbox::wire::Service;
use crate::sandbox::world::World;

/// ARNs and tags; a service that is not ACTIVE and a secret that is to be deleted count as long as they are there.
pub(super) fn everything(world: &World) -> BTreeMap<String, &Tags> {
    let place = world.place();
    let mut all: BTreeMap<String, &Tags> = BTreeMap::new();
    all.extend(world.secrets.all().values().map(|secret| (secret.arn.clone(), &secret.tags)));
    all.extend(world.ecs.clusters().values().map(|cluster| (cluster.arn.clone(), &cluster.tags)));
    all.extend(world.ecs.services().values().map(|service| (service.arn.clone(), &service.tags)));
    all.extend(world.ecs.tasks().values().map(|task| (task.arn.clone(), &task.tags)));
    all.extend(
        world
            .ecs
            .families()
            .values()
            .flat_map(Family::revisions)
            .map(|definition| (definition.arn.clone(), &definition.tags)),
    );
    all.extend(world.kms.keys().values().map(|key| (key.arn.clone(), &key.tags)));
    all.extend(world.sqs.queues().values().map(|queue| (queue.arn.clone(), &queue.tags)));
    all.extend(world.events.rules().values().map(|rule| (rule.arn.clone(), &rule.tags)));
    all.extend(world.ssm.parameters().iter().map(|(name, held)| (ssm::arn(place, name), &held.tags)));
    let groups = world.logs.groups.iter();
    all.extend(groups.map(|(name, group)| (place.arn("logs", &format!("log-group:{name}")), &group.tags)));
    let network = &world.network;
    let kinds: [(&str, Vec<(&String, &Tags)>); 5] = [
        ("vpc", network.vpcs.iter().map(|(id, it)| (id, &it.tags)).collect()),
        ("subnet", network.subnets.iter().map(|(id, it)| (id, &it.tags)).collect()),
        ("security-group", network.security_groups.iter().map(|(id, it)| (id, &it.tags)).collect()),
        ("route-table", network.route_tables.iter().map(|(id, it)| (id, &it.tags)).collect()),
        ("vpc-endpoint", network.endpoints.iter().map(|(id, it)| (id, &it.tags)).collect()),
    ];
    for (kind, things) in kinds {
        all.extend(things.into_iter().map(|(id, tags)| (place.arn("ec2", &format!("{kind}/{id}")), tags)));
    }
    all
}

/// A call has taken tags away: what it was about is from now on shown without.
pub(crate) fn untagged(world: &mut World, service: Service, operation: &str, input: &Value) {
    if operation != "UntagResource" {
        return;
    }
    let arn = match service {
        Service::SecretsManager => {
            input["SecretId"].as_str().and_then(|id| world.secrets.find(id).ok()).map(|secret| secret.arn.clone())
        }
        _ => input["resourceArn"].as_str().filter(|arn| Arn::parse(arn).is_some()).map(str::to_owned),
    };
    world.tagging.once_tagged.extend(arn);
}
