//! Random manifests of one application, and the same ones written in another way.

use evenkeel::model::document::Rules;
use evenkeel::model::rules::{SERVICE, TASK_DEFINITION};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::properties::trees::{filled_with_defaults, shuffled};

/// An application as it is written, and how to write it otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    task_definition: Value,
    service: Value,
    seed: u64,
}

impl Written {
    pub(crate) fn manifests(&self, name: &str) -> Vec<Value> {
        both(name, self.task_definition.clone(), self.service.clone())
    }

    /// Lists in another order where order means nothing, defaults written out, pairs as maps, numbers as text and texts as
    /// numbers.
    pub(crate) fn otherwise(&self, name: &str) -> Vec<Value> {
        let other = |tree: &Value, rules: &Rules, outermost: bool| {
            shuffled(&filled_with_defaults(tree, rules, outermost), rules, self.seed)
        };
        let mut task_definition = other(&self.task_definition, &TASK_DEFINITION, true);
        let fargate =
            task_definition["requiresCompatibilities"].as_array().is_some_and(|of| of.contains(&json!("FARGATE")));
        for container in task_definition["containerDefinitions"].as_array_mut().unwrap() {
            // Fargate has no swap, and takes no word of it.
            if let (true, Some(Value::Object(linux))) = (fargate, container.get_mut("linuxParameters")) {
                linux.remove("swappiness");
            }
            for list in ["environment", "secrets"] {
                if let Some(pairs) = container.get(list).and_then(Value::as_array).cloned() {
                    container[list] = pairs.iter().map(pair).collect::<Map<_, _>>().into();
                }
            }
        }
        for size in ["cpu", "memory"] {
            let number = task_definition.get(size).and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok());
            if let Some(number) = number {
                task_definition[size] = number.into();
            }
        }
        // An outermost field of a service that is written is managed from then on.
        both(name, task_definition, other(&self.service, &SERVICE, false))
    }
}

/// `{name: A, value: 1}` and `{name: A, valueFrom: b}` as an entry of a map.
fn pair(pair: &Value) -> (String, Value) {
    let number = pair["value"].as_str().and_then(|text| text.parse::<i64>().ok().filter(|n| n.to_string() == text));
    let value = match (pair.get("valueFrom"), number) {
        (Some(source), _) => json!({"valueFrom": source}),
        (None, Some(number)) => number.into(),
        (None, None) => pair.get("value").cloned().unwrap_or_else(|| "".into()),
    };
    (pair["name"].as_str().unwrap().to_owned(), value)
}

fn both(name: &str, task_definition: Value, mut service: Value) -> Vec<Value> {
    let manifest = |kind: &str, spec: Value| json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec});
    service["cluster"] = "shop".into();
    service["taskDefinitionRef"] = json!({"name": name});
    vec![manifest("TaskDefinition", task_definition), manifest("Service", service)]
}

pub(crate) fn manifests() -> impl Strategy<Value = Written> {
    any::<bool>()
        .prop_flat_map(|fargate| (task_definition(fargate), service(fargate), around(), any::<u64>()))
        .prop_map(|(mut task_definition, mut service, around, seed)| {
            around.put(&mut task_definition, &mut service);
            Written { task_definition, service, seed }
        })
}

