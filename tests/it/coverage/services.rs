//! Every member of CreateService and UpdateService: two services for each, one made with it, one that gets it later.

use std::collections::BTreeSet;

use evenkeel::model::rules::SERVICE;
use evenkeel::model::service::triggers_deployment;
use evenkeel::plan::held::Because;
use evenkeel::plan::step::Plan;
use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::table::{Member, NOTHING, members};
use super::tree::{covers, find, put, shown_path};
use super::{apply, assert_quiet, changes, desired, manifest, wrong};
use crate::support::lab::{Lab, in_virtual_time_unlogged};

const OPERATION: &str = "CreateService";

/// What can only be set at creation: everything else is a member of UpdateService too.
fn is_fixed(member: &Member) -> bool {
    !members("UpdateService").any(|other| other.path == member.path)
}

/// Does a change start a deployment? The API reference says it of most fields. ECS states two only of service revisions,
/// so that a new value is a new revision.
fn redeploys(member: &Member) -> bool {
    let head = head(&member.path);
    let said = members("UpdateService").find(|other| other.path == head).and_then(|other| other.triggers);
    said.unwrap_or(["gatewayConnectors", "monitoring"].contains(&head))
}

fn head(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap()
}

/// What a manifest says of the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing, nor of what it stands in.
    Unmanaged,
    First,
    /// The same where there is only one.
    Second,
    /// Nothing, but what it stands in is managed.
    Without,
}

fn base(member: &Member) -> Value {
    let mut spec = json!({"cluster": "c", "taskDefinitionRef": {"name": "bridge"}, "desiredCount": 0});
    for (path, value) in member.needs().into_iter().filter(|(path, _)| head(path) != head(&member.path)) {
        put(&mut spec, OPERATION, &path, Some(value));
    }
    if find(&spec, "launchType") == [&json!("FARGATE")] {
        spec["taskDefinitionRef"]["name"] = json!("vpc");
    }
    if ["desiredCount", "schedulingStrategy"].contains(&member.path.as_str()) {
        put(&mut spec, OPERATION, "desiredCount", None);
    }
    spec
}

fn spec(member: &Member, phase: Phase) -> Value {
    let mut spec = base(member);
    if phase == Phase::Unmanaged {
        // A service on this network has to have one.
        if head(&member.path) == "networkConfiguration" {
            member.needs().into_iter().for_each(|(path, value)| put(&mut spec, OPERATION, &path, Some(value)));
        }
        return spec;
    }
    member.needs().into_iter().for_each(|(path, value)| put(&mut spec, OPERATION, &path, Some(value)));
    let samples = member.samples();
    let parent = member.path.rsplit_once('.').map(|(parent, _)| parent);
    match (phase, parent) {
        (Phase::First, _) => put(&mut spec, OPERATION, &member.path, samples.first().cloned()),
        (Phase::Second, _) => put(&mut spec, OPERATION, &member.path, samples.last().cloned()),
        (Phase::Without, Some(parent)) => {
            let bare = spec.clone();
            put(&mut spec, OPERATION, &format!("{parent}.{NOTHING}"), None);
            // It stands in something that cannot be without it.
            if member.required && find(&spec, &member.path).is_empty() {
                spec = bare;
            }
        }
        // Outermost members are emptied.
        (Phase::Without, None) if member.is_list() => put(&mut spec, OPERATION, &member.path, Some(json!([]))),
        (Phase::Without | Phase::Unmanaged, _) => {}
    }
    spec
}

