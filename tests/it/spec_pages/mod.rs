//! The pages of `docs/spec/`: their tables are what the types say (`BLESS=1` writes them anew), their examples are right.

mod examples;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use evenkeel::manifest::config::ConfigSpec;
use evenkeel::manifest::fields::{self, Field};
use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::id::{Installation, Kind};

use crate::golden::Golden;

const HEADING: &str = "## Fields\n";

#[test]
fn the_tables_of_the_spec_pages_are_those_of_the_types() {
    let mut golden = Golden::new();
    for (name, fields) in pages() {
        let page = read(&name);
        let (text, _) = page.split_once(HEADING).expect("a page has a heading for its fields");
        golden.check(&name, &path(&name), &format!("{text}{HEADING}\n{}", table(&name, &fields)));
    }
    golden.finish();
}

#[test]
fn the_examples_of_the_spec_pages_have_no_errors_but_their_references() {
    for kind in Kind::ALL {
        let file = SourceFile { name: format!("{kind}.md"), text: example(kind.as_str()) };
        let loaded = load(Installation::new("spec"), &[file]);
        let wrong: Vec<&str> = loaded.checked.found.iter().map(|found| found.message.as_str()).collect();
        assert!(wrong.iter().all(|message| message.starts_with("there is no ")), "{kind}: {wrong:?}");
    }
    let config = SourceFile { name: "Config.md".to_owned(), text: example("Config") };
    assert!(ConfigSpec::read(&config).is_ok());
}

/// Where none is shown, something is not done, or is found elsewhere.
const WITHOUT_DEFAULT: [&str; 14] = [
    "age.identityFile",
    "aws.accountId",
    "aws.region",
    "envelope.permissionsBoundary",
    "events.queueUrl",
    "source.dir",
    "source.git.auth.tokenEnv",
    "source.git.auth.tokenFile",
    "source.git.path",
    "source.git.ref.branch",
    "source.git.ref.commit",
    "source.git.ref.tag",
    "source.git.verify.allowedSigners",
    "source.git.verify.allowedSignersEnv",
];

#[test]
fn every_key_of_the_configuration_shows_its_default_or_has_none() {
    let single = |field: &Field| !field.required && !field.kind.starts_with("map") && !field.kind.starts_with("list");
    let (with, without): (Vec<_>, Vec<_>) =
        fields::config().into_iter().filter(single).partition(|field| field.default.is_some());
    assert!(with.len() >= 11, "{with:?}");
    let without: Vec<&str> = without.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(without, WITHOUT_DEFAULT);
}

fn pages() -> Vec<(String, Vec<Field>)> {
    let kinds = Kind::ALL.into_iter().map(|kind| (kind.to_string(), fields::fields(kind)));
    kinds.chain([("Config".to_owned(), fields::config())]).collect()
}

fn table(name: &str, fields: &[Field]) -> String {
    let changes = name != "Config";
    let mut text = format!("<!-- Generated from the types: `make bless`. {} fields. -->\n\n", fields.len());
    text += if changes {
        "| field | type | bounds | default | a change | example | |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    } else {
        "| key | type | bounds | default | example | |\n| --- | --- | --- | --- | --- | --- |\n"
    };
    for field in fields {
        let Field { path, required, kind, bounds, default, change, about } = field;
        let default = if *required { "required" } else { default.as_deref().unwrap_or_default() };
        let bounds = bounds.replace('|', "\\|");
        let example = examples::of(name, path).map(|example| format!("`{}`", examples::written(&example)));
        let example = example.unwrap_or_default().replace('|', "\\|");
        let row = if changes {
            format!("| `{path}` | {kind} | {bounds} | {default} | {change} | {example} | {about} |")
        } else {
            format!("| `{path}` | {kind} | {bounds} | {default} | {example} | {about} |")
        };
        writeln!(text, "{row}").unwrap();
    }
    text
}

fn example(name: &str) -> String {
    let page = read(name);
    let (_, rest) = page.split_once("```yaml\n").expect("a page has an example");
    rest.split_once("```").unwrap().0.to_owned()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/spec/{name}.md"))
}
