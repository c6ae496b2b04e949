//! The members of a service that ECS only keeps: defaults, what an update
//! does to them, and the few that the scheduler reads.
//!
//! Ledger: V1, V3, V5, V38, V39, V41.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Service, fill};

/// Members that stand in a service revision beside its task definition.
pub(in crate::sandbox::ecs) const OF_A_REVISION: [&str; 12] = [
    "capacityProviderStrategy",
    "gatewayConnectors",
    "launchType",
    "loadBalancers",
    "monitoring",
    "networkConfiguration",
    "platformFamily",
    "platformVersion",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// Members that start a deployment whenever they are sent (facts 4.5).
///
/// Whether AWS compares them first is not said, but for
/// `volumeConfigurations`; the sandbox takes the documentation at its word.
/// Of `gatewayConnectors` and `monitoring` nothing is said: as only service
/// revisions state them, a new value needs a new one.
pub(super) const TRIGGERS: [&str; 8] = [
    "gatewayConnectors",
    "loadBalancers",
    "monitoring",
    "networkConfiguration",
    "platformVersion",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "vpcLatticeConfigurations",
];

/// A service's own members, not its settings.
const NOT_SETTINGS: [&str; 9] = [
    "clientToken",
    "cluster",
    "desiredCount",
    "forceNewDeployment",
    "role",
    "service",
    "serviceName",
    "tags",
    "taskDefinition",
];

/// When a deployment is given up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::sandbox::ecs) struct Breaker {
    pub(in crate::sandbox::ecs) enable: bool,
    pub(in crate::sandbox::ecs) rollback: bool,
    #[serde(default = "yes")]
    pub(in crate::sandbox::ecs) reset_on_healthy_task: bool,
    #[serde(rename = "thresholdConfiguration", default)]
    pub(in crate::sandbox::ecs) threshold: Threshold,
}

/// How many failed tasks are too many.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::sandbox::ecs) struct Threshold {
    r#type: String,
    value: usize,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { r#type: "BOUNDED_PERCENT".to_owned(), value: 50 }
    }
}

impl Threshold {
    /// In tasks, for a service that wants `desired` of them.
    pub(in crate::sandbox::ecs) fn of(&self, desired: usize) -> usize {
        let share = (desired * self.value).div_ceil(100);
        match self.r#type.as_str() {
            "COUNT" => self.value,
            "UNBOUNDED_PERCENT" => share.max(1),
            _ => share.clamp(3, 200),
        }
    }
}

impl Service {
    pub(in crate::sandbox::ecs) fn breaker(&self) -> Breaker {
        let off =
            Breaker { enable: false, rollback: false, reset_on_healthy_task: true, threshold: Threshold::default() };
        self.deployment_configuration("deploymentCircuitBreaker")
            .and_then(|breaker| Breaker::deserialize(breaker).ok())
            .unwrap_or(off)
    }

    /// Least healthy and most running tasks while deploying, in tasks: the
    /// first rounded up, the second down (facts 4.5).
    pub(in crate::sandbox::ecs) fn bounds(&self) -> (usize, usize) {
        let percent = |name, default| {
            let given = self.deployment_configuration(name).and_then(Value::as_u64);
            given.and_then(|given| usize::try_from(given).ok()).unwrap_or(default)
        };
        let least = (self.desired_count * percent("minimumHealthyPercent", 100)).div_ceil(100);
        let most = self.desired_count * percent("maximumPercent", 200) / 100;
        (least, most)
    }

    /// How long a deployment bakes once all is healthy. Where traffic is
    /// shifted in steps, all tasks are there first, and each step bakes.
    pub(in crate::sandbox::ecs) fn bake_minutes(&self) -> u64 {
        let number = |pointer: &str, default: u64| {
            let configuration = self.settings.get("deploymentConfiguration");
            configuration.and_then(|c| c.pointer(pointer)?.as_u64()).unwrap_or(default)
        };
        let steps = match self.deployment_configuration("strategy").and_then(Value::as_str) {
            Some("LINEAR") => {
                let step = number("/linearConfiguration/stepPercent", 10).max(1);
                (100_u64.div_ceil(step) - 1) * number("/linearConfiguration/stepBakeTimeInMinutes", 6)
            }
            Some("CANARY") => number("/canaryConfiguration/canaryBakeTimeInMinutes", 10),
            _ => 0,
        };
        steps + number("/bakeTimeInMinutes", 0)
    }

    /// Does it deploy in any other way than ROLLING?
    pub(in crate::sandbox::ecs) fn shifts_traffic(&self) -> bool {
        self.deployment_configuration("strategy").and_then(Value::as_str).is_some_and(|strategy| strategy != "ROLLING")
    }

    /// Does it run one task on each instance?
    pub(super) fn is_daemon(&self) -> bool {
        is_daemon(&self.settings)
    }

    /// Seconds in which a failing health check is not looked at.
    pub(in crate::sandbox::ecs) fn grace_seconds(&self) -> u64 {
        self.settings.get("healthCheckGracePeriodSeconds").and_then(Value::as_u64).unwrap_or(0)
    }

    pub(in crate::sandbox::ecs) fn has_load_balancer(&self) -> bool {
        self.settings.get("loadBalancers").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    }