fn world(all: &[(usize, &Member)], old: Phase, new: Option<Phase>) -> Vec<Value> {
    let container = |name: &str, ports: Value| json!({"name": name, "image": format!("registry.example.com/{name}:1"), "memory": 64, "portMappings": ports});
    let web =
        container("web", json!([{"containerPort": 8080, "name": "http"}, {"containerPort": 8081, "name": "grpc"}]));
    let containers = json!([
        web,
        container("side", json!([{"containerPort": 8080}])),
        container("third", json!([{"containerPort": 8080}]))
    ]);
    let side = json!({"containerDefinitions": containers, "volumes": [{"name": "disk", "configuredAtLaunch": true}]});
    let vpc = json!({
        "containerDefinitions": [web], "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "cpu": "256", "memory": "512",
    });
    let mut manifests = vec![manifest("TaskDefinition", "bridge", side), manifest("TaskDefinition", "vpc", vpc)];
    for (index, member) in all {
        if !is_fixed(member) {
            manifests.push(manifest("Service", &format!("old{index}"), spec(member, old)));
        }
        let new = new.map(|new| manifest("Service", &format!("new{index}"), spec(member, new)));
        manifests.extend(new);
    }
    manifests
}

#[test]
fn every_member_of_create_and_update_service_is_set_changed_and_unset() {
    in_virtual_time_unlogged(async {
        let lab = Lab::new().await;
        lab.call(Service::Ecs, "CreateCluster", &json!({"clusterName": "c"}));
        let all: Vec<(usize, &Member)> = members(OPERATION).filter(|member| !member.left_out).enumerate().collect();
        let phases = [Phase::Unmanaged, Phase::First, Phase::Second, Phase::First, Phase::Without, Phase::Unmanaged];
        let mut before = None;
        for phase in phases {
            // Those that are made with the member come in the second round.
            let made = before.is_some().then_some(phase);
            let desired = desired(world(&all, phase, made));
            let fixed = |(index, member): &(usize, &Member)| {
                let differs = is_fixed(member) && phase == Phase::Second;
                differs.then(|| format!("Service/new{index}"))
            };
            let held: BTreeSet<String> = all.iter().filter_map(fixed).collect();
            let deployments = count(&lab, &all);
            let plan = apply(&lab, &desired).await;
            let mut problems = Vec::new();
            for (index, member) in &all {
                let name = format!("old{index}");
                if is_fixed(member) {
                    problems.extend(immutable(&plan, &format!("Service/new{index}"), member, phase));
                } else {
                    let started = lab.deployments(&name) - deployments[*index];
                    let transition = before.map(|before| (before, phase));
                    let shown =
                        transition.and_then(|transition| shown_wrongly(&plan, &name, member, transition, started));
                    problems.extend(shown);
                    problems.extend(stated_wrongly(&lab, &name, member, phase));
                }
                if made == Some(Phase::First) {
                    problems.extend(stated_wrongly(&lab, &format!("new{index}"), member, phase));
                }
            }
            assert!(problems.is_empty(), "{problems:#?}");
            assert_quiet(&lab, &desired, &held).await;
            before = Some(phase);
        }
    });
}

fn count(lab: &Lab, all: &[(usize, &Member)]) -> Vec<usize> {
    all.iter().map(|(index, _)| lab.deployments(&format!("old{index}"))).collect()
}

impl Lab {
    /// How many deployments a service has had.
    fn deployments(&self, name: &str) -> usize {
        self.sandbox.with_world(|world| {
            let service = world.ecs.service("c", name);
            service.map_or(0, |service| world.ecs.service_deployments_of(service).count())
        })
    }
}

/// Does the plan show anything but the member's change, or call it a redeployment where it is none?
fn shown_wrongly(
    plan: &Plan,
    name: &str,
    member: &Member,
    (before, phase): (Phase, Phase),
    started: usize,
) -> Option<String> {
    let what = format!("{} from {before:?} to {phase:?}", member.path);
    let (old, new) = (spec(member, before), spec(member, phase));
    let step = changes(plan, &format!("Service/{name}"));
    let unmanaged = find(&new, head(&member.path)).is_empty();
    if old == new || unmanaged || member.says_nothing() {
        return step.map(|(changes, _)| format!("{what}: {changes:?}")).filter(|_| !member.says_nothing());
    }
    let Some((changes, redeployed)) = step else { return Some(format!("{what}: no step")) };
    if redeployed != redeploys(member) || started != usize::from(redeploys(member)) {
        return Some(format!("{what}: redeploy risk {redeployed}, {started} deployments"));
    }
    let at = |spec: &Value| {
        let path = shown_path(spec, &member.path, &SERVICE);
        if member.is_key() { path.parent().unwrap_or_default() } else { path }
    };
    // What its structure needs comes with it.
    let from_nothing = before == Phase::Unmanaged || phase == Phase::Without;
    if from_nothing {
        let outermost = [evenkeel::model::path::Path::of(head(&member.path))];
        return wrong(&what, changes, &outermost, false);
    }
    wrong(&what, changes, &[at(&new), at(&old)], member.is_scalar() && !member.is_key())
}

