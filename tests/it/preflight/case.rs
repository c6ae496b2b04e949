//! A set-up as its file says it: what is other than in the base.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Case {
    /// What is wrong; absent where nothing is.
    #[serde(default)]
    pub(super) broken: Option<String>,
    /// What makes it worth a look, although nothing is wrong.
    #[serde(default)]
    pub(super) healthy: Option<String>,
    /// What makes it so that nobody can tell; whether it runs stands in `expected.txt`.
    #[serde(default)]
    pub(super) open: Option<String>,
    /// Words of what is told to be open.
    #[serde(default)]
    pub(super) whether: Option<String>,
    /// The codes of the findings, all of them.
    #[serde(default)]
    pub(super) finds: Vec<String>,
    /// Words that ECS says at the deployment, and that a finding says too; an empty text where it says nothing.
    #[serde(default)]
    pub(super) says: Option<String>,
    /// Does it run all the same, broken as it is?
    #[serde(default)]
    pub(super) runs: bool,
    /// Are values looked at?
    #[serde(default)]
    pub(super) values: bool,
    /// Does evenkeel deploy it? Otherwise it is deployed as it stands.
    #[serde(default)]
    pub(super) applied: bool,
    #[serde(default)]
    pub(super) manifests: Vec<Edit>,
    #[serde(default)]
    pub(super) world: Vec<Event>,
}

/// A change of the base's manifests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    #[serde(default)]
    pub(super) replace: String,
    #[serde(default)]
    pub(super) with: String,
    #[serde(default)]
    pub(super) append: String,
}

/// Something that happens to the base's world.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    /// `service:Operation`
    #[serde(default)]
    pub(super) call: Option<String>,
    #[serde(default)]
    pub(super) input: Value,
    /// Days that pass after it.
    #[serde(default)]
    pub(super) days: u64,
    /// A JSON merge patch of the network.
    #[serde(default)]
    pub(super) network: Option<Value>,
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/preflight")
}

/// All set-ups, by name.
pub(super) fn all() -> Vec<(String, Case)> {
    let mut names: Vec<String> = std::fs::read_dir(root())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().is_dir())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

fn read(name: &str) -> Case {
    let text = std::fs::read_to_string(root().join(name).join("case.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

impl Case {
    pub(super) fn manifests(&self) -> String {
        let base = std::fs::read_to_string(root().join("base.yaml")).unwrap();
        self.manifests.iter().fold(base, |text, edit| {
            assert!(text.contains(&edit.replace), "`{}` is not in the manifests", edit.replace);
            let text = if edit.replace.is_empty() { text } else { text.replace(&edit.replace, &edit.with) };
            text + &edit.append
        })
    }
}
