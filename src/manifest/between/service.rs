//! Rules between the fields of a service.

use serde_json::{Value, json};

use super::{empty, is, logs, none, rule, tags, text, there, with};

pub(super) fn rules() -> Vec<Value> {
    let own = json!({"enum": ["FARGATE", "FARGATE_SPOT"]});
    let provider = |name: &Value| json!({"contains": {"properties": {"capacityProvider": name}}});
    let mixed = json!({"type": "array", "allOf": [provider(&own), provider(&json!({"not": own}))]});
    let weighted = json!({"required": ["weight"], "properties": {"weight": {"minimum": 1}}});
    let weights = rule(&json!({"type": "array", "minItems": 2}), &json!({"contains": weighted}));
    // What ECS itself states of the other strategies' settings comes along with a pasted answer.
    let other = |strategy: &str, member: &str, defaults: Value| {
        rule(&json!({"not": is("strategy", strategy)}), &json!({"properties": {member: {"properties": defaults}}}))
    };
    let reference = json!({"properties": {"pin": none()}});
    let option = json!({"properties": {"secretRef": reference, "valueFrom": {"properties": {"secretRef": reference}}}});
    let options = json!({"items": option, "additionalProperties": option});
    let packed = text("^([cC][pP][uU]|[mM][eE][mM][oO][rR][yY])$", "is `cpu` or `memory`");
    // Tasks with a network of their own, as `check` holds against their task definition.
    let balancers =
        json!({"items": {"anyOf": [there("targetGroupArn"), {"properties": {"loadBalancerName": none()}}]}});
    vec![
        json!({"not": {
            "required": ["launchType", "capacityProviderStrategy"],
            "properties": {
                "launchType": {"not": {"type": "null"}},
                "capacityProviderStrategy": {"type": "array", "minItems": 1},
            },
        }}),
        json!({"properties": {
            "launchType": {"not": {"const": "MANAGED_INSTANCES"}},
            "deploymentController": {"properties": {"type": {"const": "ECS"}}},
            "capacityProviderStrategy": {"allOf": [{"not": mixed}, weights]},
            "deploymentConfiguration": {"allOf": [
                other("LINEAR", "linearConfiguration", json!({"stepPercent": {"enum": [10, null]}, "stepBakeTimeInMinutes": {"enum": [6, null]}})),
                other("CANARY", "canaryConfiguration", json!({"canaryPercent": {"enum": [5, null]}, "canaryBakeTimeInMinutes": {"enum": [10, null]}})),
                {"properties": {"lifecycleHooks": {"items": {"anyOf": [is("targetType", "PAUSE"), there("hookTargetArn")]}}}},
            ]},
            "rollout": {"properties": {"timeout": {"not": text("^(0+[a-z]+)+$", "is no time at all")}}},
            "serviceConnectConfiguration": {"properties": {"logConfiguration": {"allOf": [
                {"properties": {"secretOptions": options}},
                logs(),
            ]}}},
            "placementStrategy": {"items": rule(
                &is("type", "binpack"),
                &json!({"required": ["field"], "properties": {"field": packed}}),
            )},
        }}),
        rule(
            &with("networkConfiguration", "awsvpcConfiguration"),
            &json!({"properties": {"loadBalancers": balancers}}),
        ),
        json!({"not": never_deploys()}),
        rule(
            &is("availabilityZoneRebalancing", "ENABLED"),
            &json!({"properties": {
                "schedulingStrategy": {"not": {"const": "DAEMON"}},
                "deploymentConfiguration": {"properties": {"maximumPercent": {"exclusiveMinimum": 100}}},
            }}),
        ),
        rule(
            &is("launchType", "FARGATE"),
            &json!({"properties": {
                "placementConstraints": empty(),
                "placementStrategy": empty(),
                "schedulingStrategy": {"not": {"const": "DAEMON"}},
            }}),
        ),
        rule(
            &is("schedulingStrategy", "DAEMON"),
            &json!({"properties": {
                "placementStrategy": empty(),
                "capacityProviderStrategy": empty(),
                "deploymentConfiguration": {"properties": {"maximumPercent": {"maximum": 100}}},
            }}),
        ),
        rule(
            &json!({"required": ["launchType"], "properties": {"launchType": {"enum": ["EC2", "EXTERNAL"]}}}),
            &json!({"properties": {
                "platformVersion": none(),
                "networkConfiguration": {"properties": {"awsvpcConfiguration": {"properties": {
                    "assignPublicIp": {"not": {"const": "ENABLED"}},
                }}}},
            }}),
        ),
        tags(),
    ]
}

/// A rolling deployment that may neither start a task nor stop one. Where nothing is said, all tasks but a DAEMON's must run.
fn never_deploys() -> Value {
    let of_deployment = |required: &[&str], members: Value| {
        let configuration = json!({"type": "object", "required": required, "properties": members});
        json!({"required": ["deploymentConfiguration"], "properties": {"deploymentConfiguration": configuration}})
    };
    let most = json!({"maximumPercent": {"type": "integer", "maximum": 100}, "strategy": {"enum": ["ROLLING", null]}});
    let least = json!({"minimumHealthyPercent": {"type": "integer", "minimum": 100}});
    let unsaid = of_deployment(&[], json!({"minimumHealthyPercent": none()}));
    json!({"allOf": [
        of_deployment(&["maximumPercent"], most),
        {"anyOf": [
            of_deployment(&["minimumHealthyPercent"], least),
            {"allOf": [unsaid, {"not": is("schedulingStrategy", "DAEMON")}]},
        ]},
    ]})
}
