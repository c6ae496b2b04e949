//! The state of a sandbox, as far as it matters in the end: without ids that chance gives, and without times.

use std::collections::BTreeMap;

use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::lab::Lab;

/// What tasks run, what roles allow, how often was deployed. Equal outcomes are equal values.
pub(crate) fn outcome(lab: &Lab, services: &[&str], roles: &[&str]) -> BTreeMap<String, Value> {
    let mut outcome = BTreeMap::new();
    for name in services {
        let described = lab.call(Service::Ecs, "DescribeServices", &json!({"cluster": "shop", "services": [name]}));
        let service = &described["services"][0];
        let revision =
            lab.call(Service::Ecs, "DescribeTaskDefinition", &json!({"taskDefinition": service["taskDefinition"]}));
        let state = json!({
            "content": content(&revision["taskDefinition"]),
            "running": service["runningCount"],
            "rollout": service["deployments"][0]["rolloutState"],
            "network": service["networkConfiguration"],
        });
        outcome.insert(format!("service {name}"), state);
        outcome.insert(format!("deployments of {name}"), deployments(lab, name).into());
    }
    for role in roles {
        outcome.insert(format!("role {role}"), policies(lab, role));
    }
    outcome
}

/// How many deployments a service has had.
pub(crate) fn deployments(lab: &Lab, service: &str) -> usize {
    let listed = lab.call(Service::Ecs, "ListServiceDeployments", &json!({"cluster": "shop", "service": service}));
    listed["serviceDeployments"].as_array().map_or(0, Vec::len)
}

/// How many revisions a family has.
pub(crate) fn revisions(lab: &Lab, family: &str) -> usize {
    let listed = lab.call(Service::Ecs, "ListTaskDefinitions", &json!({"familyPrefix": family}));
    listed["taskDefinitionArns"].as_array().map_or(0, Vec::len)
}

fn policies(lab: &Lab, role: &str) -> Value {
    lab.sandbox.with_world(|world| {
        let role = world.iam.role(role).expect("the role exists");
        json!({"inline": role.inline, "trust": role.trust})
    })
}

/// What a revision says, less the numbers and times that AWS adds.
fn content(revision: &Value) -> Value {
    let mut content = revision.clone();
    let map = content.as_object_mut().expect("a task definition");
    for member in ["taskDefinitionArn", "revision", "registeredAt", "registeredBy", "requiresAttributes"] {
        map.remove(member);
    }
    content
}
