//! What tasks of a sandbox find without anybody's doing, written down where `check --aws` looks: log groups, images, subnets,
//! security groups, and customers' keys that manifests name. And managed policies, which roles could not do without.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::model::desired::Desired;
use crate::model::image::Image as Named;
use crate::model::revision::Revision;
use crate::sandbox::{
    Image, LogGroup, Repository, Route, RouteTable, Rule, Sandbox, SecurityGroup, Subnet, Tags, World,
};

/// The way out of subnets that nobody has made.
const GATEWAY: &str = "nat-sandbox";

pub(super) fn write_down(sandbox: &Sandbox, desired: &Desired) {
    let mut images = BTreeSet::new();
    let mut groups = BTreeSet::new();
    for definition in desired.task_definitions.values() {
        let (content, secrets) = (definition.content.clone(), BTreeMap::new());
        let revision: Revision<crate::model::arn::Arn> = Revision { content, execution_role: None, secrets };
        for container in revision.containers() {
            images.insert(container.image().to_owned());
            let group = container.log_configuration().and_then(|log| log.pointer("/options/awslogs-group")?.as_str());
            groups.extend(group.map(str::to_owned));
        }
    }
    let network = |member: &str| -> BTreeSet<String> {
        let configurations =
            desired.services.values().filter_map(|service| service.fields.written("networkConfiguration"));
        let lists = configurations.filter_map(|it| it.pointer("/awsvpcConfiguration")?.get(member)?.as_array());
        lists.flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (subnets, security_groups) = (network("subnets"), network("securityGroups"));
    sandbox.with_world(|world| {
        if world.closed {
            return;
        }
        let now = world.now();
        for name in groups.difference(&world.surroundings.missing_log_groups) {
            let group = LogGroup { kms_key_id: None, retention_in_days: None, created: now, tags: Tags::new() };
            world.logs.groups.entry(name.clone()).or_insert(group);
        }
        for image in &images {
            push(world, image);
        }
        stand(world, &subnets, &security_groups);
        for key in desired.secrets.values().filter_map(|secret| secret.kms_key_id.as_ref()) {
            world.presume_key(key.as_str());
        }
        for role in desired.roles.values() {
            if let Some(boundary) = &role.permissions_boundary {
                world.presume_policy(boundary.as_str(), &allowing("*"));
            }
            // Whoever wrote it knows what it allows; for nothing that evenkeel derives it is needed.
            for policy in role.managed_policy_arns.iter().flatten() {
                world.presume_policy(policy.as_str(), &allowing("sts:GetCallerIdentity"));
            }
        }
    });
}

fn allowing(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

/// An image in ECR of the sandbox's account.
fn push(world: &mut World, image: &str) {
    let Some(named) = Named::in_ecr(image) else { return };
    let Named { registry, region, repository, tag, digest } = named;
    let here = registry == world.place().account && region.as_str() == world.place().region;
    if !here || digest.is_some() {
        return;
    }
    let tag = tag.unwrap_or_else(|| "latest".to_owned());
    let (created, digest) = (world.now(), world.digest_of(image));
    let new = Repository { images: BTreeMap::new(), created, tags: Tags::new() };
    let repository = world.ecr.repositories.entry(repository).or_insert(new);
    if !repository.images.values().any(|image| image.tags.contains(&tag)) {
        // There are images that tasks do not find.
        let Some(digest) = digest else { return };
        let image = Image { tags: BTreeSet::new(), pushed: created };
        repository.images.entry(digest).or_insert(image).tags.insert(tag);
    }
}

/// Subnets of the default VPC behind a NAT gateway, and security groups that let everything out.
fn stand(world: &mut World, subnets: &BTreeSet<String>, groups: &BTreeSet<String>) {
    let region = world.place().region.clone();
    let network = &mut world.network;
    let Some(vpc) = network.vpcs.iter().find(|(_, vpc)| vpc.is_default).map(|(id, _)| id.clone()) else { return };
    let new: BTreeSet<String> = subnets.iter().filter(|id| !network.subnets.contains_key(*id)).cloned().collect();
    for (number, id) in new.iter().enumerate() {
        let subnet = Subnet {
            vpc: vpc.clone(),
            cidr: format!("172.31.{}.0/24", 200 + number % 50),
            availability_zone: format!("{region}a"),
            available_addresses: 250,
            public_addresses: false,
            tags: Tags::new(),
        };
        network.subnets.insert(id.clone(), subnet);
    }
    if !new.is_empty() {
        let route = |destination: &str, target: &str| Route {
            destination: destination.to_owned(),
            target: target.to_owned(),
            is_blackhole: false,
        };
        let table = RouteTable {
            vpc: vpc.clone(),
            is_main: false,
            subnets: BTreeSet::new(),
            routes: vec![route("172.31.0.0/16", "local"), route("0.0.0.0/0", GATEWAY)],
            tags: Tags::new(),
        };
        network.route_tables.entry("rtb-sandbox".to_owned()).or_insert(table).subnets.extend(new);
    }
    for id in groups.iter().filter(|id| !id.is_empty()) {
        let everywhere =
            Rule { protocol: "-1".to_owned(), ports: None, cidrs: vec!["0.0.0.0/0".to_owned()], groups: Vec::new() };
        let group = SecurityGroup {
            vpc: vpc.clone(),
            name: id.clone(),
            description: "made up".to_owned(),
            ingress: Vec::new(),
            egress: vec![everywhere],
            tags: Tags::new(),
        };
        network.security_groups.entry(id.clone()).or_insert(group);
    }
}
