//! Rolling deployments in time.

use aws_sdk_ecs::types::{
    DeploymentConfiguration, DeploymentRolloutState, ServiceDeploymentRollbackMonitorsStatus, ServiceDeploymentStatus,
};

use crate::sandbox::support::{Aws, breaker, code, pass};

fn percent(least: i32, most: i32) -> DeploymentConfiguration {
    DeploymentConfiguration::builder().minimum_healthy_percent(least).maximum_percent(most).build()
}

/// A service at rest, and a second revision.
async fn at_rest(desired: i32, configuration: DeploymentConfiguration) -> (Aws, String, String) {
    let aws = Aws::new();
    let first = aws.register("web", "web:1", None, &[]).await;
    let second = aws.register("web", "web:2", None, &[]).await;
    aws.create_with("web", &first, desired, configuration).send().await.unwrap();
    pass(600).await;
    assert_eq!(aws.describe("web").await.running_count(), desired);
    (aws, first, second)
}

/// Least and most tasks that were running, over a whole rollout.
async fn extremes(aws: &Aws, seconds: u64) -> (i32, i32) {
    let (mut least, mut most) = (i32::MAX, 0);
    for _ in 0..seconds {
        let service = aws.describe("web").await;
        least = least.min(service.running_count());
        most = most.max(service.running_count() + service.pending_count());
        pass(1).await;
    }
    (least, most)
}

#[tokio::test(start_paused = true)]
async fn a_task_goes_through_its_phases_at_the_given_pace() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    aws.create("web", &definition, 1).await;
    let status = async |aws: &Aws| {
        let tasks = aws.ecs.list_tasks().service_name("web").send().await.unwrap().task_arns.unwrap_or_default();
        if tasks.is_empty() {
            return "none".to_owned();
        }
        let found = aws.ecs.describe_tasks().set_tasks(Some(tasks)).send().await.unwrap();
        found.tasks()[0].last_status().unwrap().to_owned()
    };
    let mut seen = Vec::new();
    for second in 0..70 {
        let now = status(&aws).await;
        if seen.last().is_none_or(|(_, last)| *last != now) {
            seen.push((second, now));
        }
        pass(1).await;
    }
    let expected = [(0, "none"), (2, "PROVISIONING"), (12, "PENDING"), (22, "RUNNING")];
    let seen: Vec<(u64, &str)> = seen.iter().map(|(second, status)| (*second, status.as_str())).collect();
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_pending_then_in_progress_then_successful() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    let created = aws.create("web", &definition, 1).await;
    assert_eq!(created.current_service_deployment(), None, "not named while it is PENDING");
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Pending));
    pass(5).await;
    let running = aws.deployment("web").await;
    assert_eq!(running.status(), Some(&ServiceDeploymentStatus::InProgress));
    assert_eq!(aws.describe("web").await.current_service_deployment(), running.service_deployment_arn());
    let target = running.target_service_revision().unwrap();
    assert_eq!((target.requested_task_count(), target.pending_task_count()), (1, 1));
    // RUNNING at 21.5 s, healthy 40 s later: nobody looks after its health.
    pass(56).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::InProgress));
    pass(1).await;
    let done = aws.deployment("web").await;
    assert_eq!(done.status(), Some(&ServiceDeploymentStatus::Successful));
    assert!(done.started_at().is_some() && done.finished_at().is_some() && done.stopped_at().is_none());
    assert_eq!(done.target_service_revision().unwrap().running_task_count(), 1);
    assert_eq!(done.source_service_revisions(), []);
    let service = aws.describe("web").await;
    assert_eq!(service.current_service_deployment(), None);
    let primary = &service.deployments()[0];
    assert_eq!(primary.rollout_state(), Some(&DeploymentRolloutState::Completed));
    let id = primary.id().unwrap();
    assert_eq!(primary.rollout_state_reason(), Some(format!("ECS deployment {id} completed.").as_str()));
    let events = aws.events("web").await;
    assert!(events[0].starts_with("(service web) has started 1 tasks: (task "), "{events:?}");
    assert_eq!(events[1], format!("(service web) (deployment {id}) deployment completed."));
    assert_eq!(events[2..], ["(service web) has reached a steady state."]);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_a_deployment_is_that_of_its_service_revision() {
    let (aws, first, second) = at_rest(1, percent(100, 200)).await;
    aws.update("web", &second).await;
    pass(30).await;
    let service = aws.describe("web").await;
    assert_eq!(service.deployments().len(), 2);
    let statuses: Vec<_> = service.deployments().iter().filter_map(|deployment| deployment.status()).collect();
    assert_eq!(statuses, ["PRIMARY", "ACTIVE"]);
    for (deployment, revision) in service.deployments().iter().zip(service.current_service_revisions()) {
        let number = deployment.id().unwrap().strip_prefix("ecs-svc/").unwrap();
        assert!(revision.arn().unwrap().ends_with(number));
    }
    let arns = service.current_service_revisions().iter().filter_map(|revision| revision.arn.clone()).collect();
    let found = aws.ecs.describe_service_revisions().set_service_revision_arns(Some(arns)).send().await.unwrap();
    let definitions: Vec<_> =
        found.service_revisions().iter().filter_map(|revision| revision.task_definition()).collect();
    assert_eq!(definitions, [second.as_str(), first.as_str()]);
    let image = &found.service_revisions()[0].container_images()[0];
    assert_eq!((image.container_name(), image.image()), (Some("web"), Some("web:2")));
    assert!(image.image_digest().unwrap().starts_with("sha256:"));
}

