//! From the folders under `tests/cases` to cases.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use evenkeel::manifest::config::ConfigSpec;
use evenkeel::manifest::files::Files;
use evenkeel::manifest::{Checked, SourceFile, load, load_files};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Commit, Installation, ResourceId};
use evenkeel::model::observed::Observed;
use evenkeel::plan::step::Plan;
use serde_json::{Value, json};

use super::fixture::{self, Fixture, yaml};
use super::marks;
use super::observer::{Look, observe};

/// The case that all others start from: a converged chain of one secret, role, task definition and service.
const BASE: &str = "base";

/// One case, decided.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// What the case shows, in a sentence.
    pub(crate) shows: String,
    pub(crate) desired: Desired,
    pub(crate) checked: Checked,
    /// Everything that there is to see, asked for or not.
    pub(crate) world: Observed,
    pub(crate) look: Look,
    pub(crate) plan: Plan,
}

/// All cases, read and decided once.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let base = Base::read(&root.join(BASE));
    folders.iter().map(|folder| base.case(folder)).collect()
});

struct Base {
    manifests: BTreeMap<String, String>,
    observed: Value,
    digests: BTreeMap<ResourceId, String>,
}

impl Base {
    fn read(folder: &Path) -> Self {
        let manifests = manifests(folder);
        let observed = yaml(&text(&folder.join("observed.yaml")));
        let desired = load(Installation::new("default"), &sources(&manifests)).desired;
        let fixture = fixture::read(&observed, json!({}));
        let digests = marks::digests(&desired, &observe(&desired, &fixture).observed);
        assert_eq!(digests.len(), 2, "the base's role and service have marks, and nothing else: {digests:?}");
        Self { manifests, observed, digests }
    }

    fn case(&self, folder: &Path) -> Case {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let about = yaml(&text(&folder.join("case.yaml")));
        let config = config(&folder.join("config.yaml"));
        let mut files = self.manifests.clone();
        files.extend(manifests(folder));
        let loaded = load_files(config.installation(), apart(&files));
        let mut desired = loaded.desired;
        desired.policy = config.policy();
        desired.commit = about["commit"].as_str().map(Commit::new);
        let contained = about["contains"].as_array().into_iter().flatten().filter_map(Value::as_str);
        desired.lineage = contained.map(Commit::new).collect();
        desired.unsettled = about["unsettled"].as_bool() == Some(true);
        let chosen =
            |list: &Vec<Value>| list.iter().map(|id| ResourceId::parse(id.as_str().unwrap()).unwrap()).collect();
        desired.only = about["only"].as_array().map(chosen);
        let own = if name == BASE { json!({}) } else { yaml(&text(&folder.join("observed.yaml"))) };
        let copies = json!({"copies": own.get("copies").cloned().unwrap_or_else(|| json!({}))});
        let mut fixture = fixture::read(&self.observed, own);
        // What the case holds back is stamped in a world where nothing is held back.
        let mut probed = marks::digests(&desired, &fixture::read(&self.observed, copies.clone()).world);
        probed.extend(marks::digests(&desired, &observe(&desired, &fixture).observed));
        marks::put_in(&mut fixture.world, &self.digests_with(&copies), &probed);
        own_writes(&desired, &mut fixture);
        let look = observe(&desired, &fixture);
        let plan = evenkeel::plan::plan(&desired, &look.observed);
        let shows = about["shows"].as_str().unwrap_or_else(|| panic!("{name} does not say what it shows")).to_owned();
        Case {
            name,
            folder: folder.to_owned(),
            shows,
            desired,
            checked: loaded.checked,
            world: fixture.world,
            look,
            plan,
        }
    }
}

impl Base {
    /// The digests of the base's manifests, and of their copies.
    fn digests_with(&self, copies: &Value) -> BTreeMap<ResourceId, String> {
        let mut digests = self.digests.clone();
        for (copy, original) in copies["copies"].as_object().into_iter().flatten() {
            let original = original.as_str().unwrap();
            let renamed = self.manifests.iter().map(|(name, text)| (name.clone(), text.replace(original, copy)));
            let desired = load(Installation::new("default"), &sources(&renamed.collect())).desired;
            digests.extend(marks::digests(&desired, &fixture::read(&self.observed, copies.clone()).world));
        }
        digests
    }
}

/// Receipts of the calls that the plan would make if it knew of none.
fn own_writes(desired: &Desired, fixture: &mut Fixture) {
    // They were made by a pass of their own, at another instant than the look.
    let mut observed: Observed = observe(desired, fixture).observed;
    observed.at = observed.at + Duration::from_secs(1);
    let plan = evenkeel::plan::plan(desired, &observed);
    for (target, when) in &fixture.written {
        for (_, step) in plan.steps().filter(|(_, step)| step.target.to_string() == *target) {
            let sent = step.action.call.try_map(|arn| arn.known().cloned().ok_or("not known")).unwrap();
            fixture.world.written.insert(sent.key(), *when);
        }
    }
}

fn config(file: &Path) -> ConfigSpec {
    let text = text(file);
    if text.is_empty() {
        return ConfigSpec::default();
    }
    ConfigSpec::read(&SourceFile { name: "config.yaml".into(), text }).unwrap_or_else(|found| panic!("{found:#?}"))
}

/// A file's text; nothing where there is no file.
fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

fn manifests(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder.join("manifests")).into_iter().flatten();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), text(&path))
        })
        .collect()
}

/// The files as production knows them: what manifests name is encrypted, and everything else a manifest.
fn apart(files: &BTreeMap<String, String>) -> Files {
    let is_manifest = |file: &SourceFile| Path::new(&file.name).extension().is_some_and(|end| end == "yaml");
    let read = sources(files).into_iter().filter(is_manifest).collect();
    let mut apart = Files { read, ..Files::default() };
    apart
        .set_apart(|name| files.get(name).map(|text| text.clone().into_bytes()).ok_or_else(|| "does not exist".into()));
    apart
}

fn sources(files: &BTreeMap<String, String>) -> Vec<SourceFile> {
    files.iter().map(|(name, text)| SourceFile { name: name.clone(), text: text.clone() }).collect()
}
