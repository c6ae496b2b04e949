//! Rollouts that fail: the circuit breaker, the way back, and no way back.

use std::time::Duration;

use aws_sdk_ecs::types::{
    DeploymentCircuitBreaker, DeploymentConfiguration, DeploymentRolloutState, HealthCheck, ServiceDeployment,
    ServiceDeploymentRollbackMonitorsStatus, ServiceDeploymentStatus, StopServiceDeploymentStopType,
    ThresholdConfiguration, ThresholdType,
};
use evenkeel::sandbox::ecs::Behaviour;

use crate::sandbox::support::{Aws, breaker, code, network, pass};

fn script(aws: &Aws, image: &str, behaviour: Behaviour) {
    aws.sandbox.with_world(|world| world.surroundings.images.set(image, behaviour));
}

/// A service at rest on `web:1`, and revisions of the images `web:2` and `web:3`.
async fn at_rest(desired: i32, configuration: DeploymentConfiguration) -> (Aws, [String; 3]) {
    let aws = Aws::new();
    let mut revisions = Vec::new();
    for image in ["web:1", "web:2", "web:3"] {
        revisions.push(aws.register("web", image, None, &[]).await);
    }
    aws.create_with("web", &revisions[0], desired, configuration).send().await.unwrap();
    pass(300).await;
    (aws, revisions.try_into().unwrap())
}

async fn states(aws: &Aws) -> Vec<(String, DeploymentRolloutState, String)> {
    let service = aws.describe("web").await;
    let entry = |deployment: &aws_sdk_ecs::types::Deployment| {
        let reason = deployment.rollout_state_reason().unwrap().to_owned();
        (deployment.status().unwrap().to_owned(), deployment.rollout_state().unwrap().clone(), reason)
    };
    service.deployments().iter().map(entry).collect()
}

fn failures(deployment: &ServiceDeployment) -> (ServiceDeploymentRollbackMonitorsStatus, i32, i32) {
    let breaker = deployment.deployment_circuit_breaker().unwrap();
    (breaker.status().unwrap().clone(), breaker.failure_count(), breaker.threshold())
}

#[tokio::test(start_paused = true)]
async fn a_failed_rollout_goes_back_to_the_last_completed_deployment() {
    let (aws, [first, second, _]) = at_rest(1, breaker(true)).await;
    let completed = aws.describe("web").await.deployments()[0].id().unwrap().to_owned();
    script(&aws, "web:2", Behaviour::missing());
    aws.update("web", &second).await;
    let failing = aws.describe("web").await.deployments()[0].id().unwrap().to_owned();
    // Started at 1.5, 24.5, 52.5 s: each fails 18 s later, the waits are 5 and 10 s.
    pass(70).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::InProgress));
    assert_eq!(failures(&aws.deployment("web").await).1, 2);
    pass(1).await;

    let service = aws.describe("web").await;
    assert_eq!(service.task_definition(), Some(first.as_str()), "the service is set back");
    let expected = [
        (
            "PRIMARY".to_owned(),
            DeploymentRolloutState::InProgress,
            format!("ECS deployment circuit breaker: rolling back to deploymentId {completed}."),
        ),
        (
            "ACTIVE".to_owned(),
            DeploymentRolloutState::Failed,
            "ECS deployment circuit breaker: tasks failed to start.".to_owned(),
        ),
    ];
    assert_eq!(states(&aws).await, expected);
    let rolling = aws.deployment("web").await;
    assert_eq!(rolling.status(), Some(&ServiceDeploymentStatus::RollbackInProgress));
    assert_eq!(service.current_service_deployment(), rolling.service_deployment_arn(), "the same move goes on");

    pass(120).await;
    let done = aws.deployment("web").await;
    assert_eq!(done.status(), Some(&ServiceDeploymentStatus::RollbackSuccessful));
    let reason = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
    assert_eq!(done.status_reason(), Some(reason));
    assert_eq!(failures(&done).0, ServiceDeploymentRollbackMonitorsStatus::Triggered);
    let revision = done.rollback().unwrap().service_revision_arn().unwrap();
    assert!(revision.ends_with(completed.strip_prefix("ecs-svc/").unwrap()), "no new service revision");
    let service = aws.describe("web").await;
    assert_eq!((service.deployments().len(), service.running_count()), (1, 1));
    assert_eq!(service.deployments()[0].id(), Some(completed.as_str()));
    let list = aws.ecs.list_service_deployments().service("web").send().await.unwrap();
    assert_eq!(list.service_deployments().len(), 2, "no service deployment of its own");
    let events = aws.events("web").await;
    for event in [
        format!("(service web) (deployment {failing}) deployment failed: tasks failed to start."),
        format!("(service web) rolling back to deployment {completed}."),
        format!("(service web) (deployment {completed}) deployment completed."),
    ] {
        assert!(events.contains(&event), "{event} in {events:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_deployment_is_shown_until_its_tasks_are_gone() {
    let (aws, [_, second, _]) = at_rest(2, breaker(true)).await;
    let check = HealthCheck::builder().command("CMD").command("true").build().unwrap();
    let container =
        aws_sdk_ecs::types::ContainerDefinition::builder().name("web").image("bad").health_check(check).build();
    let made =
        aws.ecs.register_task_definition().family("web").container_definitions(container).network_mode("awsvpc".into());
    let made = made.requires_compatibilities("FARGATE".into()).cpu("256").memory("512").send().await.unwrap();
    let unhealthy = made.task_definition.unwrap().task_definition_arn.unwrap();
    assert_ne!(unhealthy, second);
    script(&aws, "bad", Behaviour::unhealthy());
    aws.update("web", &unhealthy).await;
    let mut seen = None;
    for _ in 0..600 {
        pass(1).await;
        let states = states(&aws).await;
        if let [_, (status, state, reason)] = states.as_slice()
            && *state == DeploymentRolloutState::Failed
        {
            seen = Some((status.clone(), reason.clone()));
            break;
        }
    }
    let reason = "ECS deployment circuit breaker: tasks failed to start.".to_owned();
    assert_eq!(seen, Some(("ACTIVE".to_owned(), reason)));
    pass(120).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::RollbackSuccessful));
    assert_eq!(aws.describe("web").await.running_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_takes_all_fields_of_the_revision_back() {
    let (aws, _) = at_rest(1, breaker(true)).await;
    script(&aws, "web:1", Behaviour::missing());
    let update = aws.ecs.update_service().service("web").network_configuration(network(&["subnet-z"]));
    update.send().await.unwrap();
    pass(200).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::RollbackSuccessful));
    let service = aws.describe("web").await;
    let vpc = service.network_configuration().and_then(|network| network.awsvpc_configuration()).unwrap();
    assert_eq!(vpc.subnets(), ["subnet-b", "subnet-a"]);
}

