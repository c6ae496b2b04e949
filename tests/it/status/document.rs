//! The report as JSON, to the member: the contract of `docs/spec/Status.md`.

use std::path::{Path, PathBuf};

use evenkeel::cloud::Closer;
use evenkeel::status::report::{CommitInfo, Report, SourceState, report};
use serde_json::{Value, json};

use crate::cases::{CASES, Case};
use crate::support::looked;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What other programs rely on. Kept by hand: whoever changes it changes a contract.
pub(crate) fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string(path("tests/render/status.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn of(case: &Case, before: Option<&Report>) -> Report {
    let Case { desired, look, plan, .. } = case;
    let commit = desired.commit.clone().map(|id| CommitInfo {
        id,
        author: "Alice <alice@example.com>".into(),
        subject: "web: 2.1.0".into(),
    });
    let source = SourceState { commit, ..SourceState::default() };
    report(looked(desired, &look.observed, plan, &Closer::default()), &source, before)
}

pub(crate) fn assert_valid(name: &str, document: &Value) {
    let schema = schema();
    let wrong: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{document:#}");
}

#[test]
fn the_report_on_every_case_is_what_the_schema_says() {
    let schema = schema();
    for case in CASES.iter() {
        let document = json!(of(case, None));
        let wrong: Vec<String> =
            schema.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}\n{document:#}", case.name);
    }
}

#[test]
fn the_schema_refuses_a_report_with_one_member_more_or_less() {
    let schema = schema();
    let case = CASES.iter().find(|case| case.name == "rotate-version-id").unwrap();
    let good = json!(of(case, None));
    assert!(schema.is_valid(&good));
    let places =
        ["", "/source", "/manifests", "/lastPass", "/resources/0", "/resources/0/conditions/0", "/resources/0/detail"];
    for place in places.into_iter().chain(["/resources/0/detail/versions/0", "/resources/3/detail/secrets/0"]) {
        let mut more = good.clone();
        more.pointer_mut(place).unwrap()["surprise"] = 1.into();
        assert!(!schema.is_valid(&more), "{place} takes anything");
        let names: Vec<String> = good.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect();
        for name in names {
            let mut less = good.clone();
            less.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(&name);
            assert!(!schema.is_valid(&less), "{place} can do without {name}");
        }
    }
}

#[test]
fn what_is_written_is_read_back() {
    for case in CASES.iter() {
        let written = json!(of(case, None));
        let read: Report =
            serde_json::from_value(written.clone()).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(json!(read), written, "{}", case.name);
    }
}

#[test]
fn equal_input_gives_equal_reports() {
    for case in CASES.iter().step_by(7) {
        let first = of(case, None);
        assert_eq!(first, of(case, None), "{}", case.name);
        assert_eq!(json!(of(case, Some(&first)).resources), json!(first.resources), "{}", case.name);
    }
}

#[test]
fn the_pages_name_every_reason() {
    for (page, quote) in
        [("docs/operations.md", '`'), ("docs/spec/Status.md", '`'), ("tests/render/status.schema.json", '"')]
    {
        let text = std::fs::read_to_string(path(page)).unwrap();
        let is_named = |reason: &&&str| text.contains(&format!("{quote}{reason}{quote}"));
        let names: Vec<&str> = evenkeel::status::reason::Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        let missing: Vec<&&str> = names.iter().filter(|name| !is_named(name)).collect();
        assert!(missing.is_empty(), "{page}: {missing:?}");
    }
}

#[test]
fn the_example_of_the_page_is_a_report() {
    let page = std::fs::read_to_string(path("docs/spec/Status.md")).unwrap();
    let (_, rest) = page.split_once("```json\n").expect("the page has an example");
    let example: Value = serde_json::from_str(rest.split_once("```").unwrap().0).unwrap();
    assert_valid("the example", &example);
}
