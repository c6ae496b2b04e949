//! Random contents of task definitions and services, and ways to write the same thing otherwise.

use evenkeel::model::document::Rules;
use evenkeel::model::path::Path;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// Content that RegisterTaskDefinition takes, less its secrets, with defaults written out here and there.
pub(crate) fn content() -> impl Strategy<Value = Value> {
    let containers = subsequence(vec!["web", "xray", "log"], 1..=3)
        .prop_flat_map(|names| names.into_iter().map(container).collect::<Vec<_>>());
    let top = (
        option::of(select(vec!["awsvpc", "bridge", "host"])),
        option::of(select(vec!["256", "1024", "1 vCPU", ".5 vcpu"])),
        subsequence(vec!["FARGATE", "EC2", "EXTERNAL"], 0..=3),
        option::of(any::<bool>()),
        option::of(volumes()),
    );
    (containers, top).prop_map(|(containers, (mode, cpu, compatibilities, fault, volumes))| {
        object([
            ("containerDefinitions", Some(containers.into())),
            ("networkMode", mode.map(Value::from)),
            ("cpu", cpu.map(Value::from)),
            ("requiresCompatibilities", Some(json!(compatibilities))),
            ("enableFaultInjection", fault.map(Value::from)),
            ("volumes", volumes),
        ])
    })
}

fn container(name: &'static str) -> BoxedStrategy<Value> {
    let environment = btree_map("[A-Z_]{1,6}", "[ -~]{0,8}", 0..4);
    let ports = subsequence(vec![80, 443, 8080], 0..=3).prop_flat_map(|ports| {
        let each = |port: i32| {
            let protocol = option::of(select(vec!["tcp", "udp"]));
            (protocol, option::of(select(vec![0, port, 9000]))).prop_map(move |(protocol, host)| {
                object([
                    ("containerPort", Some(port.into())),
                    ("protocol", protocol.map(Value::from)),
                    ("hostPort", host.map(Value::from)),
                ])
            })
        };
        ports.into_iter().map(each).collect::<Vec<_>>()
    });
    let health = option::of((option::of(select(vec![5, 30])), option::of(select(vec![3, 4]))).prop_map(
        |(interval, retries)| {
            object([
                ("command", Some(json!(["CMD", "true"]))),
                ("interval", interval.map(Value::from)),
                ("retries", retries.map(Value::from)),
            ])
        },
    ));
    let capabilities = subsequence(vec!["KILL", "CHOWN", "SYS_PTRACE"], 0..=3);
    let flags = (option::of(any::<bool>()), option::of(any::<bool>()), option::of(select(vec![0, 64])));
    let rest = (option::of(vec("[a-z-]{1,6}", 0..3)), btree_map("[a-z]{1,4}", "[a-z]{0,4}", 0..2));
    ("[a-z]{1,6}:[0-9]", environment, ports, health, capabilities, flags, rest)
        .prop_map(move |(image, environment, ports, health, add, (essential, privileged, cpu), (command, labels))| {
            let environment: Vec<Value> =
                environment.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
            object([
                ("name", Some(name.into())),
                ("image", Some(image.into())),
                ("environment", Some(environment.into())),
                ("portMappings", Some(ports.into())),
                ("healthCheck", health),
                ("linuxParameters", Some(json!({"capabilities": {"add": add}}))),
                ("essential", essential.map(Value::from)),
                ("privileged", privileged.map(Value::from)),
                ("cpu", cpu.map(Value::from)),
                ("command", command.map(Value::from)),
                ("dockerLabels", Some(json!(labels))),
            ])
        })
        .boxed()
}

fn volumes() -> impl Strategy<Value = Value> {
    subsequence(vec!["data", "cache"], 0..=2).prop_flat_map(|names| {
        let each = |name: &'static str| {
            option::of(select(vec!["/", "/x"])).prop_map(move |root| {
                let efs = object([("fileSystemId", Some("fs-1".into())), ("rootDirectory", root.map(Value::from))]);
                json!({"name": name, "efsVolumeConfiguration": efs})
            })
        };
        names.into_iter().map(each).collect::<Vec<_>>().prop_map(Value::from)
    })
}

