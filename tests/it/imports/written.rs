//! What is written of nouns is read as the same nouns again, whatever stands in them.

use std::collections::BTreeMap;

use evenkeel::manifest::files::Files;
use evenkeel::manifest::write::{Remarks, document};
use evenkeel::manifest::{SourceFile, load_files};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Installation, ResourceId};
use evenkeel::model::path::Path;
use evenkeel::model::revision::Revision;
use evenkeel::model::secret_value::{Ciphertext, Encrypted, ValueSource};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::CASES;
use crate::generated_chains::{World, chains};
use crate::generated_manifests::manifests;

fn read(files: &[SourceFile]) -> Desired {
    read_beside(files, &BTreeMap::new())
}

/// With the encrypted files that the manifests name.
fn read_beside(files: &[SourceFile], encrypted: &BTreeMap<String, Vec<u8>>) -> Desired {
    let mut all = Files { read: files.to_vec(), ..Files::default() };
    all.set_apart(|name| encrypted.get(name).cloned().ok_or_else(|| format!("there is no {name}")));
    let loaded = load_files(Installation::new("default"), all);
    let errors: Vec<_> = loaded.checked.found.iter().filter(|found| found.is_error()).collect();
    let text = || files.iter().map(|file| file.text.as_str()).collect::<String>();
    assert!(errors.is_empty(), "{errors:#?}\n{}", text());
    loaded.desired
}

/// The encrypted files of manifests that stand in no folder.
fn encrypted(desired: &Desired) -> BTreeMap<String, Vec<u8>> {
    let files = desired.secrets.values().filter_map(|secret| match &secret.value {
        Some(ValueSource::Encrypted(Encrypted { file, ciphertext, .. })) => match ciphertext {
            Ciphertext::Age(bytes) => Some((file.clone(), bytes.to_vec())),
            Ciphertext::Kms(sealed) => Some((file.clone(), sealed.to_text().into_bytes())),
            Ciphertext::Sops(_) => None,
        },
        _ => None,
    });
    files.collect()
}

fn from_json(manifests: &[Value]) -> Desired {
    let file = |(index, json): (usize, &Value)| SourceFile { name: format!("{index}.json"), text: json.to_string() };
    read(&manifests.iter().enumerate().map(file).collect::<Vec<_>>())
}

/// All nouns in one file, with something said of each.
fn written(desired: &Desired) -> String {
    let ids: Vec<ResourceId> = desired.ids().collect();
    let mut remarks = Remarks::default();
    for id in &ids {
        remarks.say(id, Path::root(), "Above the document: a remark, with `marks` and # signs.");
        for place in [
            "family",
            "roleName",
            "secretName",
            "serviceName",
            "containerDefinitions[web]",
            "containerDefinitions[web].name",
        ] {
            remarks.say(
                id,
                place.parse().unwrap(),
                format!("Of {place}, and long enough that it takes more than one line of a hundred characters."),
            );
        }
    }
    let documents: Vec<String> = ids.iter().filter_map(|id| document(desired, id, &remarks)).collect();
    assert_eq!(documents.len(), ids.len());
    documents.join("---\n")
}

fn assert_same(desired: &Desired) {
    // An empty file is a mistake: where nothing is wanted, this comment is all.
    let commented = |desired: &Desired| format!("# all of it\n{}", written(desired));
    let text = commented(desired);
    let file = SourceFile { name: "written.yaml".into(), text: text.clone() };
    let again = read_beside(&[file], &encrypted(desired));
    assert_eq!(again.secrets, desired.secrets, "{text}");
    assert_eq!(again.roles, desired.roles, "{text}");
    assert_eq!(again.task_definitions, desired.task_definitions, "{text}");
    assert_eq!(again.services, desired.services, "{text}");
    assert_eq!(commented(&again), text, "written once more, it is the same to the letter");
}

#[test]
fn the_manifests_of_every_case_are_written_as_they_read() {
    let mut count = 0;
    for case in CASES.iter().filter(|case| case.desired.broken.is_empty() && !case.desired.unknown) {
        assert_same(&case.desired);
        count += 1;
    }
    assert!(count > 200, "{count}");
}

