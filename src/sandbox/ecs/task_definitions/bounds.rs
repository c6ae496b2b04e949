//! Numbers that ECS takes within bounds alone (API model, the member's own text).
//!
//! Ledger: T16, T30.

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

/// Whose words a refusal has.
#[derive(Clone, Copy)]
enum Words {
    HealthCheck,
    Setting,
}

/// Where a number of a container stands, the least and the most that it can be.
const BOUNDS: [(&str, i64, i64, Words); 14] = [
    ("healthCheck.interval", 5, 300, Words::HealthCheck),
    ("healthCheck.timeout", 2, 60, Words::HealthCheck),
    ("healthCheck.retries", 1, 10, Words::HealthCheck),
    ("healthCheck.startPeriod", 0, 300, Words::HealthCheck),
    ("portMappings[].containerPort", 1, 65_535, Words::Setting),
    ("portMappings[].hostPort", 0, 65_535, Words::Setting),
    ("memory", 4, i64::MAX, Words::Setting),
    ("memoryReservation", 4, i64::MAX, Words::Setting),
    ("cpu", 0, i64::MAX, Words::Setting),
    ("startTimeout", 0, i64::MAX, Words::Setting),
    ("stopTimeout", 0, i64::MAX, Words::Setting),
    ("linuxParameters.maxSwap", 0, i64::MAX, Words::Setting),
    ("linuxParameters.swappiness", 0, 100, Words::Setting),
    ("restartPolicy.restartAttemptPeriod", 60, 1_800, Words::Setting),
];

/// Lists, and how many items each has at most.
const ITEMS: [(&str, usize); 4] = [
    ("placementConstraints", 10),
    ("requiresCompatibilities", 4),
    ("containerDefinitions[].credentialSpecs", 1),
    ("containerDefinitions[].restartPolicy.ignoredExitCodes", 50),
];

const LEAST_STORAGE: i64 = 21;
const MOST_STORAGE: i64 = 200;

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    for container in at(content, "containerDefinitions[]") {
        let name = container["name"].as_str().unwrap_or_default();
        for (path, least, most, words) in BOUNDS {
            let member = path.rsplit('.').next().unwrap_or(path);
            let mut numbers = at(container, path).into_iter().filter_map(Value::as_i64);
            if let Some(number) = numbers.find(|number| !(least..=most).contains(number)) {
                return Err(fault::client(outside(words, member, number < least, least, most, name)));
            }
        }
    }
    for (path, most) in ITEMS {
        let member = path.rsplit('.').next().unwrap_or(path);
        if at(content, path).into_iter().filter_map(Value::as_array).any(|list| list.len() > most) {
            return Err(fault::client(format!("{member} can have at most {most} items.")));
        }
    }
    match at(content, "ephemeralStorage.sizeInGiB").into_iter().find_map(Value::as_i64) {
        Some(size) if size < LEAST_STORAGE => {
            Err(fault::client(format!("EphemeralStorage size should be at least {LEAST_STORAGE}")))
        }
        Some(size) if size > MOST_STORAGE => {
            Err(fault::client(format!("EphemeralStorage size should be at most {MOST_STORAGE}")))
        }
        _ => Ok(()),
    }
}

fn outside(words: Words, member: &str, is_below: bool, least: i64, most: i64, name: &str) -> String {
    match (words, is_below) {
        (Words::HealthCheck, true) => format!(
            "Health check {member} must be greater than or equal to the minimum allowed value {least} for container \
             '{name}'"
        ),
        (Words::HealthCheck, false) => format!(
            "Health check {member} must be less than or equal to the maximum allowed value {most} for container \
             '{name}'"
        ),
        (Words::Setting, true) => {
            format!("Invalid '{member}' setting for container '{name}'. It should be at least {least}.")
        }
        (Words::Setting, false) => {
            format!("Invalid '{member}' setting for container '{name}'. It should be at most {most}.")
        }
    }
}