#[tokio::test(start_paused = true)]
async fn without_rollback_a_service_stays_on_its_failed_deployment() {
    let (aws, [_, second, third]) = at_rest(1, breaker(false)).await;
    script(&aws, "web:2", Behaviour::missing());
    aws.update("web", &second).await;
    pass(300).await;
    let failed = aws.deployment("web").await;
    assert_eq!(failed.status(), Some(&ServiceDeploymentStatus::Stopped));
    assert!(failed.stopped_at().is_some() && failed.rollback().is_none());
    assert_eq!(failures(&failed), (ServiceDeploymentRollbackMonitorsStatus::Triggered, 3, 3));
    let service = aws.describe("web").await;
    assert_eq!(service.task_definition(), Some(second.as_str()));
    assert_eq!(service.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::Failed));
    assert_eq!(service.running_count(), 1, "the old task still serves");
    let started = aws.sandbox.with_world(|world| world.ecs.tasks_of("default", "web").len());
    pass(3_000).await;
    let later = aws.sandbox.with_world(|world| world.ecs.tasks_of("default", "web").len());
    assert_eq!(started, later, "a failed deployment starts no task");
    aws.update("web", &third).await;
    pass(200).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Successful));
    assert_eq!(aws.describe("web").await.deployments().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_first_deployment_has_no_way_back() {
    let aws = Aws::new();
    script(&aws, "web:*", Behaviour::missing());
    let definition = aws.register("web", "web:1", None, &[]).await;
    aws.create_with("web", &definition, 1, breaker(true)).send().await.unwrap();
    pass(200).await;
    let failed = aws.deployment("web").await;
    assert_eq!(failed.status(), Some(&ServiceDeploymentStatus::RollbackFailed));
    assert_eq!(failed.status_reason(), Some("No rollback candidate was found to run the rollback."));
    let service = aws.describe("web").await;
    assert_eq!(service.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::Failed));
    assert_eq!((service.running_count(), service.pending_count()), (0, 0));
}

/// Facts 4.5, "trap": while a rollback runs there is no COMPLETED deployment.
#[tokio::test(start_paused = true)]
async fn a_deployment_that_interrupts_a_rollback_and_fails_has_no_way_back() {
    let (aws, [_, second, third]) = at_rest(1, breaker(true)).await;
    for image in ["web:2", "web:3"] {
        script(&aws, image, Behaviour::missing());
    }
    aws.update("web", &second).await;
    pass(80).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::RollbackInProgress));
    aws.update("web", &third).await;
    pass(200).await;
    let failed = aws.deployment("web").await;
    assert_eq!(failed.status(), Some(&ServiceDeploymentStatus::RollbackFailed));
    let service = aws.describe("web").await;
    assert_eq!(service.task_definition(), Some(third.as_str()));
    assert_eq!(service.running_count(), 1, "what ran before still runs");
    let list = aws.ecs.list_service_deployments().service("web").send().await.unwrap();
    assert_eq!(list.service_deployments()[1].status(), Some(&ServiceDeploymentStatus::Stopped));
}

