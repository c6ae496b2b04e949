//! What calls of ECS need: cluster, service, task, and the roles that are
//! passed to tasks.
//!
//! Task definitions are judged as `*`, which is the stricter reading: that
//! permissions on single families count is UNCONFIRMED, and can be switched.
//!
//! Ledger: I19, I20.

use serde_json::Value;

use super::{Asked, given, request_tags};
use crate::sandbox::ecs::{ServiceKey, TaskId};
use crate::sandbox::place::Arn;
use crate::sandbox::readings::Reading;
use crate::sandbox::tags::Tags;
use crate::sandbox::world::World;

pub(super) fn asked<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let action = format!("ecs:{operation}");
    let place = world.place();
    let tags = request_tags(input);
    let cluster = given(input, "cluster").unwrap_or("default").rsplit('/').next().unwrap_or_default();
    let cluster_arn = place.arn("ecs", &format!("cluster/{cluster}"));
    let arn_of = |kind: &str, given: &str| match Arn::parse(given) {
        Some(_) => given.to_owned(),
        None => place.arn("ecs", &format!("{kind}/{cluster}/{given}")),
    };
    let listed = |member: &str| {
        let items = input.get(member).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let resources: Vec<String> = match operation {
        "CreateService" => vec![arn_of("service", given(input, "serviceName").unwrap_or_default())],
        "UpdateService" | "DeleteService" | "ListServiceDeployments" => {
            vec![arn_of("service", given(input, "service").unwrap_or_default())]
        }
        "DescribeServices" => listed("services").iter().map(|name| arn_of("service", name)).collect(),
        "DescribeTasks" => listed("tasks").iter().map(|id| arn_of("task", id)).collect(),
        "DescribeServiceDeployments" => listed("serviceDeploymentArns"),
        "DescribeServiceRevisions" => listed("serviceRevisionArns"),
        "StopServiceDeployment" => given(input, "serviceDeploymentArn").map(str::to_owned).into_iter().collect(),
        "TagResource" | "UntagResource" | "ListTagsForResource" => {
            given(input, "resourceArn").map(str::to_owned).into_iter().collect()
        }
        "RegisterTaskDefinition" if world.readings.is_other(Reading::FamiliesInPolicies) => {
            vec![place.arn("ecs", &format!("task-definition/{}:*", given(input, "family").unwrap_or_default()))]
        }
        _ => vec!["*".to_owned()],
    };
    let creates = matches!(operation, "CreateService" | "RegisterTaskDefinition" | "CreateCluster");
    let mut asked = Vec::new();
    for resource in resources {
        let main = Asked::on(&action, &resource).with("ecs:cluster", &cluster_arn).with_request_tags(&tags);
        asked.push(match tags_of(world, &resource) {
            Some(held) => main.with_resource_tags("ecs", held),
            None => main,
        });
        if creates && !tags.is_empty() {
            let tag = Asked::on("ecs:TagResource", &resource).with("ecs:CreateAction", operation);
            asked.push(tag.with_request_tags(&tags));
        }
    }
    if operation == "RegisterTaskDefinition" {
        let roles = ["executionRoleArn", "taskRoleArn"].into_iter().filter_map(|member| given(input, member));
        let pass = |role: &str| Asked::on("iam:PassRole", role).with("iam:PassedToService", "ecs-tasks.amazonaws.com");
        asked.extend(roles.map(|role| pass(&place.role_arn(role))));
    }
    asked
}

fn tags_of<'a>(world: &'a World, arn: &str) -> Option<&'a Tags> {
    let (kind, rest) = Arn::parse(arn)?.resource.split_once('/')?;
    match kind {
        "service" => {
            let (cluster, name) = rest.split_once('/')?;
            Some(&world.ecs.services().get(&ServiceKey::new(cluster, name))?.tags)
        }
        "task" => Some(&world.ecs.tasks().get(&TaskId(rest.rsplit('/').next()?.to_owned()))?.tags),
        _ => None,
    }
}
