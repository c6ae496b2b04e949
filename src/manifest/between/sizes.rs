//! Sizes of a task in whole numbers. Of vCPUs and GB nothing is said: each has many spellings.

use serde_json::{Value, json};

use super::{rule, text};
use crate::manifest::checks::fargate::{SIZES, memory_of};

/// Fargate's pairs.
pub(super) fn on_fargate() -> Vec<Value> {
    let units = SIZES.map(|(units, ..)| units);
    let is = |units: i64| {
        let same = json!({"anyOf": [{"const": units}, text(&format!("^0*{units}$"), &format!("is {units}"))]});
        json!({"required": ["cpu"], "properties": {"cpu": same}})
    };
    let mut rules = vec![one_of("cpu", &units, "is a number of CPU units that Fargate has")];
    for row in &SIZES {
        let (memory, words) = memory_of(row);
        rules.push(rule(&is(row.0), &one_of("memory", &memory, &format!("is {words} with {} CPU units", row.0))));
    }
    rules
}

fn one_of(member: &str, sizes: &[i64], words: &str) -> Value {
    let numbers: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    let written = text(&format!("^(0*({})|.*[^0-9])$", numbers.join("|")), words);
    json!({"properties": {member: {"anyOf": [{"enum": sizes}, written]}}})
}