    pub(in crate::sandbox::ecs) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str)
    }

    fn deployment_configuration(&self, member: &str) -> Option<&Value> {
        self.settings.get("deploymentConfiguration")?.get(member)
    }
}

/// The settings of a new service: the request, and ECS's defaults (facts 4.5).
pub(super) fn of_new(request: &Value) -> Map<String, Value> {
    let mut settings = given(request);
    let fargate = is_fargate(&settings);
    let mut set = |name: &str, value: Value| {
        settings.entry(name).or_insert(value);
    };
    for list in ["loadBalancers", "placementConstraints", "placementStrategy", "serviceRegistries"] {
        set(list, json!([]));
    }
    if request.get("capacityProviderStrategy").is_none() {
        set("launchType", json!("EC2"));
    }
    if fargate {
        set("platformVersion", json!("LATEST"));
        set("platformFamily", json!("Linux"));
    }
    set("deploymentController", json!({"type": "ECS"}));
    set("enableECSManagedTags", json!(false));
    set("enableExecuteCommand", json!(false));
    set("healthCheckGracePeriodSeconds", json!(0));
    set("propagateTags", json!("NONE"));
    set("schedulingStrategy", json!("REPLICA"));
    let configuration = settings.remove("deploymentConfiguration");
    let default = default_deployment_configuration(is_daemon(&settings));
    let configuration = merged(default, configuration);
    let is_possible = configuration["maximumPercent"].as_i64().is_none_or(|most| most > 100) && !is_daemon(&settings);
    settings.insert("deploymentConfiguration".to_owned(), configuration);
    // [V103]: where it is not possible, and not asked for, it is off.
    let rebalancing = if is_possible { "ENABLED" } else { "DISABLED" };
    settings.entry("availabilityZoneRebalancing").or_insert(json!(rebalancing));
    fill::fill(&mut settings);
    settings
}

/// The settings after an update: what is sent replaces, what is not stays.
/// That holds inside `deploymentConfiguration` too, unless it `is_replaced`.
pub(super) fn after_update(held: &Map<String, Value>, request: &Value, is_replaced: bool) -> Map<String, Value> {
    let mut settings = held.clone();
    for (name, value) in given(request) {
        let value = match name.as_str() {
            "deploymentConfiguration" if is_replaced => {
                merged(default_deployment_configuration(is_daemon(&settings)), Some(value))
            }
            "deploymentConfiguration" => merged(settings.get(&name).cloned().unwrap_or_else(|| json!({})), Some(value)),
            _ => value,
        };
        settings.insert(name, value);
    }
    let strategy = settings.get("capacityProviderStrategy").and_then(Value::as_array);
    match strategy.map(Vec::is_empty) {
        // A strategy takes the place of the launch type; an empty one gives it back.
        Some(false) => {
            settings.remove("launchType");
        }
        Some(true) => {
            settings.remove("capacityProviderStrategy");
            let launch_type = if settings.contains_key("platformFamily") { "FARGATE" } else { "EC2" };
            settings.entry("launchType").or_insert(json!(launch_type));
        }
        None => {}
    }
    fill::fill(&mut settings);
    settings
}

pub(super) fn is_daemon(settings: &Map<String, Value>) -> bool {
    settings.get("schedulingStrategy").is_some_and(|strategy| strategy == "DAEMON")
}

pub(in crate::sandbox::ecs) fn is_fargate(settings: &Map<String, Value>) -> bool {
    let by_provider = settings.get("capacityProviderStrategy").and_then(Value::as_array).is_some_and(|providers| {
        let mut names = providers.iter().filter_map(|provider| provider.get("capacityProvider")?.as_str());
        names.any(|name| name.starts_with("FARGATE"))
    });
    by_provider || settings.get("launchType") == Some(&json!("FARGATE"))
}

/// Where its tasks stand, in the network mode `awsvpc`.
pub(in crate::sandbox::ecs) fn awsvpc(settings: &Map<String, Value>) -> Option<&Value> {
    settings.get("networkConfiguration")?.get("awsvpcConfiguration")
}

/// The subnets or the security groups of that.
pub(in crate::sandbox::ecs) fn listed<'n>(network: &'n Value, member: &str) -> Vec<&'n str> {
    network.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The network configuration as ECS gives it back: subnets and security
/// groups are sets, so here they come in the opposite order.
pub(in crate::sandbox::ecs) fn without_order(mut network: Value) -> Value {
    for set in ["subnets", "securityGroups"] {
        let place = network.get_mut("awsvpcConfiguration").and_then(|vpc| vpc.get_mut(set));
        if let Some(items) = place.and_then(Value::as_array_mut) {
            items.reverse();
        }
    }
    network
}

fn given(request: &Value) -> Map<String, Value> {
    let members = request.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| !NOT_SETTINGS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn default_deployment_configuration(daemon: bool) -> Value {
    let (least, most) = if daemon { (0, 100) } else { (100, 200) };
    json!({
        "deploymentCircuitBreaker": {"enable": false, "rollback": false},
        "maximumPercent": most,
        "minimumHealthyPercent": least,
        "alarms": {"alarmNames": [], "rollback": false, "enable": false},
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    })
}

fn merged(mut base: Value, over: Option<Value>) -> Value {
    if let (Some(base), Some(Value::Object(over))) = (base.as_object_mut(), over) {
        base.extend(over);
    }
    base
}

fn yes() -> bool {
    true
}