#[tokio::test(start_paused = true)]
async fn without_a_breaker_a_rollout_is_retried_for_ever_with_growing_waits() {
    let (aws, [_, second, _]) = at_rest(1, DeploymentConfiguration::builder().build()).await;
    script(&aws, "web:2", Behaviour::missing());
    aws.update("web", &second).await;
    pass(7 * 86_400).await;
    let running = aws.deployment("web").await;
    assert_eq!(running.status(), Some(&ServiceDeploymentStatus::InProgress));
    assert_eq!(failures(&running).0, ServiceDeploymentRollbackMonitorsStatus::Disabled);
    let service = aws.describe("web").await;
    assert_eq!(service.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::InProgress));
    let failed = service.deployments()[0].failed_tasks();
    assert!((600..700).contains(&failed), "a week in steps of 15 minutes: {failed}");
    let events = aws.sandbox.with_world(|world| {
        let shown = world.ecs.service("default", "web").unwrap();
        shown.messages().filter(|event| event.contains("unable to consistently start tasks")).count()
    });
    assert_eq!(events, 0, "said once, and long out of the newest hundred");
    script(&aws, "web:2", Behaviour::well());
    pass(1_200).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Successful));
    assert_eq!(aws.describe("web").await.deployments()[0].failed_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_says_once_that_its_tasks_do_not_start() {
    let (aws, [_, second, _]) = at_rest(1, DeploymentConfiguration::builder().build()).await;
    script(&aws, "web:2", Behaviour::missing());
    aws.update("web", &second).await;
    pass(3_600).await;
    let events = aws.events("web").await;
    let said = events.iter().filter(|event| event.starts_with("(service web) is unable to consistently start tasks"));
    assert_eq!(said.count(), 1, "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_newer_definition_forgets_the_waits() {
    let (aws, [_, second, third]) = at_rest(1, DeploymentConfiguration::builder().build()).await;
    script(&aws, "web:2", Behaviour::missing());
    aws.update("web", &second).await;
    pass(86_400).await;
    aws.update("web", &third).await;
    pass(120).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Successful));
}

#[tokio::test(start_paused = true)]
async fn a_container_that_exits_before_it_is_healthy_counts_as_failed() {
    let (aws, [first, second, _]) = at_rest(1, breaker(true)).await;
    script(&aws, "web:2", Behaviour::exiting(3, Duration::from_secs(1)));
    aws.update("web", &second).await;
    pass(400).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::RollbackSuccessful));
    assert_eq!(aws.describe("web").await.task_definition(), Some(first.as_str()));
    let arns = aws.ecs.list_tasks().service_name("web").desired_status("STOPPED".into()).send().await.unwrap();
    let stopped = aws.ecs.describe_tasks().set_tasks(arns.task_arns).send().await.unwrap();
    let crashed = stopped.tasks().iter().find(|task| task.containers()[0].exit_code() == Some(3)).unwrap();
    assert_eq!(crashed.stop_code().map(aws_sdk_ecs::types::TaskStopCode::as_str), Some("EssentialContainerExited"));
    assert_eq!(crashed.stopped_reason(), Some("Essential container in task exited"));
}

#[tokio::test(start_paused = true)]
async fn a_container_that_exits_later_is_replaced_and_counts_for_nothing() {
    let (aws, [_, second, _]) = at_rest(1, breaker(true)).await;
    script(&aws, "web:2", Behaviour::exiting(0, Duration::from_mins(10)));
    aws.update("web", &second).await;
    pass(86_400).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Successful));
    let service = aws.describe("web").await;
    assert_eq!(service.deployments()[0].failed_tasks(), 0);
    assert_eq!(service.running_count() + service.pending_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_crashed_task_of_a_steady_service_is_replaced_at_once() {
    let (aws, _) = at_rest(2, breaker(true)).await;
    aws.sandbox.with_world(|world| {
        let task = world.ecs.tasks_of("default", "web")[0].id.clone();
        world.crash_task(&task);
        world.crash_task(&task);
    });
    let service = aws.describe("web").await;
    assert_eq!((service.running_count(), service.pending_count()), (1, 1));
    assert_eq!(service.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::Completed));
    pass(120).await;
    assert_eq!(aws.describe("web").await.running_count(), 2);
    assert!(aws.events("web").await.last().unwrap().ends_with("has reached a steady state."));
}

