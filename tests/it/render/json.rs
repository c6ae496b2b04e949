//! The JSON object, to the member: the contract of section 7 of the design.

use std::collections::BTreeMap;

use evenkeel::model::desired::{Origin, Origins};
use evenkeel::model::id::ResourceId;
use evenkeel::model::path::Path;
use evenkeel::render::json::{Report, report};
use evenkeel::render::summary::Summary;
use serde_json::Value;

use super::{CASES, Case, case, golden};
use crate::golden::Golden;

fn object(case: &Case) -> Value {
    let Case { desired, look, plan, .. } = case;
    let calls = BTreeMap::from([("ecs:DescribeServices".to_owned(), 1), ("sts:GetCallerIdentity".to_owned(), 1)]);
    let summary = Summary::of(desired, plan);
    let text =
        report(&Report { desired, observed: &look.observed, plan, summary: &summary, calls: &calls, execution: None });
    assert_eq!(text.lines().count(), 1);
    serde_json::from_str(&text).unwrap()
}

/// What other programs rely on. Kept by hand: whoever changes it changes a contract.
fn schema() -> Value {
    let text = std::fs::read_to_string(golden("plan.schema.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_object_of_every_case_is_what_the_schema_says() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for case in CASES.iter() {
        let object = object(case);
        let wrong: Vec<String> =
            validator.iter_errors(&object).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}\n{object:#}", case.name);
    }
}

#[test]
fn a_service_that_is_left_in_another_cluster_is_named_with_that_cluster_and_its_manifest() {
    let message = "is the service shop-web in the cluster shop, which Service/web named before, and stays: \
                   prune.enabled is false";
    let left = serde_json::json!([{
        "resource": "Service/shop-web",
        "arn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/shop-web",
        "because": "PruneOff",
        "message": message,
        "heir": "Service/web",
    }]);
    assert_eq!(object(case("service-cluster-changed"))["left"], left);
}

#[test]
fn every_word_for_why_that_programs_know_stands_in_some_golden_plan() {
    let schema = schema();
    let words = schema["$defs"]["step"]["properties"]["why"]["properties"]["reason"]["enum"].as_array().unwrap();
    for word in words {
        let has = CASES.iter().any(|case| case.plan.steps().any(|(_, step)| *word == step.why.reason()));
        assert!(has, "{word}");
    }
}

#[test]
fn the_schema_refuses_an_object_with_one_member_more_or_less() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let good = object(case("rotate-shared"));
    assert!(validator.is_valid(&good));
    for place in ["", "/summary", "/steps/0", "/steps/0/why", "/steps/0/changes/0", "/calls"] {
        let mut more = good.clone();
        more.pointer_mut(place).unwrap()["surprise"] = 1.into();
        assert!(!validator.is_valid(&more), "{place} takes anything");
        let names: Vec<String> = good.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect();
        for name in names {
            let mut less = good.clone();
            less.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(&name);
            // A reason has its secrets only where it is a rotation.
            assert!(!validator.is_valid(&less) || name == "secrets", "{place} can do without {name}");
        }
    }
}

#[test]
fn the_objects_of_rich_plans_are_as_agreed_on() {
    let mut all = Golden::new();
    for name in super::RICH {
        let file = format!("{name}.json");
        all.check(&file, &golden(&file), &format!("{:#}\n", object(case(name))));
    }
    all.finish();
}

#[test]
fn what_is_held_says_where_its_manifest_stands_and_what_has_none_does_not() {
    let held = |name: &str| object(case(name))["held"].clone();
    assert_eq!(held("role-unreadable")[0]["at"], "role.yaml:1:1");
    assert!(held("prune-unread-fraction").as_array().unwrap().iter().all(|held| held.get("at").is_none()));
}

#[test]
fn the_digest_of_a_plan_does_not_depend_on_when_it_was_made() {
    let case = case("rotate-shared");
    let mut later = case.look.observed.clone();
    later.at = later.at + std::time::Duration::from_hours(1);
    let again = evenkeel::plan::plan(&case.desired, &later);
    assert_eq!(evenkeel::render::json::digest(&case.plan), evenkeel::render::json::digest(&again));
}

/// A comment above a manifest is no other plan.
#[test]
fn the_digest_of_a_plan_does_not_depend_on_where_its_manifests_stand() {
    for name in ["rotate-shared", "role-unreadable"] {
        let case = case(name);
        let mut moved = case.desired.clone();
        let ids: Vec<ResourceId> = moved.ids().collect();
        moved.origins = Origins::default();
        for id in &ids {
            let origin = Origin { file: "elsewhere.yaml".to_owned(), line: 99, column: 1 };
            moved.origins.insert(id, Path::root(), origin);
        }
        let again = evenkeel::plan::plan(&moved, &case.look.observed);
        assert_ne!(case.plan, again, "{name}");
        assert_eq!(evenkeel::render::json::digest(&case.plan), evenkeel::render::json::digest(&again), "{name}");
    }
}
