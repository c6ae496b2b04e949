//! Every member of RegisterTaskDefinition: a family for each.

use std::collections::BTreeSet;

use evenkeel::model::rules::TASK_DEFINITION;
use evenkeel::plan::step::Plan;
use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::table::{self, Member, members};
use super::tree::{covers, find, put, shown_path};
use super::{apply, assert_quiet, changes, desired, manifest, wrong};
use crate::support::lab::{Lab, in_virtual_time_unlogged};

const OPERATION: &str = "RegisterTaskDefinition";

/// Stands only where its sibling `value` does not: set, changed and unset as a whole, by the samples of `resourceRequirements`.
const SHARED: &str = "containerDefinitions[].resourceRequirements[].sharingStrategy";

/// Where the first value stands, where the second, and where none does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Without,
    First,
    /// The same where there is only one.
    Second,
}

fn base() -> Value {
    json!({
        "executionRoleArn": "arn:aws:iam::123456789012:role/exec",
        "containerDefinitions": [
            {"name": "web", "image": "registry.example.com/web:1", "memory": 256},
            {"name": "side", "image": "registry.example.com/side:1", "memory": 64},
            {"name": "init", "image": "registry.example.com/init:1", "memory": 32, "essential": false},
        ],
        "volumes": [{"name": "data"}, {"name": "more"}],
    })
}

fn spec(member: &Member, phase: Phase) -> Value {
    let samples = member.samples();
    match phase {
        Phase::Without => without(member),
        Phase::First | Phase::Second => {
            let mut spec = base();
            member.needs().into_iter().for_each(|(path, value)| put(&mut spec, OPERATION, &path, Some(value)));
            let value = if phase == Phase::First { samples.first() } else { samples.last() };
            put(&mut spec, OPERATION, &member.path, value.cloned());
            spec
        }
    }
}

/// The structures around the member, as they are without it. Where they cannot be without it, it has the value that it
/// has to have, or they are not there either.
fn without(member: &Member) -> Value {
    let mut bare = base();
    member.needs().into_iter().for_each(|(path, value)| put(&mut bare, OPERATION, &path, Some(value)));
    let mut around = bare.clone();
    if let Some((parent, _)) = member.path.rsplit_once('.') {
        put(&mut around, OPERATION, &format!("{parent}.{}", table::NOTHING), None);
    }
    let stands = !find(&around, &member.path).is_empty();
    if member.required && !stands { bare } else { around }
}

#[test]
fn every_member_of_register_task_definition_is_set_changed_and_unset() {
    in_virtual_time_unlogged(async {
        let lab = Lab::new().await;
        let all: Vec<(String, &Member)> = members(OPERATION)
            .filter(|member| !member.left_out && !member.path.starts_with(SHARED))
            .enumerate()
            .map(|(index, member)| (format!("m{index}"), member))
            .collect();
        let mut before = None;
        for phase in [Phase::Without, Phase::First, Phase::Second, Phase::First, Phase::Without] {
            let one = |(name, member): &(String, &Member)| manifest("TaskDefinition", name, spec(member, phase));
            let desired = desired(all.iter().map(one));
            let plan = apply(&lab, &desired).await;
            let mut problems = Vec::new();
            for (name, member) in &all {
                let transition = before.map(|before| (before, phase));
                problems.extend(transition.and_then(|transition| shown_wrongly(&plan, name, member, transition)));
                problems.extend(stated_wrongly(&lab, name, member, phase));
            }
            assert!(problems.is_empty(), "{problems:#?}");
            assert_quiet(&lab, &desired, &BTreeSet::new()).await;
            before = Some(phase);
        }
    });
}

#[test]
fn an_execution_role_by_its_arn_is_set_changed_and_unset() {
    in_virtual_time_unlogged(async {
        let lab = Lab::new().await;
        let role = |name: &str| json!(format!("arn:aws:iam::123456789012:role/{name}"));
        for role in [Value::Null, role("one"), role("two"), role("one"), Value::Null] {
            let mut spec = base();
            put(&mut spec, OPERATION, "executionRoleArn", Some(role.clone()));
            let desired = desired([manifest("TaskDefinition", "web", spec)]);
            assert_eq!(apply(&lab, &desired).await.steps().count(), 1);
            let answer = lab.call(Service::Ecs, "DescribeTaskDefinition", &json!({"taskDefinition": "web"}));
            assert_eq!(answer["taskDefinition"]["executionRoleArn"], role);
            assert_quiet(&lab, &desired, &BTreeSet::new()).await;
        }
    });
}