#[tokio::test(start_paused = true)]
async fn the_percentages_bound_how_many_run_at_once() {
    for (least, most, desired, expected) in [
        (100, 200, 4, (4, 8)),
        (50, 100, 4, (2, 4)),
        (0, 100, 3, (0, 3)),
        (100, 150, 4, (4, 6)),
        // 50 % of 3 is rounded up to 2, 150 % of 3 down to 4.
        (50, 150, 3, (2, 4)),
    ] {
        let (aws, _, second) = at_rest(desired, percent(least, most)).await;
        aws.update("web", &second).await;
        assert_eq!(extremes(&aws, 400).await, expected, "{least}-{most} of {desired}");
        assert_eq!(aws.describe("web").await.task_definition(), Some(second.as_str()));
        assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Successful));
    }
}

#[tokio::test(start_paused = true)]
async fn without_room_for_a_move_a_rollout_says_so_once_and_is_stuck() {
    let (aws, _, second) = at_rest(3, percent(100, 125)).await;
    aws.update("web", &second).await;
    pass(3_600).await;
    let events = aws.events("web").await;
    let stuck = events.iter().filter(|event| event.contains("because of the service deployment configuration"));
    assert_eq!(stuck.count(), 1, "{events:?}");
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::InProgress));
    aws.ecs.update_service().service("web").deployment_configuration(percent(100, 200)).send().await.unwrap();
    pass(200).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Successful));
}

#[tokio::test(start_paused = true)]
async fn scaling_needs_no_deployment() {
    let (aws, _, _) = at_rest(1, percent(100, 200)).await;
    let scale = |count: i32| aws.ecs.update_service().service("web").desired_count(count).send();
    for count in [5, 2, 0, 1] {
        scale(count).await.unwrap();
        pass(120).await;
        let service = aws.describe("web").await;
        assert_eq!((service.running_count(), service.deployments().len()), (count, 1));
    }
    let list = aws.ecs.list_service_deployments().service("web").send().await.unwrap();
    assert_eq!(list.service_deployments().len(), 1);
    let events = aws.events("web").await;
    assert!(events.last().unwrap().ends_with("has reached a steady state."), "{events:?}");
    assert!(events.iter().any(|event| event.contains("has stopped 3 running tasks")), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_of_no_tasks_is_done_at_once() {
    let (aws, _, second) = at_rest(0, percent(100, 200)).await;
    aws.update("web", &second).await;
    pass(3).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Successful));
}

#[tokio::test(start_paused = true)]
async fn a_newer_deployment_stops_the_one_under_way() {
    let (aws, _, second) = at_rest(2, breaker(true)).await;
    let third = aws.register("web", "web:3", None, &[]).await;
    aws.update("web", &second).await;
    pass(5).await;
    let superseded = aws.deployment("web").await;
    aws.update("web", &third).await;
    let found = aws.ecs.describe_service_deployments();
    let found = found.service_deployment_arns(superseded.service_deployment_arn().unwrap()).send().await.unwrap();
    let superseded = &found.service_deployments()[0];
    assert_eq!(superseded.status(), Some(&ServiceDeploymentStatus::Stopped));
    assert!(superseded.stopped_at().is_some() && superseded.finished_at().is_some());
    let breaker = superseded.deployment_circuit_breaker().unwrap();
    assert_eq!(breaker.status(), Some(&ServiceDeploymentRollbackMonitorsStatus::MonitoringComplete));
    assert_eq!(aws.describe("web").await.deployments().len(), 3);
    pass(2).await;
    let service = aws.describe("web").await;
    assert_eq!(service.deployments().len(), 3, "the superseded one is gone with its tasks, once the new one completes");
    let events = aws.events("web").await;
    assert!(events.contains(&"(service web) stopped 2 pending tasks.".to_owned()), "{events:?}");
    pass(200).await;
    let service = aws.describe("web").await;
    assert_eq!((service.deployments().len(), service.running_count()), (1, 2));
    assert_eq!(service.task_definition(), Some(third.as_str()));
    let list = aws.ecs.list_service_deployments().service("web").send().await.unwrap();
    let statuses: Vec<_> = list.service_deployments().iter().filter_map(|brief| brief.status()).collect();
    let expected =
        [ServiceDeploymentStatus::Successful, ServiceDeploymentStatus::Stopped, ServiceDeploymentStatus::Successful];
    assert_eq!(statuses, expected.iter().collect::<Vec<_>>(), "newest first");
}

