//! `docs/canonical-forms.md` has a row with a source for every rule, and none for a rule that there is not.

use std::collections::BTreeSet;

use evenkeel::model::document::Rules;
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