#[test]
fn whole_numbers_reach_aws_however_they_are_written() {
    in_virtual_time_unlogged(async {
        let lab = Lab::new().await;
        let mut spec = base();
        spec["containerDefinitions"][0]["memory"] = json!(256.0);
        spec["containerDefinitions"][0]["portMappings"] = json!([{"containerPort": 8080.0, "hostPort": 8e1}]);
        let desired = desired([manifest("TaskDefinition", "web", spec)]);
        assert_eq!(apply(&lab, &desired).await.steps().count(), 1);
        let answer = lab.call(Service::Ecs, "DescribeTaskDefinition", &json!({"taskDefinition": "web"}));
        let containers = find(&answer["taskDefinition"], "containerDefinitions[]");
        let web = containers.iter().find(|container| container["name"] == "web").unwrap();
        assert_eq!((&web["memory"], &web["portMappings"][0]["hostPort"]), (&json!(256), &json!(80)));
        assert_quiet(&lab, &desired, &BTreeSet::new()).await;
    });
}

/// Does the plan show anything but the member's change?
fn shown_wrongly(plan: &Plan, name: &str, member: &Member, (before, phase): (Phase, Phase)) -> Option<String> {
    let what = format!("{} from {before:?} to {phase:?}", member.path);
    let (old, new) = (spec(member, before), spec(member, phase));
    if old == new || member.says_nothing_of_a_revision() {
        let has_others = member.samples().len() > 1;
        return has_others.then(|| format!("{what}: the same value"));
    }
    let Some((changes, _)) = changes(plan, &format!("TaskDefinition/{name}")) else {
        return Some(format!("{what}: no step"));
    };
    let at = |spec: &Value| {
        let path = shown_path(spec, &member.path, &TASK_DEFINITION);
        // Another key is another element.
        if member.is_key_of_a_revision() { path.parent().unwrap_or_default() } else { path }
    };
    wrong(&what, changes, &[at(&new), at(&old)], member.is_scalar() && !member.is_key_of_a_revision())
}

/// Does ECS state anything but what the manifest says?
fn stated_wrongly(lab: &Lab, name: &str, member: &Member, phase: Phase) -> Option<String> {
    let answer = lab.call(Service::Ecs, "DescribeTaskDefinition", &json!({"taskDefinition": name}));
    let found = find(&answer["taskDefinition"], &member.path);
    let wanted = spec(member, phase);
    let wanted = find(&wanted, &member.path);
    if let Some(missing) = wanted.iter().find(|wanted| !found.iter().any(|has| covers(has, wanted))) {
        return Some(format!("{} {phase:?}: {missing} is not in {found:?}", member.path));
    }
    let first = &member.samples()[0];
    let remains =
        wanted.is_empty() && !member.says_nothing_of_a_revision() && found.iter().any(|has| covers(has, first));
    remains.then(|| format!("{}: still {first}", member.path))
}

impl Member {
    /// Has it one value alone, which is what ECS fills in?
    fn says_nothing_of_a_revision(&self) -> bool {
        let [only] = self.samples().try_into().unwrap_or([Value::Null]);
        TASK_DEFINITION.default_at(&shown_path(&spec(self, Phase::First), &self.path, &TASK_DEFINITION)) == Some(only)
    }

    /// Is it what tells the elements of its list apart, or the value that a pair is shown by?
    fn is_key_of_a_revision(&self) -> bool {
        let Some((list, _)) = self.path.rsplit_once("[].") else { return false };
        let mut keyed = TASK_DEFINITION.keyed.iter();
        let is_key = keyed.any(|(keyed, names)| *keyed == list && names.contains(&self.member.as_str()));
        is_key || self.shape == "KeyValuePair" || self.path.ends_with("[].protocol")
    }
}
