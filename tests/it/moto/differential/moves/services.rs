//! Two services in a cluster, on two revisions.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{ACCOUNT, Move, one_of, tag, with};

const NAMES: [&str; 2] = ["diff-0", "diff-1"];
const CLUSTER: &str = "diff";
/// Services start tasks here alone, so that tasks are looked for where none is (M12).
const NO_TASK: &str = "0123456789abcdef0123456789abcdef";

/// What moto makes of the deployments, the counts and the defaults of a service is its own (M2, M7, M12).
const SHOWN: &[&str] = &[
    "services.serviceArn",
    "services.serviceName",
    "services.clusterArn",
    "services.status",
    "services.desiredCount",
    "services.taskDefinition",
    "services.launchType",
    "services.schedulingStrategy",
    "services.deploymentController",
    "services.loadBalancers",
    "services.serviceRegistries",
    "services.propagateTags",
    "services.tags",
    "failures",
];
const OF_ONE: &[&str] = &[
    "service.serviceArn",
    "service.serviceName",
    "service.clusterArn",
    "service.desiredCount",
    "service.taskDefinition",
    "service.launchType",
    "service.schedulingStrategy",
];
const CLUSTERS: &[&str] = &["clusters.clusterArn", "clusters.clusterName", "clusters.status", "failures"];

pub(super) fn opening() -> Vec<Move> {
    let cluster = Move::new(Service::Ecs, "CreateCluster", json!({"clusterName": CLUSTER}));
    let register = |tag: u8| {
        let container = json!({"name": "main", "image": format!("example.com/app:{tag}"), "memory": 128});
        let input = json!({"family": "diff", "containerDefinitions": [container]});
        Move::new(Service::Ecs, "RegisterTaskDefinition", input).showing(&["taskDefinition.taskDefinitionArn"])
    };
    vec![cluster.showing(&["cluster.clusterArn", "cluster.status"]), register(0), register(1)]
}

pub(super) fn next(chance: &mut Rng) -> Move {
    let name = one_of(chance, &NAMES);
    let count = chance.u8(0..3);
    let arn = arn(name);
    // A service is named by its name or its ARN.
    let id = if chance.u8(0..4) == 0 { arn.clone() } else { name.to_owned() };
    let key = format!("k{}", chance.u8(0..3));
    let value = format!("v{}", chance.u8(0..2));
    // The third is never registered.
    let definition = definition(one_of(chance, &[1, 1, 1, 2, 2, 2, 3]));
    let of = |more: Value| with(json!({"cluster": CLUSTER, "service": id}), more);
    let (operation, input, shown) = match chance.u8(0..34) {
        0..=2 => ("CreateService", creation(chance, name, &definition, count), OF_ONE),
        3 => ("CreateService", with(creation(chance, name, &definition, count), json!({"cluster": "none"})), OF_ONE),
        4..=6 => ("UpdateService", of(json!({"taskDefinition": definition})), OF_ONE),
        7..=8 => ("UpdateService", of(json!({"desiredCount": count})), OF_ONE),
        // Of one that is not there moto takes the count and refuses the rest (M109).
        9 if !definition.ends_with(":3") => {
            ("UpdateService", of(json!({"taskDefinition": definition, "desiredCount": count})), OF_ONE)
        }
        9..=10 => ("UpdateService", of(json!({"forceNewDeployment": true})), OF_ONE),
        11 => ("UpdateService", of(json!({"propagateTags": one_of(chance, &["SERVICE", "NONE"])})), OF_ONE),
        12..=13 => ("DeleteService", of(json!({})), OF_ONE),
        14 => ("DeleteService", of(json!({"force": true})), OF_ONE),
        15..=16 => ("ListServices", json!({"cluster": CLUSTER}), &[][..]),
        17 => ("ListServices", json!({"cluster": "none"}), &[][..]),
        18..=20 => ("TagResource", json!({"resourceArn": arn, "tags": [tag(["key", "value"], &key, &value)]}), &[][..]),
        21..=22 => ("UntagResource", json!({"resourceArn": arn, "tagKeys": [key]}), &[][..]),
        23..=24 => ("ListTagsForResource", json!({"resourceArn": arn}), &[][..]),
        25 => ("DescribeServices", json!({"cluster": CLUSTER, "services": [id]}), SHOWN),
        26 => ("DescribeClusters", json!({"clusters": [CLUSTER, "none"]}), CLUSTERS),
        27 => (
            "ListTasks",
            json!({"cluster": one_of(chance, &["none", "none", CLUSTER]), "serviceName": "diff-none"}),
            &[][..],
        ),
        28 => (
            "DescribeTasks",
            json!({"cluster": one_of(chance, &["none", CLUSTER, CLUSTER]), "tasks": [NO_TASK]}),
            &[][..],
        ),
        29 => ("DescribeTasks", json!({"cluster": CLUSTER, "tasks": []}), &[][..]),
        _ => return describe(),
    };
    Move::new(Service::Ecs, operation, input).showing(shown)
}

pub(super) fn closing() -> Vec<Move> {
    let list = Move::new(Service::Ecs, "ListServices", json!({"cluster": CLUSTER}));
    let clusters = Move::new(Service::Ecs, "ListClusters", json!({}));
    vec![describe(), list, clusters]
}

fn describe() -> Move {
    let input = json!({"cluster": CLUSTER, "services": NAMES, "include": ["TAGS"]});
    Move::new(Service::Ecs, "DescribeServices", input).showing(SHOWN)
}

fn creation(chance: &mut Rng, name: &str, definition: &str, count: u8) -> Value {
    let input = json!({
        "cluster": CLUSTER,
        "serviceName": name,
        "taskDefinition": definition,
        "desiredCount": count,
        "launchType": "EC2",
    });
    let with_tag = chance.bool();
    if with_tag { with(input, json!({"tags": [tag(["key", "value"], "k0", "v")]})) } else { input }
}

/// Always in full: moto keeps what was sent.
fn definition(revision: u8) -> String {
    format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/diff:{revision}")
}

fn arn(service: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:service/{CLUSTER}/{service}")
}