/// Fields of a service, any of them absent.
pub(crate) fn service_fields() -> impl Strategy<Value = Map<String, Value>> {
    let network =
        (subsequence(vec!["subnet-a", "subnet-b", "subnet-c"], 1..=3), option::of(select(vec!["ENABLED", "DISABLED"])))
            .prop_map(|(subnets, public)| {
                let inner = object([("subnets", Some(json!(subnets))), ("assignPublicIp", public.map(Value::from))]);
                json!({"awsvpcConfiguration": inner})
            });
    let breaker = (option::of(any::<bool>()), option::of(any::<bool>())).prop_map(|(enable, rollback)| {
        object([("enable", enable.map(Value::from)), ("rollback", rollback.map(Value::from))])
    });
    let deployment = (option::of(breaker), option::of(select(vec![0, 50, 100])), option::of(select(vec![100, 200])))
        .prop_map(|(breaker, low, high)| {
            object([
                ("deploymentCircuitBreaker", breaker),
                ("minimumHealthyPercent", low.map(Value::from)),
                ("maximumPercent", high.map(Value::from)),
            ])
        });
    let balancers = subsequence(vec!["one", "two"], 0..=2).prop_map(|names| {
        let each = |name| json!({"targetGroupArn": format!("arn:{name}"), "containerName": "web", "containerPort": 80});
        names.into_iter().map(each).collect::<Value>()
    });
    (
        option::of(0..5_i64),
        option::of(network),
        option::of(deployment),
        option::of(balancers),
        option::of(select(vec!["NONE", "SERVICE"])),
        option::of(any::<bool>()),
    )
        .prop_map(|(count, network, deployment, balancers, propagate, execute)| {
            let Value::Object(fields) = object([
                ("desiredCount", count.map(Value::from)),
                ("networkConfiguration", network),
                ("deploymentConfiguration", deployment),
                ("loadBalancers", balancers),
                ("propagateTags", propagate.map(Value::from)),
                ("enableExecuteCommand", execute.map(Value::from)),
            ]) else {
                unreachable!()
            };
            fields
        })
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The same tree with its lists in another order, wherever order means nothing.
pub(crate) fn shuffled(value: &Value, rules: &Rules, seed: u64) -> Value {
    fn walk(value: &Value, path: &Path, rules: &Rules, seed: &mut u64) -> Value {
        match value {
            Value::Object(map) => {
                map.iter().map(|(name, value)| (name.clone(), walk(value, &path.member(name), rules, seed))).collect()
            }
            Value::Array(list) => {
                let inside = path.element("");
                let mut list: Vec<Value> = list.iter().map(|element| walk(element, &inside, rules, seed)).collect();
                let pattern = path.pattern();
                if rules.keyed.iter().any(|(keyed, _)| *keyed == pattern) || rules.sets.contains(&pattern.as_str()) {
                    for last in (1..list.len()).rev() {
                        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        list.swap(last, usize::try_from(*seed >> 33).unwrap() % (last + 1));
                    }
                }
                Value::Array(list)
            }
            other => other.clone(),
        }
    }
    walk(value, &Path::root(), rules, &mut seed.clone())
}

/// The same tree with every default written out that stands beside something else; at the outermost level too?
pub(crate) fn filled_with_defaults(value: &Value, rules: &Rules, outermost: bool) -> Value {
    let more = |path: &Path, map: &mut Map<String, Value>| {
        let pattern = path.pattern();
        for (default, json) in rules.defaults {
            let (parent, member) = default.rsplit_once('.').unwrap_or(("", default));
            if parent == pattern && (outermost || !parent.is_empty()) {
                map.entry(member).or_insert_with(|| serde_json::from_str(json).unwrap());
            }
        }
    };
    extended(value, &Path::root(), &more)
}

/// The same, with empty and null members.
pub(crate) fn filled(value: &Value, rules: &Rules) -> Value {
    let more = |_: &Path, map: &mut Map<String, Value>| {
        map.entry("unheardOf").or_insert(Value::Null);
        map.entry("alsoUnheardOf").or_insert_with(|| json!([]));
    };
    extended(&filled_with_defaults(value, rules, true), &Path::root(), &more)
}

/// The same tree with more in each of its maps.
fn extended(value: &Value, path: &Path, more: &impl Fn(&Path, &mut Map<String, Value>)) -> Value {
    match value {
        Value::Object(map) => {
            let inside = |(name, value): (&String, &Value)| (name.clone(), extended(value, &path.member(name), more));
            let mut map: Map<String, Value> = map.iter().map(inside).collect();
            more(path, &mut map);
            Value::Object(map)
        }
        Value::Array(list) => list.iter().map(|element| extended(element, &path.element(""), more)).collect(),
        other => other.clone(),
    }
}