fn task_definition(fargate: bool) -> impl Strategy<Value = Value> {
    let sizes = select(vec![("256", "512"), (".25 vCPU", "1 GB"), ("0.5 vcpu", "1024"), ("1024", "2GB")]);
    let mode = select(vec!["bridge", "host"]);
    let top = (
        option::of(select(vec!["task", "arn:aws:iam::123456789012:role/path/task"])),
        option::of(select(vec![json!({"cpuArchitecture": "ARM64"}), json!({"operatingSystemFamily": "LINUX"})])),
        option::of((21..200_i64).prop_map(|size| json!({"sizeInGiB": size}))),
        option::of(any::<bool>()),
        option::of(Just(json!({"containerName": "web", "properties": [
            {"name": "ProxyIngressPort", "value": "15000"}, {"name": "AppPorts", "value": "8080"},
        ]}))),
    );
    (sizes, option::of(mode), top, container("web", fargate), option::of(container("side", fargate)), volumes())
        .prop_map(move |((cpu, memory), mode, (role, platform, storage, fault, proxy), web, side, volumes)| {
            let containers: Vec<Value> = [Some(web), side].into_iter().flatten().collect();
            let mut spec = object([
                ("cpu", Some(cpu.into())),
                ("memory", Some(memory.into())),
                ("taskRoleArn", role.map(Value::from)),
                ("runtimePlatform", platform),
                ("enableFaultInjection", fault.map(Value::from)),
                ("containerDefinitions", Some(containers.into())),
                ("volumes", Some(volumes)),
                ("networkMode", mode.map(Value::from)),
            ]);
            if fargate {
                spec["requiresCompatibilities"] = json!(["FARGATE"]);
                spec["networkMode"] = "awsvpc".into();
                if let Some(storage) = storage {
                    spec["ephemeralStorage"] = storage;
                }
                if let Some(proxy) = proxy {
                    spec["proxyConfiguration"] = proxy;
                }
            }
            spec
        })
}

fn container(name: &'static str, fargate: bool) -> impl Strategy<Value = Value> {
    let variables = proptest::collection::btree_map("[A-Z]{2,5}", option::of("[ -~]{0,6}|[0-9]{1,4}"), 0..5);
    let flags = proptest::collection::vec(option::of(any::<bool>()), 6);
    let health =
        option::of((option::of(5..60_i64), option::of(2..60_i64), option::of(1..10_i64), option::of(0..300_i64)));
    let capabilities = (subsequence(vec!["SYS_PTRACE"], 0..=1), subsequence(vec!["KILL", "CHOWN", "ALL"], 0..=3));
    let ulimits = subsequence(vec!["nofile", "core", "nproc"], 0..=3);
    let labels = proptest::collection::btree_map("[a-z.]{1,6}", "[a-z ]{0,4}", 0..3);
    let rest = (
        option::of(0..128_i64),
        option::of(Just(json!(["serve", "--now"]))),
        option::of(select(vec!["enabled", "disabled"])),
        option::of(logs(fargate)),
    );
    let ports = subsequence(if name == "web" { vec![8080, 8081, 8082] } else { vec![9090, 9091] }, 0..=2);
    let mounts = subsequence(vec!["data", "cache"], 0..=2);
    (variables, flags, health, capabilities, ulimits, labels, rest, ports, mounts, option::of(any::<bool>())).prop_map(
        move |(
            variables,
            flags,
            health,
            (add, drop),
            ulimits,
            labels,
            (cpu, command, consistency, logs),
            ports,
            mounts,
            written,
        )| {
            let environment: Vec<Value> = variables
                .into_iter()
                .map(|(name, value)| {
                    object([("name", Some(name.into())), ("value", Some(value.unwrap_or_default().into()))])
                })
                .collect();
            let ports: Vec<Value> = ports
                .into_iter()
                .map(|port| {
                    object([
                        ("containerPort", Some(port.into())),
                        ("protocol", written.map(|_| "tcp".into())),
                        ("hostPort", written.filter(|host| *host && fargate).map(|_| port.into())),
                    ])
                })
                .collect();
            let health = health.map(|(interval, timeout, retries, start)| {
                object([
                    ("command", Some(json!(["CMD-SHELL", "true"]))),
                    ("interval", interval.map(Value::from)),
                    ("timeout", timeout.map(Value::from)),
                    ("retries", retries.map(Value::from)),
                    ("startPeriod", start.map(Value::from)),
                ])
            });
            let mounts: Vec<Value> = mounts
                .into_iter()
                .map(|name| json!({"sourceVolume": name, "containerPath": format!("/{name}")}))
                .collect();
            let ulimits: Vec<Value> =
                ulimits.into_iter().map(|name| json!({"name": name, "softLimit": 10, "hardLimit": 20})).collect();
            let flag = |index: usize| flags[index].map(Value::from);
            object([
                ("name", Some(name.into())),
                ("image", Some(format!("registry.example.com/{name}:1").into())),
                ("essential", if name == "web" { flag(0).map(|_| true.into()) } else { flag(0) }),
                ("privileged", flag(1).filter(|_| !fargate)),
                ("readonlyRootFilesystem", flag(2)),
                ("interactive", flag(3)),
                ("pseudoTerminal", flag(4)),
                ("cpu", cpu.map(Value::from)),
                ("command", command),
                ("versionConsistency", consistency.map(Value::from)),
                ("logConfiguration", logs),
                ("environment", Some(environment.into())),
                ("portMappings", Some(ports.into())),
                ("healthCheck", health),
                ("mountPoints", Some(mounts.into())),
                ("ulimits", Some(ulimits.into())),
                ("dockerLabels", Some(json!(labels))),
                (
                    "linuxParameters",
                    Some(json!({"capabilities": {"add": add, "drop": drop}, "initProcessEnabled": flags[5]})),
                ),
            ])
        },
    )
}

