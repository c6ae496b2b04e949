//! `observed.yaml`: what is there, written as AWS states it and as shortly as people can still read it.
//!
//! The grammar is in `tests/cases/README.md`. The result is an ordinary `Observed`, but for the digests in marks, which
//! [`super::marks`] puts in.

use std::collections::BTreeMap;

use evenkeel::model::arn::Arn;
use evenkeel::model::id::{Family, Name, ResourceId};
use evenkeel::model::observed::{BackOff, Observed, Seen};
use evenkeel::model::policy::Policy;
use evenkeel::model::policy_size::size;
use evenkeel::model::revision::Revision;
use evenkeel::model::role::Inline;
use evenkeel::model::secret::ObservedSecret;
use evenkeel::model::service::ServiceFields;
use evenkeel::model::task_definition::ObservedRevision;
use evenkeel::model::time::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::edit::{copied, merge, set};

/// The world of a case.
pub(crate) struct Fixture {
    /// Everything that there is to see.
    pub(crate) world: Observed,
    /// What an exact read says of secrets that `world` has from a list.
    pub(crate) exactly: BTreeMap<Name, Seen<ObservedSecret>>,
    /// Own writes of moments ago: whose, and when.
    pub(crate) written: BTreeMap<String, Timestamp>,
}

/// Reads a file of YAML.
pub(crate) fn yaml(text: &str) -> Value {
    if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
        return json!({});
    }
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads the world of a case, which states only what differs from the base.
pub(crate) fn read(base: &Value, case: Value) -> Fixture {
    let mut all = base.clone();
    let Value::Object(mut case) = case else { panic!("observed.yaml is a map") };
    for (copy, original) in take(&mut case, "copies") {
        copied(&mut all, original.as_str().unwrap(), &copy);
    }
    let orphans = case.remove("orphans");
    let uses = take(&mut case, "uses");
    let unlisted = case.remove("unlisted");
    let unread = take(&mut case, "unread");
    let applied = take(&mut case, "applied");
    merge(&mut all, Value::Object(case));
    for (target, mark) in applied {
        let (section, name) = section(&target);
        all[section][name]["tags"]["evenkeel.dev/applied"] = mark;
    }
    let Value::Object(mut all) = all else { panic!("observed.yaml is a map") };
    let at = time(&all.remove("at").unwrap(), Timestamp::default());
    let reader = Reader { at };
    let mut world = Observed::nothing(at, decode(&all.remove("scope").unwrap()));
    world.secrets = named(take(&mut all, "secrets"), |secret| reader.secret(secret));
    world.roles = named(take(&mut all, "roles"), |role| decode(&reader.role(role)));
    world.services = named(take(&mut all, "services"), |service| decode(&reader.service(service)));
    world.newest = named(take(&mut all, "newest"), |arn| revision_arn(&arn));
    world.in_use = named(take(&mut all, "inUse"), |list| list.as_array().unwrap().iter().map(revision_arn).collect());
    world.version_dates = named(take(&mut all, "versionDates"), |date| time(&date, at));
    world.versions = named(take(&mut all, "versions"), |versions| decode(&reader.versions(versions)));
    world.resource_policies = named(take(&mut all, "resourcePolicies"), |document| decode(&document));
    let keys = take(&mut all, "keysOfCopies");
    world.keys_of_copies =
        keys.into_iter().map(|(copy, key)| (Arn::new(copy), seen(key, |key| decode(&key)))).collect();
    world.histories = named(take(&mut all, "histories"), |history| decode(&reader.history(history)));
    world.stopped_tasks = named(take(&mut all, "stoppedTasks"), |tasks| decode(&reader.tasks(tasks)));
    for (target, failed) in take(&mut all, "backOffs") {
        let why = failed["why"].as_str().unwrap().to_owned();
        let failed = BackOff { until: time(&failed["until"], at), why, pruning: failed["pruning"] == true };
        world.back_offs.insert(ResourceId::parse(&target).unwrap(), failed);
    }
    let revisions = derived(&take(&mut all, "revisions"));
    world.revisions = revisions.into_iter().map(|(arn, is)| (arn, seen(is, |is| reader.revision(is)))).collect();
    let exactly = named(take(&mut all, "exactly"), |secret| reader.secret(secret));
    for secret in world.secrets.values().chain(exactly.values()).filter_map(Seen::present) {
        for (region, replica) in &secret.replicas {
            let key = Seen::Present(replica.kms_key_id.clone());
            world.keys_of_copies.entry(secret.arn.in_region(region)).or_insert(key);
        }
    }
    let written = take(&mut all, "written").into_iter().map(|(target, when)| (target, time(&when, at))).collect();
    if let Some(orphans) = orphans {
        super::orphans::make(&mut world, &orphans, &uses, unlisted.as_ref());
        super::orphans::hide(&mut world, &unread);
    }
    assert!(all.is_empty(), "observed.yaml has no {:?}", all.keys().collect::<Vec<_>>());
    Fixture { world, exactly, written }
}

