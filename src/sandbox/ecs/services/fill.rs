//! What ECS adds inside the members of a service that were sent (facts 4.5).
//!
//! Ledger: V42, V43.

use serde_json::{Map, Value, json};

/// Fills the members that are there; what is not there stays away.
pub(super) fn fill(settings: &mut Map<String, Value>) {
    let vpc = settings.get_mut("networkConfiguration").and_then(|network| network.get_mut("awsvpcConfiguration"));
    if let Some(vpc) = vpc {
        defaults(vpc, &json!({"assignPublicIp": "DISABLED", "securityGroups": []}));
    }
    each(settings.get_mut("capacityProviderStrategy"), |item| defaults(item, &json!({"weight": 0, "base": 0})));
    each(settings.get_mut("placementStrategy"), place);
    if let Some(configuration) = settings.get_mut("deploymentConfiguration") {
        fill_deployment_configuration(configuration);
    }
}

fn fill_deployment_configuration(configuration: &mut Value) {
    let strategy = configuration.get("strategy").and_then(Value::as_str).unwrap_or_default().to_owned();
    let steps = match strategy.as_str() {
        "LINEAR" => Some(("linearConfiguration", json!({"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}))),
        "CANARY" => Some(("canaryConfiguration", json!({"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}))),
        _ => None,
    };
    if let (Some((name, usual)), Some(members)) = (steps, configuration.as_object_mut()) {
        defaults(members.entry(name).or_insert_with(|| json!({})), &usual);
    }
    let breaker = json!({
        "resetOnHealthyTask": true,
        "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
    });
    let early = json!({"healthyPercent": 100, "sourceServiceRevisionCleanup": "BLOCKING"});
    for (name, usual) in [("deploymentCircuitBreaker", breaker), ("earlySuccessCriteria", early)] {
        if let Some(member) = configuration.get_mut(name) {
            defaults(member, &usual);
        }
    }
    each(configuration.get_mut("lifecycleHooks"), |hook| {
        defaults(hook, &json!({"targetType": "AWS_LAMBDA", "timeoutConfiguration": {}}));
        if let Some(timeout) = hook.get_mut("timeoutConfiguration") {
            defaults(timeout, &json!({"timeoutInMinutes": 1440, "action": "ROLLBACK"}));
        }
    });
}

/// `memory` and `cpu` come back in capitals, and `host` is `instanceId`.
fn place(strategy: &mut Value) {
    let field = match strategy.get("field").and_then(Value::as_str) {
        Some(field) if ["memory", "cpu"].contains(&field) => field.to_uppercase(),
        Some("host") => "instanceId".to_owned(),
        _ => return,
    };
    strategy["field"] = json!(field);
}

fn each(list: Option<&mut Value>, change: impl FnMut(&mut Value)) {
    list.and_then(Value::as_array_mut).into_iter().flatten().for_each(change);
}

fn defaults(target: &mut Value, usual: &Value) {
    if let (Some(target), Some(usual)) = (target.as_object_mut(), usual.as_object()) {
        for (name, value) in usual {
            target.entry(name).or_insert_with(|| value.clone());
        }
    }
}