#[tokio::test(start_paused = true)]
async fn the_threshold_is_half_of_the_count_between_3_and_200_unless_set() {
    let configured = |kind: ThresholdType, value: i32| {
        let threshold = ThresholdConfiguration::builder().r#type(kind).value(value).build().unwrap();
        let breaker =
            DeploymentCircuitBreaker::builder().enable(true).rollback(true).threshold_configuration(threshold);
        DeploymentConfiguration::builder().deployment_circuit_breaker(breaker.build()).build()
    };
    for (desired, configuration, expected) in [
        (1, breaker(true), 3),
        (7, breaker(true), 4),
        (1_000, breaker(true), 200),
        (1, configured(ThresholdType::Count, 7), 7),
        (100, configured(ThresholdType::BoundedPercent, 10), 10),
        (10, configured(ThresholdType::BoundedPercent, 10), 3),
        (10, configured(ThresholdType::UnboundedPercent, 10), 1),
        (1_000, configured(ThresholdType::UnboundedPercent, 100), 1_000),
    ] {
        let aws = Aws::new();
        let definition = aws.register("web", "web:1", None, &[]).await;
        aws.create_with("web", &definition, desired, configuration).send().await.unwrap();
        assert_eq!(failures(&aws.deployment("web").await).2, expected, "{desired}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_healthy_task_resets_the_count_unless_told_otherwise() {
    for (resets, expected) in [(true, 0), (false, 2)] {
        let breaker =
            DeploymentCircuitBreaker::builder().enable(true).rollback(true).reset_on_healthy_task(resets).build();
        let (aws, [_, second, _]) = at_rest(
            1,
            DeploymentConfiguration::builder().deployment_circuit_breaker(breaker).bake_time_in_minutes(5).build(),
        )
        .await;
        pass(300).await;
        script(&aws, "web:2", Behaviour::missing());
        aws.update("web", &second).await;
        pass(60).await;
        script(&aws, "web:2", Behaviour::well());
        pass(100).await;
        let deployment = aws.deployment("web").await;
        assert_eq!(deployment.status(), Some(&ServiceDeploymentStatus::InProgress), "it bakes");
        assert_eq!(failures(&deployment).1, expected, "resets: {resets}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_goes_back_even_without_a_breaker() {
    let (aws, [first, second, _]) = at_rest(1, DeploymentConfiguration::builder().build()).await;
    script(&aws, "web:2", Behaviour::missing());
    aws.update("web", &second).await;
    pass(30).await;
    let arn = aws.deployment("web").await.service_deployment_arn.unwrap();
    let stop = |kind: StopServiceDeploymentStopType| {
        aws.ecs.stop_service_deployment().service_deployment_arn(&arn).stop_type(kind).send()
    };
    stop(StopServiceDeploymentStopType::Rollback).await.unwrap();
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::RollbackRequested));
    stop(StopServiceDeploymentStopType::Rollback).await.unwrap();
    pass(120).await;
    let done = aws.deployment("web").await;
    assert_eq!(done.status(), Some(&ServiceDeploymentStatus::RollbackSuccessful));
    assert_eq!(aws.describe("web").await.task_definition(), Some(first.as_str()));
    assert_eq!(code(stop(StopServiceDeploymentStopType::Rollback).await), "ConflictException");
    let none = aws.ecs.stop_service_deployment().service_deployment_arn("arn:none").send().await;
    assert_eq!(code(none), "ServiceDeploymentNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn an_abort_stops_where_it_is() {
    let (aws, [_, second, _]) = at_rest(1, DeploymentConfiguration::builder().build()).await;
    script(&aws, "web:2", Behaviour::missing());
    aws.update("web", &second).await;
    pass(30).await;
    let arn = aws.deployment("web").await.service_deployment_arn.unwrap();
    let stop =
        aws.ecs.stop_service_deployment().service_deployment_arn(&arn).stop_type(StopServiceDeploymentStopType::Abort);
    stop.send().await.unwrap();
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::StopRequested));
    pass(60).await;
    assert_eq!(aws.deployment("web").await.status(), Some(&ServiceDeploymentStatus::Stopped));
    assert_eq!(aws.describe("web").await.task_definition(), Some(second.as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_fails_too_ends_there() {
    let (aws, [_, second, _]) = at_rest(2, breaker(true)).await;
    let loose = DeploymentConfiguration::builder().minimum_healthy_percent(0).maximum_percent(100).build();
    let update = aws.ecs.update_service().service("web").deployment_configuration(loose);
    update.availability_zone_rebalancing("DISABLED".into()).send().await.unwrap();
    script(&aws, "web:*", Behaviour::missing());
    aws.update("web", &second).await;
    pass(600).await;
    let failed = aws.deployment("web").await;
    assert_eq!(failed.status(), Some(&ServiceDeploymentStatus::RollbackFailed));
    assert!(failed.rollback().is_some());
    assert_eq!(aws.describe("web").await.running_count(), 0);
}