#[test]
fn what_nobody_would_see_is_written_out() {
    let secret = |description: &str| {
        json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Secret", "metadata": {"name": "db"},
            "spec": {"secretName": "db", "description": description}})
    };
    for (hidden, shown) in
        [('\u{ad}', "\\xad"), ('\u{2060}', "\\u2060"), ('\u{2064}', "\\u2064"), ('\u{200b}', "\\u200b")]
    {
        let desired = from_json(&[secret(&format!("pass{hidden}word"))]);
        let text = written(&desired);
        assert!(text.contains(&format!("\"pass{shown}word\"")) && !text.contains(hidden), "{text}");
        assert_same(&desired);
    }
}

#[test]
fn every_rule_of_a_generated_value_is_written_as_it_reads() {
    let rules = [
        ("length", json!(64)),
        ("excludeCharacters", json!("\"'@/\\: ")),
        ("excludeNumbers", json!(true)),
        ("excludePunctuation", json!(true)),
        ("excludeUppercase", json!(true)),
        ("excludeLowercase", json!(true)),
        ("includeSpace", json!(true)),
        ("requireEachIncludedType", json!(false)),
        ("json", json!({"key": "password"})),
        ("json", json!({"template": {"username": "no", "port": 5432, "tls": true, "nothing": null}, "key": "a b"})),
        ("generation", json!(7)),
    ];
    for (rule, value) in rules {
        let secret = json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Secret", "metadata": {"name": "db"},
            "spec": {"value": {"generate": {rule: value}}}});
        let desired = from_json(&[secret]);
        assert_same(&desired);
        assert!(written(&desired).contains(rule), "{rule} is no default");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_generated_application_is_written_as_it_reads(app in manifests().boxed()) {
        assert_same(&from_json(&app.manifests("app")));
        assert_same(&from_json(&app.otherwise("app")));
    }

    #[test]
    fn a_generated_chain_is_written_as_it_reads(chain in chains().boxed()) {
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:rotate";
        assert_same(&from_json(&chain.manifests("chain", &World { account: "123456789012", function })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn any_text_at_all_is_written_as_it_reads(
        values in proptest::collection::btree_map("[A-Z]{1,3}", text(), 0..12),
        command in proptest::collection::vec(text(), 0..5),
        labels in proptest::collection::btree_map(text().prop_filter("a key", |text| !text.is_empty()), text(), 0..5),
    ) {
        let environment: Vec<Value> = values.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let container = json!({"name": "web", "image": "web:1", "memory": 64, "environment": environment,
            "command": command, "dockerLabels": labels});
        let mut desired = from_json(&[json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": "TaskDefinition",
            "metadata": {"name": "web"}, "spec": {"family": "web", "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 64}]}})]);
        // Not by way of a text: what is asked here is whether one can hold it.
        for definition in desired.task_definitions.values_mut() {
            definition.content = Revision::written(json!({"containerDefinitions": [container]}));
        }
        assert_same(&desired);
    }
}

/// Texts that YAML has its own mind about, and any others.
fn text() -> impl Strategy<Value = String> {
    let hard = proptest::sample::select(vec![
        "",
        " ",
        "~",
        "null",
        "Yes",
        "off",
        "0x1F",
        "0o7",
        "1_000",
        "1e3",
        ".5",
        "+1",
        "-",
        "--",
        "---",
        "--- a",
        "...",
        "-x",
        "- x",
        "?",
        "? x",
        ":",
        ": x",
        "a:",
        "a: b",
        "a:b",
        "#",
        "a #b",
        "a#b",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "[a",
        "{a",
        "a,b",
        "a]b",
        "'",
        "\"",
        "it's",
        "a\"b",
        "\\",
        "C:\\x",
        "\n",
        "a\n",
        "a\n\n",
        "\na",
        "a\nb",
        " a\nb",
        "a\n b",
        "a\n\nb\n",
        "a \nb",
        "a\tb",
        "\ta",
        "a\r\nb",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{200b}",
        "pass\u{ad}word",
        "pass\u{2060}word",
        "grüße",
        "日本語",
        "🦀",
        "2026-01-31",
        "12:30",
        "1.10",
        "<<",
        "=",
        "true",
        "false",
        ".inf",
        ".NaN",
        "08",
        "-1",
        "- ",
        "-\n",
        "key: |",
        "> x",
    ]);
    let long = proptest::collection::vec("[a-z{}\",:#'-]{1,12}", 1..40).prop_map(|words| words.join(" "));
    prop_oneof![3 => hard.prop_map(str::to_owned), 2 => any::<String>(), 2 => "[ -~\n]{0,40}", 1 => long]
}
