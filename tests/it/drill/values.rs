//! The guide of values, typed into a shell in a folder with what the page shows beside its commands.

use std::path::Path;

use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::shell::Shell;
use super::{PATIENCE, page, play_all};
use crate::support::folder::Folder;
use crate::support::values::age_files;

#[test]
fn values_are_encrypted_applied_and_read_as_the_guide_tells_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/guides/values.md")).unwrap();
    let place = furnished(&text);
    let mut shell = Shell::start(root);
    assert_eq!(shell.run(&format!("cd '{}'", place.join("").display()), PATIENCE), (0, Vec::new()));
    let acts = page::acts(&text);
    assert!(acts.len() > 8, "the page was not read");
    play_all(&mut shell, &acts);
}

/// A folder with a key pair, the configuration and the manifest of the page, and a sandbox with a key.
fn furnished(page: &str) -> Folder {
    let block = |holds: &str| {
        let mut blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        blocks.find(|block| block.contains(holds)).unwrap()
    };
    let key = std::fs::read_to_string(age_files().join("x25519.key")).unwrap();
    let recipient = key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let config = block("recipients: [age1…]").replace("age1…", recipient);
    let header = |kind: &str| format!("apiVersion: evenkeel.dev/v1alpha1\nkind: {kind}\n");
    let manifest = block("file: orders-db.age, format: age");
    let place = Folder::new();
    std::fs::create_dir_all(place.join("manifests")).unwrap();
    std::fs::create_dir_all(place.join(".evenkeel")).unwrap();
    for (name, text) in [
        ("evenkeel.key", key.clone()),
        ("evenkeel.yaml", header("Config") + "installation: prod\n" + &config),
        ("manifests/orders-db.yaml", header("Secret") + "metadata: {name: orders-db}\n" + manifest),
    ] {
        std::fs::write(place.join(name), text).unwrap();
    }
    let call = |operation, input: Value| {
        crate::imports::call(&place.join(".evenkeel/sandbox.json"), Service::Kms, operation, input.to_string())
    };
    let key: Value = serde_json::from_str(&call("CreateKey", json!({}))).unwrap();
    let id = &key["KeyMetadata"]["KeyId"];
    call("CreateAlias", json!({"AliasName": "alias/evenkeel", "TargetKeyId": id}));
    place
}
