//! ECS.

use std::collections::BTreeSet;

use evenkeel::sandbox::ecs::{Service, ServiceStatus};
use serde_json::Value;

use super::{After, Known, Scene, always};

pub(super) const KNOWN: &[Known] = &[
    Known {
        row: "M100",
        operation: "DescribeServices",
        member: "failures[].arn",
        sandbox: "arn:aws:ecs:*:service/diff/diff-*",
        moto: "arn:aws:ecs:*:service/diff-*",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M101",
        operation: "TagResource",
        member: "error",
        sandbox: "InvalidParameterException: The specified resource could not be found.",
        moto: "ClientException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M101",
        operation: "TagResource",
        member: "error",
        sandbox: "InvalidParameterException: The specified resource could not be found.",
        moto: "ServiceNotFoundException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M101",
        operation: "UntagResource",
        member: "error",
        sandbox: "InvalidParameterException: The specified resource could not be found.",
        moto: "ClientException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M101",
        operation: "UntagResource",
        member: "error",
        sandbox: "InvalidParameterException: The specified resource could not be found.",
        moto: "ServiceNotFoundException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M101",
        operation: "ListTagsForResource",
        member: "error",
        sandbox: "InvalidParameterException: The specified resource could not be found.",
        moto: "ClientException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M101",
        operation: "ListTagsForResource",
        member: "error",
        sandbox: "InvalidParameterException: The specified resource could not be found.",
        moto: "ServiceNotFoundException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M3",
        operation: "CreateService",
        member: "error",
        sandbox: "InvalidParameterException: Creation of service was not idempotent.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M3",
        operation: "CreateService",
        member: "error",
        sandbox: "InvalidParameterException: Creation of service was not idempotent.",
        moto: "ClientException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M103",
        operation: "DeleteService",
        member: "service.desiredCount",
        sandbox: "0",
        moto: "*",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M103",
        operation: "DescribeServices",
        member: "services[].desiredCount",
        sandbox: "0",
        moto: "*",
        after: After::Same,
        when: is_about_what_was_deleted,
    },
    Known {
        row: "M104",
        operation: "ListServices",
        member: "serviceArns",
        sandbox: "*",
        moto: "*",
        after: After::Same,
        when: lists_what_was_deleted,
    },
    Known {
        row: "M105",
        operation: "RegisterTaskDefinition",
        member: "error",
        sandbox: "ClientException: Container list cannot be empty.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M104",
        operation: "UpdateService",
        member: "error",
        sandbox: "ServiceNotActiveException: *",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M106",
        operation: "DeleteService",
        member: "error",
        sandbox: "ServiceNotFoundException: *",
        moto: "-",
        after: After::Same,
        when: is_about_what_was_deleted,
    },
    Known {
        row: "M107",
        operation: "ListClusters",
        member: "clusterArns",
        sandbox: "*",
        moto: "*",
        after: After::Same,
        when: only_here_is_a_default,
    },
    Known {
        row: "M104",
        operation: "UpdateService",
        member: "error",
        sandbox: "ServiceNotActiveException: *",
        moto: "ClientException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M106",
        operation: "DeleteService",
        member: "error",
        sandbox: "ServiceNotFoundException: *",
        moto: "InvalidParameterException",
        after: After::Same,
        when: is_about_what_was_deleted,
    },
    Known::member("M113", "DescribeTasks", "failures", ["*MISSING*", "-"]),
    Known::refusal("M113", "ListTasks", ["ServiceNotFoundException: *", "-"], After::Same),
    Known {
        row: "M108",
        operation: "DescribeTaskDefinition",
        member: "*",
        sandbox: "*",
        moto: "*",
        after: After::Same,
        when: is_a_family_whose_newest_is_inactive,
    },
];

/// Some service of the world was deleted.
fn is_about_what_was_deleted(scene: &Scene<'_>) -> bool {
    scene.world.ecs.services().values().any(is_deleted)
}

/// moto lists what the sandbox does, and those that were deleted.
fn lists_what_was_deleted(scene: &Scene<'_>) -> bool {
    let listed = |side: &Value| -> BTreeSet<String> {
        side.as_array().into_iter().flatten().filter_map(|arn| Some(arn.as_str()?.to_owned())).collect()
    };
    let deleted =
        scene.world.ecs.services().values().filter(|service| is_deleted(service)).map(|service| service.arn.clone());
    let expected: BTreeSet<String> = listed(&scene.difference.sandbox).into_iter().chain(deleted).collect();
    expected == listed(&scene.difference.moto)
}

/// A family without a number, of which moto takes the newest revision and ECS the newest ACTIVE one.
fn is_a_family_whose_newest_is_inactive(scene: &Scene<'_>) -> bool {
    let id = scene.input["taskDefinition"].as_str().unwrap_or_default();
    let newest = scene.world.ecs.families().get(id).and_then(|family| family.revisions().next_back());
    newest.is_some_and(|newest| !newest.is_active())
}

/// The sandbox begins with a cluster `default`.
fn only_here_is_a_default(scene: &Scene<'_>) -> bool {
    let other = |arn: &&Value| !arn.as_str().is_some_and(|arn| arn.ends_with(":cluster/default"));
    let listed = |side: &Value| side.as_array().cloned().unwrap_or_default();
    listed(&scene.difference.sandbox).iter().filter(other).eq(listed(&scene.difference.moto).iter())
}

fn is_deleted(service: &Service) -> bool {
    service.status != ServiceStatus::Active
}