/// Where a resource stands.
fn section(target: &str) -> (&'static str, &str) {
    match target.split_once('/') {
        Some(("Secret", name)) => ("secrets", name),
        Some(("ExecutionRole", name)) => ("roles", name),
        Some(("Service", name)) => ("services", name),
        _ => panic!("{target} has no mark"),
    }
}

fn take(map: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match map.remove(name) {
        Some(Value::Object(inner)) => inner,
        None => Map::new(),
        Some(other) => panic!("`{name}` is a map, not {other}"),
    }
}

fn decode<T: DeserializeOwned>(value: &Value) -> T {
    T::deserialize(value).unwrap_or_else(|error| panic!("{error} in {value}"))
}

fn named<T>(map: Map<String, Value>, read: impl Fn(Value) -> T) -> BTreeMap<Name, Seen<T>> {
    map.into_iter().map(|(name, value)| (Name::parse(&name).unwrap(), seen(value, &read))).collect()
}

/// `Absent`, `{Unreadable: why}`, or the thing itself.
fn seen<T>(value: Value, read: impl Fn(Value) -> T) -> Seen<T> {
    if value == "Absent" {
        return Seen::Absent;
    }
    match value.get("Unreadable").and_then(Value::as_str) {
        Some(why) => Seen::Unreadable(why.to_owned()),
        None => Seen::Present(read(value)),
    }
}

