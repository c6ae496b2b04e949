//! The services to be imported, and how they are made by someone who has never heard of evenkeel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

/// The cluster of all of them.
pub(super) const CLUSTER: &str = "shop";

/// One task definition, and the services that run it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "for whoever reads the file")]
    shows: String,
    /// What RegisterTaskDefinition is sent.
    task_definition: Value,
    /// What CreateService is sent, less cluster and task definition.
    services: Vec<Value>,
    /// Why moto cannot play it.
    not_on_moto: Option<String>,
}

/// An account, as someone else uses it.
pub(super) trait Account {
    /// A call of ECS, which must work.
    fn ecs(&self, operation: &str, body: &Value) -> Value;
    /// A secret with the canary in every key: its ARN and the id of its version.
    fn secret(&self, name: &str) -> (String, String);
    /// An execution role with no policy at all: its ARN.
    fn role(&self, name: &str) -> String;
    /// Something that stands in a file, as it is called here.
    fn placed(&self, text: String) -> String {
        text
    }
}

/// What was made.
#[derive(Default)]
pub(super) struct Made {
    /// What stands in the files, and what it is here.
    names: BTreeMap<String, String>,
    /// The services, each with its own tags.
    pub(super) services: Vec<(String, BTreeMap<String, String>)>,
    /// How many task definitions.
    pub(super) task_definitions: usize,
}

impl Made {
    /// A text with what stands in the files in place of what it is here.
    pub(super) fn named(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, here)| text.replace(here, name))
    }
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import")
}

/// Makes all of them; `on_moto` leaves out what moto cannot play.
pub(super) fn furnish(account: &impl Account, on_moto: bool) -> Made {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "json"));
    files.sort();
    let mut made = Made::default();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        if on_moto && case.not_on_moto.is_some() {
            continue;
        }
        let here = |made: &mut Made, value: &Value| -> Value {
            let text = account.placed(fill(account, made, &value.to_string()));
            serde_json::from_str(&text).unwrap()
        };
        let registered = account.ecs("RegisterTaskDefinition", &here(&mut made, &case.task_definition));
        let arn = registered["taskDefinition"]["taskDefinitionArn"].clone();
        made.task_definitions += 1;
        for service in &case.services {
            let mut service = here(&mut made, service);
            service["cluster"] = CLUSTER.into();
            service["taskDefinition"] = arn.clone();
            account.ecs("CreateService", &service);
            made.services.push((text_of(&service["serviceName"]), tags(&service["tags"])));
        }
    }
    made
}

/// `{secret NAME}`, `{version NAME}` and `{role NAME}`, each made the first time that it stands anywhere.
fn fill(account: &impl Account, made: &mut Made, text: &str) -> String {
    let mut text = text.to_owned();
    for kind in ["{secret ", "{version ", "{role "] {
        while let Some(start) = text.find(kind) {
            let end = start + text[start..].find('}').unwrap();
            let place = text[start..=end].to_owned();
            if !made.names.contains_key(&place) {
                let name = &place[kind.len()..place.len() - 1];
                if kind == "{role " {
                    made.names.insert(place.clone(), account.role(name));
                } else {
                    let (arn, version) = account.secret(name);
                    made.names.insert(format!("{{secret {name}}}"), arn);
                    made.names.insert(format!("{{version {name}}}"), version);
                }
            }
            text = text.replace(&place, &made.names[&place]);
        }
    }
    text
}

/// The tags of a request or an answer.
pub(super) fn tags(list: &Value) -> BTreeMap<String, String> {
    let pairs = list.as_array().into_iter().flatten();
    pairs.map(|tag| (text_of(&tag["key"]), text_of(&tag["value"]))).collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// All tags of all services, revisions included.
pub(super) fn tags_of_everything(account: &impl Account, made: &Made) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for (name, _) in &made.services {
        let body = json!({"cluster": CLUSTER, "services": [name], "include": ["TAGS"]});
        let service = account.ecs("DescribeServices", &body)["services"][0].clone();
        let body = json!({"taskDefinition": service["taskDefinition"], "include": ["TAGS"]});
        let revision = account.ecs("DescribeTaskDefinition", &body);
        found.insert(text_of(&service["taskDefinition"]), tags(&revision["tags"]));
        found.insert(name.clone(), tags(&service["tags"]));
    }
    found
}

/// Holds the tags of everything against what they were: each service has two more, nothing else has any.
pub(super) fn assert_only_tagged(
    before: &BTreeMap<String, BTreeMap<String, String>>,
    after: &BTreeMap<String, BTreeMap<String, String>>,
    made: &Made,
) {
    let mut expected = before.clone();
    for (service, own) in &made.services {
        assert_eq!(before[service], *own, "{service} before");
        let tags = expected.get_mut(service).unwrap();
        let resource = after[service].get("evenkeel.dev/resource").cloned().unwrap_or_default();
        assert!(resource.starts_with("Service/"), "{service}: {resource}");
        tags.insert("evenkeel.dev/installation".into(), "default".into());
        tags.insert("evenkeel.dev/resource".into(), resource);
    }
    assert_eq!(*after, expected);
}

/// The page on which each file's feature is described stands in `tests/import/README.md`.
#[test]
fn the_page_of_every_file_is_named_and_every_file_that_is_named_is_there() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let mut named = BTreeSet::new();
    for row in readme.lines().filter(|line| line.starts_with("| `")) {
        let [_, files, page, _] = row.split('|').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let (title, rest) = page.trim().strip_prefix('[').and_then(|page| page.split_once("](")).unwrap();
        assert!(!title.is_empty() && rest.starts_with(GUIDE) && rest.ends_with(".html)"), "{row}");
        named.extend(files.split(',').map(|file| file.trim().trim_matches('`').to_owned()));
    }
    let there = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = there.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let there: BTreeSet<String> = files.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(named, there);
}

const GUIDE: &str = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/";
