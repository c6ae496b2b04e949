//! Rules between the fields of a task definition.

use serde_json::{Map, Value, json};

use super::{containers, empty, is, logs, none, not_both, nothing, option, rule, sizes, tags, text, there};
use crate::manifest::explain::WORDS;

pub(super) fn rules() -> Vec<Value> {
    let fargate = json!({
        "required": ["requiresCompatibilities"],
        "properties": {"requiresCompatibilities": {"type": "array", "contains": {"const": "FARGATE"}}},
    });
    let system = |family: Value| {
        let platform = json!({
            "type": "object",
            "required": ["operatingSystemFamily"],
            "properties": {"operatingSystemFamily": family},
        });
        json!({"required": ["runtimePlatform"], "properties": {"runtimePlatform": platform}})
    };
    let windows = system(text("^WINDOWS", "is one of Windows"));
    let no_role = json!({"not": {"anyOf": [there("executionRoleRef"), there("executionRoleArn")]}});
    let sized = json!({"anyOf": [there("memory"), fargate, system(json!({"not": {"const": "LINUX"}}))]});
    let ecr = r"^[^./]+\.(dkr\.ecr(-fips)?\.[^./]+\.amazonaws[./]|dkr-ecr(-fips)?\.[^./]+\.on\.(aws|amazonwebservices\.com\.cn)/)";
    let private = text(ecr, "is in ECR");
    let optional = json!({"required": ["essential"], "properties": {"essential": {"const": false}}});
    let none_essential = json!({"type": "array", "minItems": 1, "items": optional});
    vec![
        not_both("executionRoleRef", "executionRoleArn"),
        rule(&fargate, &on_fargate()),
        rule(&fargate, &json!({"allOf": sizes::on_fargate()})),
        rule(&windows, &of_windows()),
        rule(&json!({"allOf": [fargate, windows]}), &json!({"properties": {"pidMode": none()}})),
        json!({"properties": {"containerDefinitions": {"not": none_essential}}}),
        rule(
            &no_role,
            &containers(&json!({
                "secrets": nothing(),
                "environmentFiles": nothing(),
                "repositoryCredentials": none(),
                "logConfiguration": {"properties": {"secretOptions": nothing()}},
            })),
        ),
        rule(
            &json!({"allOf": [fargate, no_role]}),
            &containers(&json!({
                "image": {"not": private},
                "logConfiguration": {"properties": {"logDriver": {"not": {"const": "awslogs"}}}},
            })),
        ),
        rule(&is("networkMode", "none"), &containers(&json!({"portMappings": empty()}))),
        rule(
            &json!({"not": sized}),
            &json!({"properties": {"containerDefinitions": {
                "items": {"anyOf": [there("memory"), there("memoryReservation")]},
            }}}),
        ),
        of_containers(),
        routed(),
        named_for_grants(),
        json!({"properties": {"volumes": {"items": {
            "properties": {"efsVolumeConfiguration": encrypted_efs()},
            "anyOf": of_one_kind(),
        }}}}),
        tags(),
    ]
}

/// What holds of each container, wherever it runs.
fn of_containers() -> Value {
    let valued = json!({"required": ["value"], "properties": {"value": {"not": {"enum": ["", null]}}}});
    let shared = there("sharingStrategy");
    containers(&json!({
        "logConfiguration": logs(),
        "firelensConfiguration": {"properties": {"options": {"properties": {
            "config-file-type": {"enum": ["file", "s3"]},
        }}}},
        "repositoryCredentials": {"properties": {"credentialsParameter": {"properties": {
            "secretRef": {"properties": {"key": none(), "stage": none(), "pin": none()}},
        }}}},
        "resourceRequirements": {"items": {"allOf": [
            rule(&is("type", "GPU"), &json!({"oneOf": [valued, shared]})),
            rule(
                &json!({"not": is("type", "GPU")}),
                &json!({"allOf": [valued, {"properties": {"sharingStrategy": none()}}]}),
            ),
            rule(&is("type", "NeuronDevice"), &json!({"properties": {"value": {"const": "ALL"}}})),
        ]}},
    }))
}

