//! `compatibilities` and `requiresAttributes`, which ECS works out.
//!
//! Ledger: T15.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fargate;
use super::references::ValueFrom;
use crate::sandbox::ecs::blueprint::Blueprint;

pub(super) fn add(content: &mut Value, blueprint: &Blueprint) {
    content["compatibilities"] = json!(compatibilities(blueprint));
    content["requiresAttributes"] = required(blueprint).iter().map(|name| json!({"name": name})).collect();
}

fn compatibilities(blueprint: &Blueprint) -> Vec<&'static str> {
    let size = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
    let fits_fargate = blueprint.is_awsvpc() && fargate::is_a_size(size(&blueprint.cpu), size(&blueprint.memory));
    if fits_fargate { vec!["EC2", "FARGATE"] } else { vec!["EC2"] }
}

/// The attributes of an EC2 instance that could run it (facts 1.4, in part).
fn required(blueprint: &Blueprint) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::from(["com.amazonaws.ecs.capability.docker-remote-api.1.18"]);
    if blueprint.is_awsvpc() {
        names.insert("ecs.capability.task-eni");
    }
    for container in &blueprint.container_definitions {
        if container.ecr().is_some() {
            names.insert("com.amazonaws.ecs.capability.ecr-auth");
            names.insert("ecs.capability.execution-role-ecr-pull");
        }
        if container.health_check.is_some() {
            names.insert("ecs.capability.container-health-check");
        }
        if container.repository_credentials.is_some() {
            names.insert("ecs.capability.private-registry-authentication.secretsmanager");
        }
        if container.log_configuration.as_ref().is_some_and(|log| log.log_driver == "awslogs") {
            names.insert("com.amazonaws.ecs.capability.logging-driver.awslogs");
            names.insert("ecs.capability.execution-role-awslogs");
        }
        let in_environment = container.secrets.iter().map(|reference| (reference, "environment"));
        let options = container.log_configuration.iter().flat_map(|log| &log.secret_options);
        for (reference, place) in in_environment.chain(options.map(|reference| (reference, "log"))) {
            names.insert(match (ValueFrom::parse(&reference.value_from), place) {
                (Ok(ValueFrom::SecretsManager(_)), "environment") => "ecs.capability.secrets.asm.environment-variables",
                (Ok(ValueFrom::SecretsManager(_)), _) => "ecs.capability.secrets.asm.bootstrap.log-driver",
                (_, "environment") => "ecs.capability.secrets.ssm.environment-variables",
                _ => "ecs.capability.secrets.ssm.bootstrap.log-driver",
            });
        }
    }
    names
}
