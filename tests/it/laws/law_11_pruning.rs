//! Destroying is guarded: what others use of what nobody wants stays, however they run it.

use evenkeel::model::desired::Desired;
use evenkeel::plan::step::Plan;
use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use crate::support::door::editing;
use crate::support::lab::{Lab, in_virtual_time_unlogged};
use crate::sweeps::scenarios;

/// The mailer is to go.
async fn removal() -> (Lab, Desired) {
    let scenario = scenarios::ALL.iter().find(|scenario| scenario.name == "what leaves the manifests").unwrap();
    (scenario.prepare)().await
}

/// Someone else's service, of no tasks for now, with the mailer's revision.
fn batch(lab: &Lab) {
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-a"]}});
    let service = json!({"cluster": "shop", "serviceName": "batch", "taskDefinition": "mailer:1", "desiredCount": 0,
        "launchType": "FARGATE", "networkConfiguration": network});
    lab.call(Service::Ecs, "CreateService", &service);
}

fn held(plan: &Plan) -> Vec<String> {
    plan.held().iter().map(|held| format!("{}: {}", held.target, held.because)).collect()
}

/// An external controller deploys it: ECS states its revision in the task set alone.
#[test]
fn law_11_the_revision_of_a_task_set_is_in_use() {
    in_virtual_time_unlogged(async {
        let (lab, wanted) = removal().await;
        batch(&lab);
        for sets in [false, true] {
            let world = lab.sandbox.with_world(|world| world.clone());
            let edit = move |asked: &str, answer: &str| if sets { with_sets(asked, answer) } else { None };
            let lab = Lab::at(world, |sandbox| editing(sandbox.http_client(), edit)).await;
            lab.converge(&wanted).await;
            let (_, plan) = lab.look(&wanted).await;
            let held = held(&plan);
            let stays = |held: &String| held.contains("the service batch in shop uses mailer:1");
            assert!(held.iter().any(stays), "task sets: {sets}: {held:#?}");
        }
    });
}

/// The answer with the services by the name of `batch` as an external controller runs them.
fn with_sets(asked: &str, answer: &str) -> Option<String> {
    let target = asked.split(' ').next().filter(|target| target.ends_with(".DescribeServices"));
    target?;
    let mut body: Value = serde_json::from_str(answer).unwrap_or_default();
    for service in body["services"].as_array_mut().into_iter().flatten() {
        if service["serviceName"] == "batch" {
            let revision = service["taskDefinition"].take();
            service["taskSets"] = json!([{"id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": revision}]);
            service["deployments"] = json!([]);
        }
    }
    Some(body.to_string())
}
