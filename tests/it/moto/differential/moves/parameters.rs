//! Two parameters of Systems Manager.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::json;

use super::{Move, one_of};

const NAMES: [&str; 2] = ["/diff/0", "/diff/1"];

pub(super) fn next(chance: &mut Rng) -> Move {
    let name = one_of(chance, &NAMES);
    let value = format!("value {}", chance.u8(0..2));
    let kind = one_of(chance, &["String", "String", "StringList"]);
    let numbered = format!("{name}:{}", chance.u8(1..4));
    let (operation, input) = match chance.u8(0..14) {
        0..=1 => ("PutParameter", json!({"Name": name, "Value": value, "Type": kind})),
        2..=4 => ("PutParameter", json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true})),
        5 => ("PutParameter", json!({"Name": name, "Value": value, "Overwrite": true})),
        6..=7 => ("GetParameter", json!({"Name": name})),
        8 => ("GetParameter", json!({"Name": numbered})),
        9 => ("DeleteParameter", json!({"Name": name})),
        10 => {
            let filter = json!({"Key": "Name", "Option": one_of(chance, &["Equals", "BeginsWith"]), "Values": [name]});
            ("DescribeParameters", json!({"ParameterFilters": [filter]}))
        }
        11 => ("DescribeParameters", json!({})),
        _ => ("GetParameters", json!({"Names": [NAMES[0], format!("{}:{}", NAMES[1], chance.u8(1..4))]})),
    };
    Move::new(Service::Ssm, operation, input)
}

pub(super) fn closing() -> Vec<Move> {
    let both = json!({"Names": NAMES});
    let looks = [("GetParameters", both), ("DescribeParameters", json!({}))];
    looks.map(|(operation, input)| Move::new(Service::Ssm, operation, input)).to_vec()
}