/// Logs that go to a router need one.
fn routed() -> Value {
    let any = |container: Value| {
        let containers = json!({"type": "array", "contains": container});
        json!({"required": ["containerDefinitions"], "properties": {"containerDefinitions": containers}})
    };
    let log =
        json!({"type": "object", "required": ["logDriver"], "properties": {"logDriver": {"const": "awsfirelens"}}});
    let sends = json!({"type": "object", "required": ["logConfiguration"], "properties": {"logConfiguration": log}});
    let mut router = there("firelensConfiguration");
    router["type"] = "object".into();
    // A router may be among what is left to others.
    let whole = json!({"properties": {"ignoreDifferences": nothing()}});
    rule(&json!({"allOf": [any(sends), whole]}), &any(router))
}

/// Names in which IAM would see a pattern, so that nothing could be granted for them.
fn named_for_grants() -> Value {
    let group = json!({"pattern": "^[A-Za-z0-9._/#-]{1,512}$", WORDS: "takes letters, digits and any of ._-/#"});
    let group = json!({"properties": {"options": {"properties": {"awslogs-group": group}}}});
    containers(&json!({
        "logConfiguration": rule(&is("logDriver", "awslogs"), &group),
        "credentialSpecs": {"items": no_pattern(":ssm:.*[*?$]")},
        "dockerSecurityOptions": {"items": no_pattern(":ssm:.*[*?$]")},
        "repositoryCredentials": {"properties": {"credentialsParameter": no_pattern("[*?$]")}},
    }))
}

fn no_pattern(pattern: &str) -> Value {
    json!({"not": text(pattern, "has `*`, `?` or `$`, of which IAM makes a pattern")})
}

/// A volume of each kind: it is of none of the others.
fn of_one_kind() -> Vec<Value> {
    let others = [
        "dockerVolumeConfiguration",
        "efsVolumeConfiguration",
        "fsxWindowsFileServerVolumeConfiguration",
        "s3filesVolumeConfiguration",
    ];
    // How ECS answers for a volume that is neither.
    let of_host = ("host", json!({"properties": {"sourcePath": none()}}));
    let at_launch = ("configuredAtLaunch", json!({"not": {"const": true}}));
    let kinds: Vec<(&str, Value)> = others.map(|name| (name, none())).into_iter().chain([of_host, at_launch]).collect();
    let but = |kept: &str| -> Map<String, Value> {
        let others = kinds.iter().filter(|(name, _)| *name != kept);
        others.map(|(name, absent)| ((*name).to_owned(), absent.clone())).collect()
    };
    kinds.iter().map(|(kept, _)| json!({"properties": but(kept)})).collect()
}

fn on_fargate() -> Value {
    let of_container = containers(&json!({
        "privileged": {"not": {"const": true}},
        "disableNetworking": {"not": {"const": true}},
        "links": empty(),
        "dnsServers": empty(),
        "dnsSearchDomains": empty(),
        "dockerSecurityOptions": empty(),
        "startTimeout": {"minimum": 2, "maximum": 120},
        "stopTimeout": {"minimum": 2, "maximum": 120},
        "resourceRequirements": {"items": {"properties": {"type": {"not": {"const": "GPU"}}}}},
        "linuxParameters": {"properties": {
            "devices": empty(),
            "sharedMemorySize": none(),
            "maxSwap": none(),
            "swappiness": none(),
            "capabilities": {"properties": {"add": {"items": {"const": "SYS_PTRACE"}}}},
        }},
        "logConfiguration": {"allOf": [
            {"properties": {"logDriver": {"enum": ["awslogs", "splunk", "awsfirelens"]}}},
            rule(&is("logDriver", "awslogs"), &option(&["awslogs-stream-prefix"])),
        ]},
    }));
    let of_volume = json!({"properties": {
        "host": {"properties": {"sourcePath": none()}},
        "dockerVolumeConfiguration": none(),
    }});
    json!({
        "required": ["networkMode", "cpu", "memory"],
        "properties": {
            "networkMode": {"const": "awsvpc"},
            "pidMode": {"not": {"const": "host"}},
            "ipcMode": none(),
            "placementConstraints": empty(),
            "inferenceAccelerators": empty(),
            "volumes": {"items": of_volume},
        },
        "allOf": [of_container],
    })
}

fn of_windows() -> Value {
    json!({"properties": {"runtimePlatform": {"properties": {"cpuArchitecture": {"not": {"const": "ARM64"}}}}}})
}

fn encrypted_efs() -> Value {
    let authorized = json!({"type": "object", "anyOf": [there("accessPointId"), is("iam", "ENABLED")]});
    let authorized = json!({"required": ["authorizationConfig"], "properties": {"authorizationConfig": authorized}});
    rule(&authorized, &is("transitEncryption", "ENABLED"))
}