fn immutable(plan: &Plan, target: &str, member: &Member, phase: Phase) -> Option<String> {
    let held = plan.held().iter().find(|held| held.target.to_string() == target);
    let as_it_is = held.is_some_and(|held| {
        held.because == Because::Immutable(member.path.clone()) && held.changes[0].path.to_string() == member.path
    });
    (as_it_is != (phase == Phase::Second)).then(|| format!("{} {phase:?}: {held:?}", member.path))
}

/// Does ECS state anything but what the manifest says?
fn stated_wrongly(lab: &Lab, name: &str, member: &Member, phase: Phase) -> Option<String> {
    let answer = lab.call(Service::Ecs, "DescribeServices", &json!({"cluster": "c", "services": [name]}));
    let service = &answer["services"][0];
    let revision = &service["currentServiceRevisions"][0]["arn"];
    let revisions = lab.call(Service::Ecs, "DescribeServiceRevisions", &json!({"serviceRevisionArns": [revision]}));
    // A field that only a part of what ECS states has is not contradicted by the others.
    let stated = [service, &service["deployments"][0], &revisions["serviceRevisions"][0]];
    let path = if member.path == "role" { "roleArn" } else { &member.path };
    let found: Vec<&Value> =
        stated.iter().map(|part| find(part, path)).find(|found| !found.is_empty()).unwrap_or_default();
    let spec = spec(member, phase);
    if find(&spec, head(&member.path)).is_empty() {
        return None;
    }
    // What was emptied need not be stated.
    let wanted: Vec<&Value> = find(&spec, &member.path).into_iter().filter(|value| **value != json!([])).collect();
    let same = |has: &Value, wanted: &Value| {
        covers(has, wanted) || (path == "roleArn" && has.as_str().unwrap().ends_with(wanted.as_str().unwrap()))
    };
    if let Some(missing) = wanted.iter().find(|wanted| !found.iter().any(|has| same(has, wanted))) {
        return Some(format!("{name} {} {phase:?}: {missing} is not in {found:?}", member.path));
    }
    let first = &member.samples()[0];
    let remains = wanted.is_empty() && !member.says_nothing() && found.iter().any(|has| covers(has, first));
    remains.then(|| format!("{name} {}: still {first}", member.path))
}

impl Member {
    /// Has it one value alone, which is what ECS fills in?
    fn says_nothing(&self) -> bool {
        self.path.starts_with("deploymentController")
    }

    /// Is it what tells the elements of its list apart?
    fn is_key(&self) -> bool {
        let Some((list, _)) = self.path.rsplit_once("[].") else { return false };
        let mut keyed = SERVICE.keyed.iter();
        keyed.any(|(keyed, names)| *keyed == list && names.contains(&self.member.as_str()))
    }
}

#[test]
fn the_fields_that_start_a_deployment_are_those_of_the_api_reference() {
    let heads: BTreeSet<&str> = members("UpdateService").map(|member| head(&member.path)).collect();
    for head in heads {
        let said = members("UpdateService").find(|member| member.path == head).and_then(|member| member.triggers);
        assert!(said.is_none_or(|said| said == triggers_deployment(head)), "{head}: {said:?}");
    }
}