#[tokio::test(start_paused = true)]
async fn a_bake_time_keeps_a_healthy_rollout_in_progress() {
    let configuration = DeploymentConfiguration::builder().bake_time_in_minutes(10).build();
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    aws.create_with("web", &definition, 1, configuration).send().await.unwrap();
    pass(600).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::InProgress));
    pass(70).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Successful));
}

#[tokio::test(start_paused = true)]
async fn a_mutable_tag_is_resolved_again_only_by_a_new_deployment() {
    use evenkeel::sandbox::ecs::Behaviour;
    let (aws, _, _) = at_rest(1, percent(100, 200)).await;
    let digests = async || {
        let tasks = aws.ecs.list_tasks().service_name("web").send().await.unwrap().task_arns.unwrap();
        let found = aws.ecs.describe_tasks().set_tasks(Some(tasks)).send().await.unwrap();
        let digests = found.tasks().iter().map(|task| task.containers()[0].image_digest().unwrap().to_owned());
        digests.collect::<std::collections::BTreeSet<String>>()
    };
    let first = digests().await;
    aws.sandbox.with_world(|world| {
        let behaviour = Behaviour { digest: Some("sha256:new".to_owned()), ..Behaviour::well() };
        world.surroundings.images.set("web:1", behaviour);
    });
    aws.ecs.update_service().service("web").desired_count(2).send().await.unwrap();
    pass(120).await;
    assert_eq!(digests().await, first);
    aws.ecs.update_service().service("web").force_new_deployment(true).send().await.unwrap();
    pass(200).await;
    assert_eq!(digests().await, ["sha256:new".to_owned()].into());
}

#[tokio::test(start_paused = true)]
async fn stopped_tasks_are_shown_for_an_hour() {
    let (aws, _, _) = at_rest(1, percent(100, 200)).await;
    let task = aws.ecs.list_tasks().service_name("web").send().await.unwrap().task_arns.unwrap().remove(0);
    aws.ecs.update_service().service("web").desired_count(0).send().await.unwrap();
    pass(5).await;
    let describe = || aws.ecs.describe_tasks().tasks(&task).send();
    let stopping = describe().await.unwrap().tasks.unwrap().remove(0);
    assert_eq!((stopping.last_status(), stopping.desired_status()), (Some("STOPPING"), Some("STOPPED")));
    pass(3_600).await;
    let stopped = describe().await.unwrap().tasks.unwrap().remove(0);
    assert_eq!(stopped.stop_code().map(aws_sdk_ecs::types::TaskStopCode::as_str), Some("ServiceSchedulerInitiated"));
    assert!(stopped.stopped_reason().unwrap().starts_with("Scaling activity initiated by (deployment ecs-svc/"));
    pass(10).await;
    assert_eq!(describe().await.unwrap().failures()[0].reason(), Some("MISSING"));
}

#[tokio::test(start_paused = true)]
async fn history_is_found_by_arn_and_forgotten_with_its_service() {
    let (aws, _, _) = at_rest(1, percent(100, 200)).await;
    let deployment = aws.deployment("web").await;
    let arn = deployment.service_deployment_arn().unwrap();
    let describe =
        |arns: Vec<String>| aws.ecs.describe_service_deployments().set_service_deployment_arns(Some(arns)).send();
    let missing = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/default/web/none".to_owned();
    let found = describe(vec![arn.to_owned(), missing]).await.unwrap();
    assert_eq!((found.service_deployments().len(), found.failures()[0].reason()), (1, Some("MISSING")));
    assert_eq!(code(describe(vec![arn.to_owned(); 21]).await), "InvalidParameterException");
    aws.ecs.delete_service().service("web").force(true).send().await.unwrap();
    pass(5).await;
    assert_eq!(describe(vec![arn.to_owned()]).await.unwrap().failures().len(), 1);
    let none = aws.ecs.list_service_deployments().service("none").send().await;
    assert_eq!(code(none), "ServiceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn there_is_always_room_for_a_task() {
    let aws = Aws::new();
    let container =
        aws_sdk_ecs::types::ContainerDefinition::builder().name("web").image("web:1").memory(30_000).build();
    let register = aws.ecs.register_task_definition().family("large").container_definitions(container);
    register.send().await.unwrap();
    aws.ecs.create_service().service_name("large").task_definition("large").desired_count(500).send().await.unwrap();
    pass(120).await;
    assert_eq!(aws.describe("large").await.running_count(), 500, "on one instance");
}
