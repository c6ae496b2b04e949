//! Canonical form: however ECS or a person writes the same thing, it is the same.

use evenkeel::model::document::Document;
use evenkeel::model::rules::{SERVICE, TASK_DEFINITION};
use evenkeel::model::service::ServiceFields;
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::trees::{content, filled, service_fields, shuffled};

proptest! {
    #![proptest_config(super::times(1))]

    #[test]
    fn canonical_form_of_canonical_form_is_itself(tree in content()) {
        let once = Document::new(tree, &TASK_DEFINITION);
        prop_assert_eq!(Document::new(once.to_value(), &TASK_DEFINITION), once);
    }

    #[test]
    fn the_order_of_keyed_lists_and_sets_means_nothing(tree in content(), seed in any::<u64>()) {
        let other = shuffled(&tree, &TASK_DEFINITION, seed);
        prop_assert_eq!(Document::new(other, &TASK_DEFINITION), Document::new(tree, &TASK_DEFINITION));
    }

    #[test]
    fn defaults_nulls_and_empty_members_mean_nothing(tree in content()) {
        let other = filled(&tree, &TASK_DEFINITION);
        prop_assert_eq!(Document::new(other, &TASK_DEFINITION), Document::new(tree, &TASK_DEFINITION));
    }

    #[test]
    fn what_is_put_at_a_path_is_found_there(tree in content(), image in "[a-z]{1,8}:[0-9]") {
        let path = "containerDefinitions[web].image".parse().unwrap();
        let document = Document::new(tree, &TASK_DEFINITION);
        let has_web = document.get(&"containerDefinitions[web].name".parse().unwrap(), &TASK_DEFINITION).is_some();
        let with = document.with(&path, Some(image.clone().into()), &TASK_DEFINITION);
        prop_assert_eq!(with.get(&path, &TASK_DEFINITION).cloned(), has_web.then(|| Value::from(image)));
        let without = with.with(&path, None, &TASK_DEFINITION);
        prop_assert_eq!(without.get(&path, &TASK_DEFINITION), None);
    }

    #[test]
    fn fields_of_a_service_are_canonical_however_they_are_written(fields in service_fields(), seed in any::<u64>()) {
        let other = |tree: Value| ServiceFields::new(if let Value::Object(map) = tree { map } else { Map::new() });
        let tree = Value::Object(fields.clone());
        let fields = ServiceFields::new(fields);
        let (moved, full) = (other(shuffled(&tree, &SERVICE, seed)), other(filled(&tree, &SERVICE)));
        prop_assert_eq!(moved.canonical(), fields.canonical());
        prop_assert_eq!(full.canonical(), fields.canonical());
    }

    #[test]
    fn what_is_sent_leads_to_what_is_wanted_whether_ecs_replaces_or_merges(live in service_fields(), wanted in service_fields()) {
        let (has, wants) = (ServiceFields::new(live.clone()), ServiceFields::new(wanted));
        for name in wants.names() {
            let differences = differences(name, &has, &wants);
            let sent = wants.to_send(name, &differences);
            let mut replaced = live.clone();
            replaced.insert(name.to_owned(), sent.clone());
            let mut merged = live.clone();
            merge(merged.entry(name).or_insert(Value::Null), sent);
            for after in [replaced, merged] {
                let after = ServiceFields::new(after);
                prop_assert_eq!(after.canonical().member(name), wants.canonical().member(name), "{}", name);
            }
        }
    }
}

type Difference = (evenkeel::model::path::Path, Option<Value>, Option<Value>);

/// The leaves of one field that the wanted side says nothing of: all that sending depends on.
fn differences(name: &str, has: &ServiceFields, wants: &ServiceFields) -> Vec<Difference> {
    fn walk(has: &Value, wants: Option<&Value>, path: &evenkeel::model::path::Path, out: &mut Vec<Difference>) {
        match (has, wants) {
            (Value::Object(members), Some(Value::Object(_)) | None) => {
                for (name, value) in members {
                    walk(value, wants.and_then(|wants| wants.get(name)), &path.member(name), out);
                }
            }
            (has, None) => out.push((path.clone(), Some(has.clone()), None)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    if let Some(has) = has.canonical().member(name) {
        walk(has, wants.canonical().member(name), &evenkeel::model::path::Path::of(name), &mut out);
    }
    out
}

/// ECS may merge maps member by member; it replaces everything else.
fn merge(live: &mut Value, sent: Value) {
    match (live, sent) {
        (Value::Object(live), Value::Object(sent)) => {
            for (name, value) in sent {
                merge(live.entry(name).or_insert(Value::Null), value);
            }
        }
        (live, sent) => *live = sent,
    }
}
