//! Every field: each member of RegisterTaskDefinition, CreateService and UpdateService is set, changed and unset in a
//! manifest, applied on the sandbox, and looked up in what AWS states. Members come from the tables that the types are
//! generated from, so a member of a newer SDK fails here until it is handled.

mod services;
pub(crate) mod table;
mod task_definitions;
mod tree;

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Installation, ResourceId};
use evenkeel::model::path::Path;
use evenkeel::plan::step::{Change, Plan, Risk};
use evenkeel::sandbox::ecs::RolloutState;
use serde_json::{Value, json};

use crate::support::lab::Lab;

/// Members that evenkeel fills in itself, and why no manifest writes them.
const FILLED_IN: [(&str, &str, &str); 12] = [
    ("RegisterTaskDefinition", "executionRoleArn", "a manifest has it beside `executionRoleRef`: a test of its own"),
    ("RegisterTaskDefinition", "family", "the object's name: fixed"),
    ("RegisterTaskDefinition", "tags", "the user's tags with evenkeel's own: moto::changes"),
    ("CreateService", "clientToken", "evenkeel's own, so that a repetition after a lost reply makes nothing twice"),
    ("CreateService", "cluster", "the object's name: fixed"),
    ("CreateService", "serviceName", "the object's name: fixed"),
    ("CreateService", "tags", "the user's tags with evenkeel's own: moto::changes"),
    ("CreateService", "taskDefinition", "`taskDefinitionRef`, resolved to a revision"),
    ("UpdateService", "cluster", "the object's name: fixed"),
    ("UpdateService", "forceNewDeployment", "never sent: evenkeel deploys when content changes"),
    ("UpdateService", "service", "the object's name: fixed"),
    ("UpdateService", "taskDefinition", "`taskDefinitionRef`, resolved to a revision"),
];

#[test]
fn what_no_manifest_writes_has_a_reason() {
    let left_out: BTreeSet<(&str, &str)> = ["RegisterTaskDefinition", "CreateService", "UpdateService"]
        .into_iter()
        .flat_map(table::members)
        .filter(|member| member.left_out)
        .map(|member| (member.operation.as_str(), member.path.as_str()))
        .collect();
    let reasons: BTreeSet<(&str, &str)> = FILLED_IN.iter().map(|(operation, path, _)| (*operation, *path)).collect();
    assert_eq!(left_out, reasons);
}

/// One manifest of a world of them.
#[expect(clippy::needless_pass_by_value, reason = "it is made for this")]
fn manifest(kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// All of them, without errors.
fn desired(manifests: impl IntoIterator<Item = Value>) -> Desired {
    let file =
        |(index, manifest): (usize, Value)| SourceFile { name: format!("{index}.json"), text: manifest.to_string() };
    let files: Vec<SourceFile> = manifests.into_iter().enumerate().map(file).collect();
    let mut loaded = load(Installation::new("default"), &files);
    let errors: Vec<_> = loaded.checked.found.iter().filter(|found| found.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    loaded.desired.policy.max_concurrent = usize::MAX;
    loaded.desired
}

/// Applies, and gives the plan of it; then everything is quiet.
async fn apply(lab: &Lab, desired: &Desired) -> Plan {
    let (plan, execution) = lab.pass(desired).await;
    let failures: Vec<String> = execution.failures().map(|(step, fault)| format!("{step:?}: {fault}")).collect();
    assert!(failures.is_empty(), "{failures:#?}");
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_mins(1)).await;
        let rolling = lab.sandbox.with_world(|world| {
            let mut deployments = world.ecs.services().values().flat_map(|service| &service.deployments);
            deployments.any(|deployment| deployment.rollout == RolloutState::InProgress)
        });
        if !rolling {
            break;
        }
    }
    plan
}

/// Nothing differs, but what is held and named here.
async fn assert_quiet(lab: &Lab, desired: &Desired, held: &BTreeSet<String>) {
    let (_, plan) = lab.look(desired).await;
    let steps: Vec<String> = plan.steps().map(|(_, step)| format!("{} {:?}", step.target, step.changes)).collect();
    assert!(steps.is_empty(), "not quiet: {steps:#?}");
    assert!(plan.repairs().is_empty(), "{:#?}", plan.repairs());
    let found: BTreeSet<String> = plan.held().iter().map(|held| held.target.to_string()).collect();
    assert_eq!(found, *held, "{:#?}", plan.held());
}

/// What a plan changes of one resource, in its one step, and whether that is called a redeployment.
fn changes<'p>(plan: &'p Plan, target: &str) -> Option<(&'p [Change], bool)> {
    let of_target = |id: &ResourceId| id.to_string() == target;
    let mut steps = plan.steps().map(|(_, step)| step).filter(|step| of_target(&step.target));
    let step = steps.next()?;
    assert!(steps.next().is_none(), "{target} has more than one step");
    Some((&step.changes, step.risk.contains(&Risk::Redeploy)))
}

/// What is shown beside the change of one member: one change of its own path, or changes inside it where it has an inside.
fn wrong(what: &str, changes: &[Change], expected: &[Path], is_leaf: bool) -> Option<String> {
    let strays = changes.iter().any(|change| !expected.iter().any(|path| change.path.is_within(path)));
    let many = is_leaf && changes.len() != 1;
    let paths: Vec<String> = changes.iter().map(|change| change.path.to_string()).collect();
    let expected: Vec<String> = expected.iter().map(Path::to_string).collect();
    (changes.is_empty() || strays || many).then(|| format!("{what}: {paths:?} instead of {expected:?}"))
}
