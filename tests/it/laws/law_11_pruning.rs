//! Destroying is guarded: what others use of what nobody wants stays, however they run it.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use evenkeel::model::desired::Desired;
use evenkeel::plan::step::Plan;
use evenkeel::sandbox::{Door, Service};
use serde_json::{Value, json};

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
        for with_sets in [false, true] {
            let world = lab.sandbox.with_world(|world| world.clone());
            let lab = Lab::at(world, |sandbox| Sets { inner: sandbox.http_client(), with_sets }).await;
            lab.converge(&wanted).await;
            let (_, plan) = lab.look(&wanted).await;
            let held = held(&plan);
            let stays = |held: &String| held.contains("the service batch in shop uses mailer:1");
            assert!(held.iter().any(stays), "task sets: {with_sets}: {held:#?}");
        }
    });
}

/// A door that shows services by the name of `batch` as an external controller runs them.
#[derive(Clone, Debug)]
struct Sets {
    inner: Door,
    with_sets: bool,
}

impl HttpClient for Sets {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Sets {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { inner, with_sets } = self.clone();
        let describes = request.headers().get("x-amz-target").is_some_and(|name| name.ends_with(".DescribeServices"));
        HttpConnectorFuture::new(async move {
            let answer = inner.call(request).await?;
            if !(describes && with_sets) {
                return Ok(answer);
            }
            let mut body: Value = serde_json::from_slice(answer.body().bytes().unwrap_or_default()).unwrap_or_default();
            for service in body["services"].as_array_mut().into_iter().flatten() {
                if service["serviceName"] == "batch" {
                    let set = json!({"id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": service["taskDefinition"].take()});
                    service["taskSets"] = json!([set]);
                    service["deployments"] = json!([]);
                }
            }
            let mut changed = HttpResponse::new(answer.status(), SdkBody::from(body.to_string()));
            changed.headers_mut().insert("content-type", "application/x-amz-json-1.1");
            Ok(changed)
        })
    }
}