/// `-40s` and `+2m` count from the moment of the look; anything else is RFC 3339.
fn time(value: &Value, at: Timestamp) -> Timestamp {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no time"));
    if text.starts_with(['-', '+']) {
        let span: jiff::SignedDuration = text.parse().unwrap();
        return Timestamp::from_millis(at.as_millis() + i64::try_from(span.as_millis()).unwrap());
    }
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// `shop-web:7` is a revision of this account.
pub(crate) fn revision_arn(value: &Value) -> Arn {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no revision"));
    if text.starts_with("arn:") {
        return Arn::new(text);
    }
    assert!(text.contains(':'), "{text} is no revision");
    Arn::new(format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{text}"))
}

/// Revisions that are written as another one, with changes: `{from: shop-web:7, set: {path: value}}`.
fn derived(revisions: &Map<String, Value>) -> BTreeMap<Arn, Value> {
    revisions.keys().map(|name| (revision_arn(&name.as_str().into()), derive(revisions, name))).collect()
}

fn derive(revisions: &Map<String, Value>, name: &str) -> Value {
    let written = revisions.get(name).unwrap_or_else(|| panic!("there is no revision {name}"));
    let Value::Object(mut members) = written.clone() else { return written.clone() };
    let changes = take(&mut members, "set");
    let from = members.remove("from").map(|from| derive(revisions, from.as_str().unwrap()));
    let mut revision = from.unwrap_or_else(|| json!({}));
    merge(&mut revision, Value::Object(members));
    for (path, to) in changes {
        set(&mut revision, &path, to);
    }
    revision
}

struct Reader {
    at: Timestamp,
}

impl Reader {
    fn secret(&self, mut secret: Value) -> ObservedSecret {
        self.times(&mut secret, "deleted");
        self.tags(&mut secret);
        decode(&secret)
    }

    fn role(&self, mut role: Value) -> Value {
        self.tags(&mut role);
        role["trust"] = json!(Policy::read(&statements(role["trust"].take())));
        let inline = take(role.as_object_mut().unwrap(), "inline");
        let read = |(name, document)| {
            let document = statements(document);
            (name, json!(Inline { policy: Policy::read(&document), written: size(&document) }))
        };
        role["inline"] = inline.into_iter().map(read).collect();
        role
    }

    fn service(&self, mut service: Value) -> Value {
        self.tags(&mut service);
        service["taskDefinition"] = json!(revision_arn(&service["taskDefinition"]));
        let fields = take(service.as_object_mut().unwrap(), "fields");
        service["fields"] = json!(ServiceFields::new(fields));
        for deployment in service["deployments"].as_array_mut().into_iter().flatten() {
            self.times(deployment, "createdAt");
            deployment["taskDefinition"] = json!(revision_arn(&deployment["taskDefinition"]));
        }
        service
    }

    fn history(&self, mut history: Value) -> Value {
        for (number, deployment) in history.as_array_mut().unwrap().iter_mut().rev().enumerate() {
            self.times(deployment, "createdAt");
            deployment["taskDefinition"] = json!(revision_arn(&deployment["taskDefinition"]));
            let fields = take(deployment.as_object_mut().unwrap(), "fields");
            deployment["fields"] = json!(ServiceFields::new(fields));
            deployment["arn"] = format!("arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/{number}").into();
        }
        history
    }

    fn versions(&self, mut versions: Value) -> Value {
        for version in versions.as_array_mut().unwrap() {
            self.times(version, "created");
        }
        versions
    }

    fn tasks(&self, mut tasks: Value) -> Value {
        for (number, task) in tasks.as_array_mut().unwrap().iter_mut().enumerate() {
            self.times(task, "createdAt");
            task["taskDefinition"] = json!(revision_arn(&task["taskDefinition"]));
            task["arn"] = format!("arn:aws:ecs:eu-west-1:123456789012:task/shop/{number}").into();
            task["status"] = "STOPPED".into();
        }
        tasks
    }

    fn revision(&self, mut revision: Value) -> ObservedRevision {
        self.tags(&mut revision);
        let Value::Object(mut members) = revision else { panic!("a revision is a map") };
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        let family = Family::new(text(members.remove("family")).unwrap());
        let status = text(members.remove("status")).unwrap();
        let role = text(members.remove("executionRoleArn")).map(Arn::new);
        let tags = decode(&Value::Object(take(&mut members, "tags")));
        ObservedRevision { family, status, revision: Revision::read(Value::Object(members), role), tags }
    }

    fn times(&self, thing: &mut Value, member: &str) {
        if let Some(when) = thing.get_mut(member) {
            *when = json!(time(when, self.at));
        }
    }

    /// A mark is written as `<digest> <when> [<commit>]`; the digests `base` and `desired`, and that of the versions of
    /// a revision behind a dot, are put in later.
    fn tags(&self, thing: &mut Value) {
        let Some(Value::Object(tags)) = thing.get_mut("tags") else { return };
        for (key, value) in tags.iter_mut() {
            let text = value.as_str().unwrap_or_else(|| panic!("the tag {key} is a text"));
            let words: Vec<&str> = text.split(' ').collect();
            if key.starts_with("evenkeel.dev/applied")
                && let [digest, when, commit @ ..] = words.as_slice()
            {
                let seconds = time(&(*when).into(), self.at).as_secs();
                let digest = digest.replace(':', "@");
                *value = format!("v1:{digest}:{}:{seconds}", commit.first().unwrap_or(&"-")).into();
            }
        }
    }
}

/// A policy document whose statements may stand by their Sid, and allow where they do not say otherwise.
fn statements(mut document: Value) -> Value {
    if let Some(Value::Object(by_sid)) = document.get("Statement").cloned() {
        let allowing = |(sid, mut statement): (String, Value)| {
            statement["Sid"] = sid.into();
            statement.as_object_mut().unwrap().entry("Effect").or_insert_with(|| "Allow".into());
            statement
        };
        document["Statement"] = by_sid.into_iter().map(allowing).collect();
    }
    document
}
