//! What is derived for an execution role is what ECS needs, and nothing else: judged by the oracle's reading of IAM, over
//! task definitions of every kind, in three partitions.

mod needed;
mod neighbours;
mod shipped;
mod sizes;
mod wish;

use std::collections::{BTreeMap, BTreeSet};

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::arn::{Arn, Scope};
use evenkeel::model::desired::Desired;
use evenkeel::model::grant::trust;
use evenkeel::model::id::{
    AccountId, Family, Installation, KeyId, Kind, Name, Partition, Region, ResourceId, Stage, VersionId,
};
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::model::policy::Policy;
use evenkeel::model::policy_size::size;
use evenkeel::model::revision::Revision;
use evenkeel::model::role::{Inline, ObservedRole, policy_name};
use evenkeel::model::secret::ObservedSecret;
use evenkeel::model::tags::{self, Tags};
use evenkeel::model::task_definition::ObservedRevision;
use evenkeel::model::time::Timestamp;
use evenkeel::plan::action;
use evenkeel::plan::{expected, plan};
use serde_json::{Value, json};

use wish::{ACCOUNT, Home, KEYS, Part, Whose};

const ROLE: &str = "exec";

/// The role's policy once the plan is carried out.
fn policy_after(home: &Home, desired: &Desired, world: &Observed, before: &Value) -> Value {
    let plan = plan(desired, world);
    let written = plan.steps().find_map(|(_, step)| match &step.action.call {
        action::Call::PutRolePolicy { body, .. } => Some(expected(body, |_| None).to_json(&scope(home))),
        action::Call::DeleteRolePolicy { .. } => Some(json!({"Statement": []})),
        _ => None,
    });
    written.unwrap_or_else(|| before.clone())
}

fn scope(home: &Home) -> Scope {
    let partition = Partition::new(home.partition);
    Scope { partition, account: AccountId::new(ACCOUNT), region: Region::new(home.region) }
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The declared secrets, each with a key of its own kind; and a role that is not there.
fn world(home: &Home) -> Observed {
    let mut world = Observed::nothing(Timestamp::from_millis(1_767_225_600_000), scope(home));
    for (n, key) in (0..).zip(KEYS) {
        let (arn, alias) = home.key(n);
        let id = key.map(|kind| match kind {
            "id" => arn.rsplit('/').next().unwrap().to_owned(),
            "arn" => arn.clone(),
            _ => alias.clone(),
        });
        let mut secret: ObservedSecret =
            serde_json::from_value(json!({"arn": home.secret(Whose::Ours, &format!("declared/{n}"))})).unwrap();
        secret.kms_key_id = id.map(KeyId::new);
        secret.stages = BTreeMap::from([(Stage::current(), VersionId::new("1".repeat(32)))]);
        world.secrets.insert(name(&format!("declared-{n}")), Seen::Present(secret));
    }
    world.roles.insert(name(ROLE), Seen::Absent);
    world.newest.insert(name("app"), Seen::Absent);
    world
}

fn inline(document: &Value) -> Inline {
    Inline { policy: Policy::read(document), written: size(document) }
}

fn role(home: &Home, policy: &Value) -> ObservedRole {
    let installation = Installation::new("default");
    ObservedRole {
        arn: Arn::new(format!("arn:{}:iam::{ACCOUNT}:role/{ROLE}", home.partition)),
        path: "/".to_owned(),
        trust: Policy::read(&trust(&scope(home))),
        permissions_boundary: None,
        attached: BTreeSet::new(),
        inline: BTreeMap::from([(policy_name(&installation), inline(policy))]),
        tags: tags::ownership(&installation, &ResourceId::new(Kind::ExecutionRole, &name(ROLE))),
    }
}

fn content(home: &Home, parts: &[Part]) -> Value {
    let (containers, volumes): (Vec<Value>, Vec<Option<Value>>) =
        parts.iter().enumerate().map(|(number, part)| part.content(home, number)).unzip();
    let plain = json!({"name": "main", "image": "example.com/app:1", "memory": 64});
    let containers: Vec<Value> = containers.into_iter().chain([plain]).collect();
    let volumes: Vec<Value> = volumes.into_iter().flatten().collect();
    json!({"containerDefinitions": containers, "volumes": volumes})
}

fn revision(home: &Home, parts: &[Part], ours: bool) -> ObservedRevision {
    let installation = Installation::new("default");
    let of_app = tags::ownership(&installation, &ResourceId::new(Kind::TaskDefinition, &name("app")));
    let role = Arn::new(format!("arn:{}:iam::{ACCOUNT}:role/{ROLE}", home.partition));
    ObservedRevision {
        family: Family::new("app"),
        status: "ACTIVE".to_owned(),
        revision: Revision::read(content(home, parts), Some(role)),
        tags: if ours { of_app } else { Tags::new() },
    }
}

/// Manifests of the declared secrets, the role, and a task definition of these parts.
fn desired(home: &Home, parts: &[Part]) -> Desired {
    let document = |kind: &str, name: &str, spec: &Value| {
        let api = "evenkeel.dev/v1alpha1";
        json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}).to_string()
    };
    let mut spec = content(home, parts);
    spec["executionRoleRef"] = json!({"name": ROLE});
    for (part, container) in parts.iter().zip(spec["containerDefinitions"].as_array_mut().unwrap()) {
        if let Part::Declared(n) = part {
            container["secrets"][0]["valueFrom"] = json!({"secretRef": {"name": format!("declared-{n}")}});
        }
    }
    let mut documents = vec![document("ExecutionRole", ROLE, &json!({})), document("TaskDefinition", "app", &spec)];
    for n in 0..KEYS.len() {
        let secret = json!({"secretName": format!("declared/{n}")});
        documents.push(document("Secret", &format!("declared-{n}"), &secret));
    }
    let text = documents.join("\n---\n");
    let loaded = load(Installation::new("default"), &[SourceFile { name: "test.yaml".into(), text: text.clone() }]);
    assert!(!loaded.checked.has_errors(), "{text}: {:#?}", loaded.checked.found);
    loaded.desired
}
