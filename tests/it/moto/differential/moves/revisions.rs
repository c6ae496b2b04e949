//! Two families of task definitions, and what becomes of their first revisions.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{ACCOUNT, Move, one_of, tag, with};

const FAMILIES: [&str; 2] = ["diff-0", "diff-1"];

/// The rest of a definition moto gives back as it was sent (M9).
const SHOWN: &[&str] = &[
    "taskDefinition.taskDefinitionArn",
    "taskDefinition.family",
    "taskDefinition.revision",
    "taskDefinition.status",
    "taskDefinition.containerDefinitions.name",
    "taskDefinition.containerDefinitions.image",
    "taskDefinition.containerDefinitions.memory",
    "taskDefinition.containerDefinitions.essential",
    "taskDefinition.containerDefinitions.environment",
    "tags",
];
/// Without the tags, which moto leaves out of this answer (M10).
const REGISTERED: &[&str] = &[
    "taskDefinition.taskDefinitionArn",
    "taskDefinition.family",
    "taskDefinition.revision",
    "taskDefinition.status",
    "taskDefinition.containerDefinitions.image",
];

pub(super) fn next(chance: &mut Rng) -> Move {
    let family = one_of(chance, &FAMILIES);
    let revision = chance.u8(1..4);
    let revision = match chance.u8(0..3) {
        0 => format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/{family}:{revision}"),
        _ => format!("{family}:{revision}"),
    };
    let arn = format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/{family}:{}", chance.u8(1..4));
    let key = format!("k{}", chance.u8(0..3));
    let value = format!("v{}", chance.u8(0..2));
    let (operation, input, shown) = match chance.u8(0..18) {
        0..=4 => ("RegisterTaskDefinition", definition(chance, family, &key), REGISTERED),
        5 => ("DescribeTaskDefinition", json!({"taskDefinition": family, "include": ["TAGS"]}), SHOWN),
        6..=8 => ("DescribeTaskDefinition", json!({"taskDefinition": revision, "include": ["TAGS"]}), SHOWN),
        9 => ("DescribeTaskDefinition", json!({"taskDefinition": revision}), SHOWN),
        10 => ("DeregisterTaskDefinition", json!({"taskDefinition": revision}), REGISTERED),
        11..=12 => ("ListTaskDefinitions", json!({"familyPrefix": family}), &[][..]),
        13 => ("ListTaskDefinitions", json!({"familyPrefix": family, "status": "INACTIVE"}), &[][..]),
        14 => ("TagResource", json!({"resourceArn": arn, "tags": [tag(["key", "value"], &key, &value)]}), &[][..]),
        15 => ("UntagResource", json!({"resourceArn": arn, "tagKeys": [key]}), &[][..]),
        16 => ("ListTagsForResource", json!({"resourceArn": arn}), &[][..]),
        _ => ("ListTaskDefinitions", json!({}), &[][..]),
    };
    Move::new(Service::Ecs, operation, input).showing(shown)
}

pub(super) fn closing() -> Vec<Move> {
    let mut looks = Vec::new();
    for family in FAMILIES {
        for status in ["ACTIVE", "INACTIVE"] {
            let input = json!({"familyPrefix": family, "status": status});
            looks.push(Move::new(Service::Ecs, "ListTaskDefinitions", input));
        }
        for revision in 1..4 {
            let input = json!({"taskDefinition": format!("{family}:{revision}"), "include": ["TAGS"]});
            looks.push(Move::new(Service::Ecs, "DescribeTaskDefinition", input).showing(SHOWN));
        }
    }
    looks
}

fn definition(chance: &mut Rng, family: &str, key: &str) -> Value {
    let image = format!("example.com/app:{}", chance.u8(0..2));
    let container = json!({"name": "main", "image": image, "memory": 128, "essential": true});
    let container = match chance.u8(0..3) {
        0 => with(container, json!({"environment": [{"name": "A", "value": key}]})),
        _ => container,
    };
    let input = json!({"family": family, "containerDefinitions": [container]});
    match chance.u8(0..3) {
        0 => with(input, json!({"tags": [tag(["key", "value"], key, "v")]})),
        1 if chance.u8(0..4) == 0 => json!({"family": family, "containerDefinitions": []}),
        _ => input,
    }
}
