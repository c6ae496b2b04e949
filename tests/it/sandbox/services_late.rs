//! Services as a late reader sees them: what calls change is behind, what the scheduler does is not.

use std::time::Duration;

use aws_sdk_ecs::types::{DeploymentRolloutState, ServiceField, Tag};
use evenkeel::sandbox::{Sandbox, World, tokio_clock};

use crate::sandbox::support::{ACCOUNT, Aws, pass};

const LAG: Duration = Duration::from_mins(10);

/// A service of one task at rest, and another revision of its task definition; every reader is late from now on.
async fn at_rest() -> (Aws, String, String) {
    let aws = Aws::new();
    let first = aws.register("web", "web:1", None, &[]).await;
    let second = aws.register("web", "web:2", None, &[]).await;
    aws.create("web", &first, 1).await;
    pass(120).await;
    aws.sandbox.with_world(|world| world.ecs.set_service_lag(LAG));
    (aws, first, second)
}

fn arn() -> String {
    format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:service/default/web")
}

async fn tag(aws: &Aws, value: &str) {
    let tag = Tag::builder().key("team").value(value).build();
    aws.ecs.tag_resource().resource_arn(arn()).tags(tag).send().await.unwrap();
}

async fn tags(aws: &Aws) -> Vec<String> {
    let found = aws.ecs.describe_services().services("web").include(ServiceField::Tags).send().await.unwrap();
    found.services()[0].tags().iter().filter_map(|tag| tag.value.clone()).collect()
}

fn crash(aws: &Aws) {
    aws.sandbox.with_world(|world| {
        let id = world.ecs.tasks_of("default", "web").iter().find(|task| task.is_running()).unwrap().id.clone();
        world.crash_task(&id);
    });
}

#[tokio::test(start_paused = true)]
async fn within_the_lag_a_task_that_crashes_and_a_deployment_that_completes_are_seen() {
    let (aws, _, second) = at_rest().await;
    tag(&aws, "shop").await;
    let told = aws.events("web").await.len();
    crash(&aws);
    pass(1).await;
    assert_eq!(aws.describe("web").await.running_count(), 0, "the task is gone at once");
    assert!(aws.events("web").await.len() > told, "and its replacement is in the history");
    pass(120).await;
    assert_eq!(aws.describe("web").await.running_count(), 1, "as is that it runs");

    pass(LAG.as_secs()).await;
    aws.update("web", &second).await;
    aws.sandbox.with_world(|world| world.ecs.set_service_lag(LAG));
    assert_eq!(aws.describe("web").await.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::InProgress));
    tag(&aws, "other").await;
    pass(240).await;
    let service = aws.describe("web").await;
    assert_eq!(service.deployments().len(), 1);
    assert_eq!(service.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::Completed));
    assert!(aws.events("web").await.last().unwrap().ends_with("has reached a steady state."));
    assert_eq!(tags(&aws).await, ["shop"], "the call is not seen yet");
    pass(LAG.as_secs() - 240).await;
    assert_eq!(tags(&aws).await, ["other"]);
}

#[tokio::test(start_paused = true)]
async fn within_the_lag_a_service_is_seen_without_what_calls_changed() {
    let (aws, first, second) = at_rest().await;
    let before = aws.describe("web").await;
    tag(&aws, "shop").await;
    pass(60).await;
    aws.update("web", &second).await;
    aws.ecs.update_service().service("web").desired_count(2).enable_execute_command(true).send().await.unwrap();
    pass(240).await;
    let service = aws.describe("web").await;
    assert_eq!((service.task_definition(), service.desired_count()), (Some(first.as_str()), 1));
    assert!(!service.enable_execute_command());
    let ids = |service: &aws_sdk_ecs::types::Service| {
        service.deployments().iter().filter_map(|deployment| deployment.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&service), ids(&before), "nor the deployment that it began");
    assert_eq!(service.running_count(), 2, "its tasks are there");
    assert_eq!(tags(&aws).await, [] as [&str; 0]);

    pass(LAG.as_secs() - 300).await;
    assert_eq!(tags(&aws).await, ["shop"], "each call becomes seen for itself");
    assert_eq!(aws.describe("web").await.task_definition(), Some(first.as_str()));
    pass(60).await;
    let service = aws.describe("web").await;
    assert_eq!((service.task_definition(), service.desired_count()), (Some(second.as_str()), 2));
    assert!(service.enable_execute_command() && ids(&service) != ids(&before));

    aws.ecs.delete_service().service("web").force(true).send().await.unwrap();
    pass(60).await;
    let deleted = aws.describe("web").await;
    assert_eq!((deleted.status(), deleted.desired_count(), deleted.running_count()), (Some("ACTIVE"), 2, 0));
    assert_eq!(aws.ecs.list_services().send().await.unwrap().service_arns(), [arn()]);
    aws.create("web", &first, 1).await;
    assert_eq!(aws.describe("web").await.desired_count(), 2, "the old one, still");
    pass(LAG.as_secs()).await;
    let made = aws.describe("web").await;
    assert_eq!((made.status(), made.desired_count()), (Some("ACTIVE"), 1));
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_refused_or_are_of_another_service_hide_nothing() {
    let (aws, _, second) = at_rest().await;
    aws.create("other", &second, 1).await;
    // Changed behind everyone's back, so that only a call could hide it.
    let change = |count: usize| {
        aws.sandbox.with_world(|world| world.ecs.service_mut("default", "web").unwrap().desired_count = count);
    };
    let seen = async || aws.describe("web").await.desired_count();
    aws.ecs.update_service().service("web").task_definition("none").send().await.unwrap_err();
    change(2);
    assert_eq!(seen().await, 2, "a refusal");
    aws.ecs.update_service().service("other").desired_count(2).send().await.unwrap();
    change(3);
    assert_eq!(seen().await, 3, "another service");
    aws.secret("db", "v").await;
    change(4);
    assert_eq!(seen().await, 4, "Secrets Manager");
    aws.ecs.update_service().service("web").desired_count(5).send().await.unwrap();
    assert_eq!(seen().await, 4, "a call of its own");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_seen_yet_is_not_seen_after_the_world_was_written_down_either() {
    let (aws, _, second) = at_rest().await;
    aws.update("web", &second).await;
    pass(20).await;
    let seen = aws.describe("web").await;
    assert_eq!(seen.current_service_deployment(), None, "there was none before the call");
    let (now, text) = aws.sandbox.with_world(|world| (world.now(), serde_json::to_string(world).unwrap()));
    assert!(aws.deployment("web").await.started_at().is_some(), "there is one");
    let world: World = serde_json::from_str(&text).unwrap();
    let again = Aws::on(Sandbox::new(world, tokio_clock(now, 1)));
    assert_eq!(again.describe("web").await, seen);
}
