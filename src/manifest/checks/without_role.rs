//! What a task needs an execution role for, where it has none. Source: PUB, ECS's refusals of RegisterTaskDefinition; for
//! the credentials of a registry and environment files ECS-ENV (`docs/aws-behaviour.md`, C24).

use super::super::diagnostic::closest;
use super::super::node::Node;
use super::{Findings, fargate};
use crate::model::image::Image;

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    // What is misspelt is said already.
    let is_role = |name: &str| closest(name, ["executionRoleRef", "executionRoleArn"]).is_some();
    if spec.entries().any(|(key, _)| is_role(&key.text)) {
        return;
    }
    let mut needs: Vec<(&Node, &str)> = Vec::new();
    for (path, what) in [
        ("containerDefinitions[].secrets[]", "secrets need"),
        ("containerDefinitions[].logConfiguration.secretOptions[]", "secrets need"),
        ("containerDefinitions[].repositoryCredentials", "the credentials of a registry need"),
        ("containerDefinitions[].environmentFiles[]", "environment files need"),
    ] {
        needs.extend(spec.at(path).into_iter().map(|node| (node, what)));
    }
    if fargate::wanted(spec) {
        let images = spec.at("containerDefinitions[].image").into_iter();
        let private = images.filter(|node| node.text().and_then(Image::in_ecr).is_some());
        needs.extend(private.map(|node| (node, "on Fargate, private images of ECR need")));
        let drivers = spec.at("containerDefinitions[].logConfiguration.logDriver").into_iter();
        let awslogs = drivers.filter(|node| node.text() == Some("awslogs"));
        needs.extend(awslogs.map(|node| (node, "on Fargate, the log driver awslogs needs")));
    }
    // Once is enough: one role is what is missing.
    if let Some((place, what)) = needs.first() {
        let help = "add `executionRoleRef: {name: …}` with an ExecutionRole, or `executionRoleArn`";
        found.wrong(&place.span, format!("{what} an execution role, and the task has none"), help);
    }
}