/// Without a role: whoever logs to CloudWatch from Fargate has one.
fn logs(fargate: bool) -> impl Strategy<Value = Value> {
    let mut all = vec![
        json!({"logDriver": "splunk", "options": {"splunk-url": "https://splunk.example.com", "splunk-verify": ""}}),
        json!({"logDriver": "splunk", "options": {"splunk-url": "https://splunk.example.com", "splunk-format": "raw"}}),
    ];
    if !fargate {
        let group = json!({"awslogs-group": "/ecs/shop", "awslogs-region": "eu-west-1", "mode": "non-blocking"});
        all.extend([
            json!({"logDriver": "awslogs", "options": group}),
            json!({"logDriver": "json-file"}),
            json!({"logDriver": "syslog", "options": {}}),
        ]);
    }
    select(all)
}

/// What the containers wait for, and what stands before them.
#[derive(Clone, Debug)]
struct Around {
    /// Of the container beside the first one: by which condition that waits for it.
    waits: Option<&'static str>,
    /// Target groups, and the ports behind them as far as they are mapped.
    balancers: Vec<(&'static str, i64)>,
}

fn around() -> impl Strategy<Value = Around> {
    let waits = option::of(select(vec!["START", "HEALTHY", "SUCCESS", "COMPLETE"]));
    let balancers = subsequence(vec![("one", 8080), ("two", 8081), ("three", 8080)], 0..=3);
    (waits, balancers).prop_map(|(waits, balancers)| Around { waits, balancers })
}

impl Around {
    fn put(self, task_definition: &mut Value, service: &mut Value) {
        let Self { waits, balancers } = self;
        let containers = task_definition["containerDefinitions"].as_array_mut().unwrap();
        let mapped: Vec<i64> = containers[0]["portMappings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|port| port["containerPort"].as_i64())
            .collect();
        if let (Some(waits), [web, side]) = (waits, containers.as_mut_slice()) {
            // Whoever ends is not essential, and only a check says that somebody is healthy.
            match waits {
                "SUCCESS" | "COMPLETE" => side["essential"] = false.into(),
                "HEALTHY" => side["healthCheck"] = json!({"command": ["CMD-SHELL", "true"]}),
                _ => {}
            }
            web["dependsOn"] = json!([{"containerName": "side", "condition": waits}]);
        }
        let group = |name: &str| {
            format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{name}/0123456789abcdef")
        };
        let balancer = |(name, port): &(&str, i64)| json!({"targetGroupArn": group(name), "containerName": "web", "containerPort": port});
        let balancers: Vec<Value> = balancers.iter().filter(|(_, port)| mapped.contains(port)).map(balancer).collect();
        if !balancers.is_empty() {
            service["loadBalancers"] = balancers.into();
        }
    }
}

fn volumes() -> impl Strategy<Value = Value> {
    let storage = || {
        select(vec![
            json!({}),
            json!({"host": {}}),
            json!({"efsVolumeConfiguration": {"fileSystemId": "fs-1"}}),
            json!({"efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/x", "transitEncryption": "ENABLED"}}),
        ])
    };
    (storage(), storage()).prop_map(|(data, cache)| {
        let named = |name: &str, mut volume: Value| {
            volume["name"] = name.into();
            volume
        };
        json!([named("data", data), named("cache", cache)])
    })
}

fn service(fargate: bool) -> impl Strategy<Value = Value> {
    let subnets = subsequence(vec!["subnet-a", "subnet-b", "subnet-c"], 1..=3);
    let groups = option::of(subsequence(vec!["sg-1", "sg-2"], 0..=2));
    let network = (subnets, groups, option::of(select(vec!["ENABLED", "DISABLED"])));
    let breaker = option::of((any::<bool>(), any::<bool>(), option::of(any::<bool>()), option::of(1..9_i64)));
    let deployment = option::of((
        breaker,
        option::of(select(vec![0, 50])),
        option::of(select(vec![150, 200])),
        option::of(select(vec!["ROLLING", "BLUE_GREEN", "CANARY"])),
        option::of(subsequence(vec!["errors", "latency"], 1..=2)),
    ));
    let where_to = select(vec![0, 1, 2]);
    let words = (option::of(select(vec!["NONE", "SERVICE"])), option::of(select(vec!["ENABLED", "DISABLED"])));
    let flags = (option::of(any::<bool>()), option::of(any::<bool>()), option::of(0..60_i64), option::of(0..3_i64));
    let daemon = any::<bool>();
    (network, deployment, where_to, words, flags, daemon).prop_map(
        move |((subnets, groups, public), deployment, place, (propagate, zones), (exec, managed, grace, count), daemon)| {
            let daemon = daemon && !fargate && place == 0;
            let mut spec = object([
                ("propagateTags", propagate.map(Value::from)),
                ("availabilityZoneRebalancing", zones.filter(|zones| !daemon || *zones == "DISABLED").map(Value::from)),
                ("enableExecuteCommand", exec.map(Value::from)),
                ("enableECSManagedTags", managed.map(Value::from)),
                ("healthCheckGracePeriodSeconds", grace.map(Value::from)),
                ("desiredCount", count.filter(|_| !daemon).map(Value::from)),
                ("schedulingStrategy", daemon.then(|| "DAEMON".into())),
            ]);
            if let Some((breaker, low, high, strategy, alarms)) = deployment {
                let breaker = breaker.map(|(enable, rollback, reset, count)| object([
                    ("enable", Some(enable.into())),
                    ("rollback", Some(rollback.into())),
                    ("resetOnHealthyTask", reset.map(Value::from)),
                    ("thresholdConfiguration", count.map(|count| json!({"type": "COUNT", "value": count}))),
                ]));
                spec["deploymentConfiguration"] = object([
                    ("deploymentCircuitBreaker", breaker),
                    ("minimumHealthyPercent", low.filter(|_| !daemon).map(Value::from)),
                    ("maximumPercent", high.filter(|_| !daemon).map(Value::from)),
                    ("strategy", strategy.map(Value::from)),
                    ("alarms", alarms.map(|names| json!({"alarmNames": names, "enable": true, "rollback": false}))),
                ]);
            }
            if fargate {
                spec["networkConfiguration"] = json!({"awsvpcConfiguration": object([
                    ("subnets", Some(json!(subnets))),
                    ("securityGroups", groups.map(|groups| json!(groups))),
                    ("assignPublicIp", public.map(Value::from)),
                ])});
            }
            match (fargate, place) {
                (true, 0) => spec["launchType"] = "FARGATE".into(),
                (true, _) => spec["capacityProviderStrategy"] = json!([
                    {"capacityProvider": "FARGATE_SPOT", "weight": 2}, {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
                ]),
                (false, 1) => spec["placementStrategy"] = json!([
                    {"type": "spread", "field": "host"}, {"type": "binpack", "field": "memory"},
                ]),
                (false, 2) => spec["serviceConnectConfiguration"] = json!({"enabled": true, "namespace": "shop"}),
                _ => {}
            }
            spec
        },
    )
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
