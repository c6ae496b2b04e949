//! Rules of the published schemas that look at more than one field, and texts of which a pattern says as much as the
//! grammar: what editors can know of the mistakes that `check` finds. `docs/design/0013` says what is left out, and why.
//!
//! A schema refuses nothing that `check` takes. It may take more: null is no value, and what is not sure passes.

use serde_json::{Map, Value, json};

use super::checks::arns::{self, PARAMETER, ROLE, SECRET};
use super::explain::WORDS;
use crate::model::id::Kind;

/// Rules between the fields of `spec`.
pub(super) fn rules(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::TaskDefinition => task_definition(),
        Kind::Service => service(),
        Kind::Secret => secret(),
        Kind::ExecutionRole => role(),
    }
}

/// Texts by their path in `spec`: a pattern, and what it takes in words.
pub(super) fn texts(kind: Kind) -> Vec<(&'static str, String, String)> {
    let arns = arns::places(kind);
    let mut texts: Vec<_> = arns
        .map(|(path, wanted)| (path, format!("^{}$", wanted.pattern()), format!("is the ARN of {}", wanted.what())))
        .collect();
    let (of_role, of_secret) = (ROLE.pattern(), SECRET.pattern());
    let parameter = format!("[A-Za-z0-9_./-]+|{}(:.*)?", PARAMETER.pattern());
    let source = format!("^({parameter}|{of_secret}(:[^:]*:([^:]*:|:[^:]{{32,64}}))?)$");
    let place = "names a secret by its ARN, of 7 fields or of 10, or a parameter by its name or ARN";
    let mut more = |path, pattern: String, words: &str| texts.push((path, pattern, words.to_owned()));
    match kind {
        Kind::Secret => more("secretName", format!("^([^:]+|{of_secret})$"), "is a name, or the ARN of a secret"),
        Kind::ExecutionRole => {}
        Kind::TaskDefinition => {
            more("taskRoleArn", format!("^([^:]*|{of_role})$"), "is the name of a role, or its ARN");
            more("containerDefinitions[].secrets[].valueFrom", source.clone(), place);
            more("containerDefinitions[].logConfiguration.secretOptions[].valueFrom", source, place);
        }
        Kind::Service => more("serviceConnectConfiguration.logConfiguration.secretOptions[].valueFrom", source, place),
    }
    texts
}

fn task_definition() -> Vec<Value> {
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
        rule(&windows, &on_windows()),
        json!({"properties": {"containerDefinitions": {"not": none_essential}}}),
        rule(
            &no_role,
            &containers(&json!({
                "secrets": nothing(),
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
        containers(&json!({
            "logConfiguration": logs(),
            "firelensConfiguration": {"properties": {"options": {"properties": {
                "config-file-type": {"enum": ["file", "s3"]},
            }}}},
            "healthCheck": {"properties": {"command": {"prefixItems": [{"enum": ["CMD", "CMD-SHELL", "NONE"]}]}}},
            "repositoryCredentials": {"properties": {"credentialsParameter": {"properties": {
                "secretRef": {"properties": {"key": none(), "stage": none(), "pin": none()}},
            }}}},
            "resourceRequirements": {"items": {"allOf": [
                rule(
                    &json!({"not": is("type", "GPU")}),
                    &json!({"required": ["value"], "properties": {"sharingStrategy": none()}}),
                ),
                rule(&is("type", "NeuronDevice"), &json!({"properties": {"value": {"const": "ALL"}}})),
            ]}},
        })),
        json!({"properties": {"volumes": {"items": {
            "properties": {"efsVolumeConfiguration": encrypted_efs()},
            "anyOf": of_one_kind(),
        }}}}),
        tags(),
    ]
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

/// Sizes of tasks have two spellings each: their pairs are `check`'s alone.
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

/// What is empty or false says nothing, and comes along with a pasted answer.
fn on_windows() -> Value {
    let (unless, no_members) = (json!({"not": {"const": true}}), json!({"additionalProperties": none()}));
    json!({
        "properties": {
            "runtimePlatform": {"properties": {"cpuArchitecture": {"not": {"const": "ARM64"}}}},
            "ipcMode": none(),
            "pidMode": none(),
            "proxyConfiguration": no_members,
        },
        "allOf": [containers(&json!({
            "disableNetworking": unless,
            "dnsSearchDomains": empty(),
            "dnsServers": empty(),
            "extraHosts": empty(),
            "linuxParameters": no_members,
            "links": empty(),
            "privileged": unless,
            "readonlyRootFilesystem": unless,
            "ulimits": empty(),
            "user": {"maxLength": 0},
        }))],
    })
}

/// Of a container, and of Service Connect's own.
fn logs() -> Value {
    rule(&is("logDriver", "awslogs"), &option(&["awslogs-group", "awslogs-region"]))
}

fn encrypted_efs() -> Value {
    let authorized = json!({"type": "object", "anyOf": [there("accessPointId"), is("iam", "ENABLED")]});
    let authorized = json!({"required": ["authorizationConfig"], "properties": {"authorizationConfig": authorized}});
    rule(&authorized, &is("transitEncryption", "ENABLED"))
}

fn service() -> Vec<Value> {
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
            }}),
        ),
        rule(
            &json!({"required": ["launchType"], "properties": {"launchType": {"enum": ["EC2", "EXTERNAL"]}}}),
            &json!({"properties": {"platformVersion": none()}}),
        ),
        tags(),
    ]
}

