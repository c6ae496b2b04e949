//! What calls of IAM need: the role or the policy, with boundary and tags.
//!
//! Ledger: I19.

use serde_json::Value;

use super::{Asked, given, request_tags};
use crate::sandbox::world::World;

pub(super) fn asked<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let action = format!("iam:{operation}");
    let place = world.place();
    let tags = request_tags(input);
    let Some(name) = given(input, "RoleName") else {
        let path = given(input, "Path").unwrap_or("/");
        let made = given(input, "PolicyName").map(|name| place.global_arn("iam", &format!("policy{path}{name}")));
        let resource = given(input, "PolicyArn")
            .or(given(input, "PolicySourceArn"))
            .map(str::to_owned)
            .or(made)
            .unwrap_or_else(|| "*".to_owned());
        return vec![Asked::on(&action, &resource).with_request_tags(&tags)];
    };
    let held = world.iam.role(name);
    let path = given(input, "Path").unwrap_or("/");
    let arn = held.map_or_else(|| place.global_arn("iam", &format!("role{path}{name}")), |role| role.arn.clone());
    let mut main = Asked::on(&action, &arn).with_request_tags(&tags);
    let boundary = given(input, "PermissionsBoundary").or(held.and_then(|role| role.boundary.as_deref()));
    if let Some(boundary) = boundary {
        main = main.with("iam:PermissionsBoundary", boundary);
    }
    if let Some(policy) = given(input, "PolicyArn") {
        main = main.with("iam:PolicyARN", policy);
    }
    if let Some(role) = held {
        main = main.with_resource_tags("iam", &role.tags);
    }
    let mut asked = vec![main];
    if operation == "CreateRole" && !tags.is_empty() {
        asked.push(Asked::on("iam:TagRole", &arn).with_request_tags(&tags));
    }
    asked
}
