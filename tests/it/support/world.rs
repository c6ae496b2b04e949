//! What tests count of a sandbox.

use evenkeel::sandbox::Service;
use serde_json::json;

use super::lab::Lab;

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