fn secret() -> Vec<Value> {
    let sources = ["generate", "encrypted", "external"].map(there);
    let named = |pattern: &str| {
        let name = text(pattern, "is of this kind");
        json!({"required": ["secretName"], "properties": {"secretName": name}})
    };
    let with = |outer: &str, inner: &str| {
        let mut member = there(inner);
        member["type"] = "object".into();
        json!({"required": [outer], "properties": {outer: member}})
    };
    let managed = ["description", "kmsKeyId", "tags", "rotation", "replicas", "resourcePolicy"];
    let of_a_service = ["writePolicy", "deletionPolicy", "recoveryWindowDays"];
    let referred = json!({"allOf": [
        without(&managed),
        {"properties": {"value": {"properties": {"generate": none(), "encrypted": none()}}}},
    ]});
    let turned_on = ["lambdaArn", "schedule", "window", "rotateImmediately"].map(there);
    let whole = ["lambdaArn", "schedule"].map(there);
    let rotation = rule(&json!({"anyOf": turned_on}), &json!({"allOf": whole}));
    let written_out = json!({"allOf": [with("value", "generate"), is("writePolicy", "Enforce")]});
    let rotated = json!({"allOf": [with("rotation", "lambdaArn"), with("value", "encrypted")]});
    let elsewhere = text(r"(^|/)\.[^/]|\\|//|^/|/$", "leaves the manifest's own folder, or is hidden");
    vec![
        json!({"properties": {"value": {"if": {"type": "object"}, "then": {"oneOf": sources}}}}),
        json!({"properties": {"rotation": rotation}}),
        rule(&there("writePolicy"), &json!({"anyOf": [with("value", "encrypted"), written_out]})),
        rule(&rotated, &is("writePolicy", "Seed")),
        rule(&named("^arn:"), &referred),
        rule(&named("^[^:]*!"), &json!({"allOf": [without(&managed), without(&of_a_service)]})),
        json!({"properties": {"value": {"properties": {"encrypted": {"properties": {"file": {"not": elsewhere}}}}}}}),
        tags(),
    ]
}

fn role() -> Vec<Value> {
    let part = json!({"required": ["mode"], "properties": {"mode": {"enum": ["ManagePolicy", "Observe"]}}});
    let of_aws = text("alias/aws/", "is AWS's own");
    vec![
        rule(&part, &without(&["permissionsBoundary", "managedPolicyArns"])),
        rule(&is("mode", "Observe"), &without(&["grants", "narrow"])),
        json!({"properties": {"grants": {"items": {"properties": {"decrypt": {"properties": {"key": {"not": of_aws}}}}}}}}),
    ]
}

/// Keys and values that are not the user's.
fn tags() -> Value {
    let reserved = |pattern: &str| json!({"not": text(pattern, "is reserved")});
    let key = reserved(r"^([aA][wW][sS]:|evenkeel\.dev/)");
    let value = reserved("^[aA][wW][sS]:");
    json!({"properties": {"tags": {
        "propertyNames": key,
        "additionalProperties": value,
        "items": {"properties": {"key": key, "value": value}},
    }}})
}

/// A text of this form, and nothing else; in words too.
fn text(pattern: &str, words: &str) -> Value {
    json!({"type": "string", "pattern": pattern, WORDS: words})
}

/// Of a configuration: whoever believes signatures says whose.
pub(super) fn signers() -> Value {
    let verified = json!({"required": ["mode"], "properties": {"mode": {"enum": ["Head", "EveryCommit"]}}});
    let lists = ["allowedSigners", "allowedSignersEnv"].map(there);
    rule(&verified, &json!({"oneOf": lists}))
}

/// A member that is null is absent.
pub(super) fn there(name: &str) -> Value {
    json!({"required": [name], "properties": {name: {"not": {"type": "null"}}}})
}

fn is(name: &str, word: &str) -> Value {
    json!({"required": [name], "properties": {name: {"const": word}}})
}

fn not_both(one: &str, other: &str) -> Value {
    json!({"not": {"allOf": [there(one), there(other)]}})
}

fn rule(condition: &Value, then: &Value) -> Value {
    json!({"if": condition, "then": then})
}

fn containers(members: &Value) -> Value {
    json!({"properties": {"containerDefinitions": {"items": {"properties": members}}}})
}

fn option(names: &[&str]) -> Value {
    json!({"required": ["options"], "properties": {"options": {"required": names}}})
}

fn without(names: &[&str]) -> Value {
    let members: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), none())).collect();
    json!({"properties": members})
}

fn none() -> Value {
    json!({"type": "null"})
}

fn empty() -> Value {
    json!({"maxItems": 0})
}

/// Neither a list nor a map with anything in it.
fn nothing() -> Value {
    json!({"maxItems": 0, "maxProperties": 0})
}
