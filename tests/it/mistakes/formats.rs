//! Findings for programs: JSON, and annotations of GitHub Actions.

use serde_json::Value;

use super::{folder, listed, program, stdout};
use crate::golden::Golden;

pub(super) fn arguments(file: &str, format: &str) -> Vec<String> {
    ["check", "-f", file, "-o", format].map(str::to_owned).to_vec()
}

pub(super) fn findings(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn both_formats_of_programs_are_as_they_were_agreed_on() {
    let mut golden = Golden::new();
    for (file, name) in [("many-mistakes.yaml", "many-mistakes"), ("response-member.yaml", "response-member")] {
        for (format, end) in [("json", "jsonl"), ("github", "github")] {
            let output = program(&arguments(file, format), &folder()).output().unwrap();
            let path = folder().join(format!("formats/{name}.{end}"));
            golden.check(&format!("{name} {format}"), &path, &stdout(&output));
        }
    }
    golden.finish();
}

#[test]
fn a_finding_in_json_has_the_members_of_the_contract() {
    let output = program(&arguments("many-mistakes.yaml", "json"), &folder()).output().unwrap();
    let found = findings(&stdout(&output));
    assert!(found.len() > 5);
    for object in found {
        let members: Vec<&String> = object.as_object().unwrap().keys().collect();
        assert_eq!(members, ["column", "file", "help", "line", "message", "severity"]);
    }
}

/// GitHub ends a property at a comma or a colon, and a command at the end of its line.
#[test]
fn an_annotation_escapes_what_github_would_read_as_its_own() {
    let place = std::env::temp_dir().join(format!("evenkeel-annotations-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let text = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: db}\nspec: {\"100%\\r\\nsure\": 1}\n";
    std::fs::write(place.join("a,b:c%.yaml"), text).unwrap();
    let output = program(&arguments(".", "github"), &place).output().unwrap();
    std::fs::remove_dir_all(&place).unwrap();
    let text = stdout(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    let expected =
        "::error file=./a%2Cb%3Ac%25.yaml,line=4,col=8,endColumn=22,title=evenkeel::unknown field `100%25%0D%0Asure`";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn every_golden_text_belongs_to_a_mistake() {
    let stray: Vec<_> = listed(&folder())
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "txt") && !path.with_extension("yaml").exists())
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}
