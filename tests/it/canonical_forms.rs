//! `docs/canonical-forms.md` has a row with a source for every rule, and none for a rule that there is not.

use std::collections::BTreeSet;

use evenkeel::manifest::fields;
use evenkeel::model::document::Rules;
use evenkeel::model::id::Kind;
use evenkeel::model::revision::Revision;
use evenkeel::model::rules::{SERVICE, TASK_DEFINITION};
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../docs/canonical-forms.md");

/// The rows of a section's table, less their source, which none may lack.
fn rows(section: &str) -> BTreeSet<Vec<String>> {
    let (_, rest) = PAGE.split_once(&format!("## {section}\n")).expect(section);
    let text = rest.split("\n## ").next().unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', "")).collect()
    };
    let rows = text.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|mut row| {
        assert!(row.pop().is_some_and(|source| !source.is_empty()), "{section}: {row:?} has no source");
        row
    })
    .collect()
}

fn check(title: &str, rules: &Rules) {
    let text = |texts: &[&str]| -> Vec<String> { texts.iter().map(ToString::to_string).collect() };
    let defaults: BTreeSet<_> = rules.defaults.iter().map(|(field, default)| text(&[field, default])).collect();
    let keyed: BTreeSet<_> = rules.keyed.iter().map(|(list, keys)| text(&[list, &keys.join(", ")])).collect();
    let sets: BTreeSet<_> = rules.sets.iter().map(|list| text(&[list])).collect();
    assert_eq!(rows(&format!("{title}: defaults")), defaults);
    assert_eq!(rows(&format!("{title}: lists by key")), keyed);
    assert_eq!(rows(&format!("{title}: lists without order")), sets);
}

#[test]
fn the_page_of_canonical_forms_is_that_of_the_tables() {
    check("Task definition", &TASK_DEFINITION);
    check("Service", &SERVICE);
}

/// Secrets and roles have no table in code: each rule is a canonical constructor. The page says one of each field.
#[test]
fn the_page_says_of_each_field_of_a_secret_and_a_role_how_it_is_compared() {
    for kind in [Kind::Secret, Kind::ExecutionRole] {
        let rows = rows(kind.as_str());
        let said: BTreeSet<&str> = rows.iter().flat_map(|row| row[0].split(", ")).collect();
        assert!(rows.iter().all(|row| row.len() == 2 && !row[1].is_empty()), "{rows:?}");
        let fields = fields::fields(kind);
        let known: BTreeSet<&str> = fields.iter().map(|field| field.path.as_str()).collect();
        let strange: Vec<_> = said.difference(&known).collect();
        assert!(strange.is_empty(), "{kind} has no {strange:?}");
        let outermost = known.iter().filter(|path| !path.contains(['.', '[', '{']));
        let silent: Vec<_> = outermost.filter(|path| !said.contains(**path)).collect();
        assert!(silent.is_empty(), "{kind}: {silent:?}");
    }
}

#[test]
fn what_fargate_runs_on_unless_told_is_no_difference_and_of_an_instance_it_is() {
    let differs = |kind: &str, platform: Value| {
        let of = |platform: Option<&Value>| {
            let mut content = json!({"requiresCompatibilities": [kind], "containerDefinitions": []});
            if let Some(platform) = platform {
                content["runtimePlatform"] = platform.clone();
            }
            Revision::read(content, None).content
        };
        of(Some(&platform)) != of(None)
    };
    let usual = json!({"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"});
    assert!(!differs("FARGATE", usual.clone()));
    assert!(!differs("FARGATE", json!({"operatingSystemFamily": "LINUX"})));
    assert!(differs("FARGATE", json!({"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"})));
    assert!(differs("EC2", usual));
}

#[test]
fn a_share_of_a_gpu_has_no_value_and_the_empty_one_that_is_sent_for_it_is_none() {
    let share = json!({"nvidiaMps": {"memory": 1024, "maxComputePercent": 50}});
    let of = |requirement: Value| {
        let container = json!({"name": "web", "resourceRequirements": [requirement]});
        Revision::read(json!({"containerDefinitions": [container]}), None).content
    };
    let written = of(json!({"type": "GPU", "sharingStrategy": share.clone()}));
    assert!(written == of(json!({"type": "GPU", "sharingStrategy": share.clone(), "value": ""})));
    assert!(written != of(json!({"type": "GPU", "sharingStrategy": share, "value": "1"})));
}
