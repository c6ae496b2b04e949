//! What a plan says of a change: nothing where nothing changed, and one line for one leaf.

use evenkeel::model::desired::Desired;
use evenkeel::model::document::Document;
use evenkeel::model::id::Kind;
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::model::path::Path;
use evenkeel::model::rules::TASK_DEFINITION;
use evenkeel::plan::plan;
use evenkeel::plan::step::Change;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::trees::content;
use crate::cases::CASES;

proptest! {
    #![proptest_config(super::times(1))]

    #[test]
    fn the_same_content_is_no_difference(tree in content()) {
        let document = Document::new(tree, &TASK_DEFINITION);
        prop_assert_eq!(changes(&document, &document), Vec::<Change>::new());
    }

    #[test]
    fn a_change_of_one_leaf_is_one_difference_at_its_path(tree in content(), which in any::<Index>()) {
        let before = Document::new(tree, &TASK_DEFINITION);
        let mut all = Vec::new();
        for (name, value) in before.members() {
            leaves(value, &Path::of(name), &mut all);
        }
        prop_assume!(!all.is_empty());
        let (shown, place, value) = which.get(&all);
        let after = before.with(place, Some(another(value)), &TASK_DEFINITION);
        let changes = changes(&before, &after);
        let paths: Vec<&Path> = changes.iter().map(|change| &change.path).collect();
        prop_assert_eq!(paths, vec![shown]);
        prop_assert_ne!(&changes[0].before, &changes[0].after);
    }
}

/// The changes of the registration where the one content runs and the other is wanted.
fn changes(before: &Document, after: &Document) -> Vec<Change> {
    let base = CASES.iter().find(|case| case.name == "base").expect("every case starts from it");
    let (mut desired, mut observed): (Desired, Observed) = (base.desired.clone(), base.world.clone());
    for td in desired.task_definitions.values_mut() {
        td.content = after.clone();
        td.secrets.clear();
    }
    for revision in observed.revisions.values_mut() {
        if let Seen::Present(revision) = revision {
            revision.revision.content = before.clone();
            revision.revision.secrets.clear();
        }
    }
    let plan = plan(&desired, &observed);
    let of_content = plan.steps().filter(|(_, step)| step.target.kind == Kind::TaskDefinition);
    of_content.flat_map(|(_, step)| step.changes.clone()).collect()
}

/// Every leaf: where it is shown, where it stands, and what it is. Keys are no leaves: another key is another element.
fn leaves(value: &Value, path: &Path, out: &mut Vec<(Path, Path, Value)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &path.member(name), out);
            }
        }
        Value::Array(list) if !list.is_empty() && TASK_DEFINITION.has_keys(path, list) => {
            let pattern = path.pattern();
            let (_, keys) = TASK_DEFINITION.keyed.iter().find(|(keyed, _)| *keyed == pattern).expect("it has keys");
            for element in list {
                let inside = path.element(&TASK_DEFINITION.key(path, element).expect("each has one"));
                let members = element.as_object().expect("only maps have keys");
                let pair = members.keys().all(|name| name == "name" || name == "value");
                for (name, value) in
                    members.iter().filter(|(name, _)| !keys.contains(&name.as_str()) && *name != "protocol")
                {
                    let place = inside.member(name);
                    if pair {
                        out.push((inside.clone(), place, value.clone()));
                    } else {
                        leaves(value, &place, out);
                    }
                }
            }
        }
        other => out.push((path.clone(), path.clone(), other.clone())),
    }
}

fn another(value: &Value) -> Value {
    match value {
        Value::String(text) => format!("{text}x").into(),
        Value::Number(number) => (number.as_i64().unwrap_or(0) + 7).into(),
        Value::Bool(flag) => (!flag).into(),
        Value::Array(list) => list.iter().cloned().chain(["one more".into()]).collect(),
        Value::Null | Value::Object(_) => "something".into(),
    }
}
