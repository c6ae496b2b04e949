//! The texts of stopped tasks, and what is read from them.

use evenkeel::model::arn::Arn;
use evenkeel::model::cause::{Cause, of};
use evenkeel::model::task::{Task, TaskContainer};

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf";
const START: &str =
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed:";

fn stopped(code: &str, reason: &str, containers: &[(&str, Option<i64>, Option<&str>)]) -> Task {
    Task {
        arn: Arn::new("arn:aws:ecs:eu-west-1:123456789012:task/shop/0123456789abcdef"),
        task_definition: Arn::new("arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:2"),
        started_by: Some("ecs-svc/1".into()),
        status: "STOPPED".into(),
        health: None,
        created_at: None,
        stop_code: Some(code.into()),
        stopped_reason: Some(reason.into()),
        containers: containers
            .iter()
            .map(|(name, exit_code, reason)| TaskContainer {
                name: (*name).into(),
                image: Some(format!("registry.example/{name}:1")),
                exit_code: *exit_code,
                reason: reason.map(str::to_owned),
            })
            .collect(),
    }
}

#[test]
fn what_ecs_says_of_a_task_that_did_not_start_names_what_is_missing() {
    let retried = "service call has been retried 1 time(s):";
    let fetch = format!(
        "{START} unable to retrieve secret from asm: {retried} failed to fetch secret {SECRET} from secrets manager:"
    );
    let table = [
        (
            format!("{fetch} AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/shop-web-exec/0123 is not authorized to perform: secretsmanager:GetSecretValue on resource: {SECRET} because no identity-based policy allows the secretsmanager:GetSecretValue action"),
            format!("the role shop-web-exec may not secretsmanager:GetSecretValue on {SECRET}"),
        ),
        (
            format!("{fetch} AccessDeniedException: Access to KMS is not allowed"),
            format!("its execution role may not kms:Decrypt on the key of {SECRET}"),
        ),
        (
            format!("{fetch} ResourceNotFoundException: Secrets Manager can't find the specified secret."),
            format!("there is no secret {SECRET}"),
        ),
        (
            format!("ResourceNotFoundException: The task can't retrieve the secret with ARN '{SECRET}' from AWS Secrets Manager. Check whether the secret exists in the specified Region"),
            format!("there is no secret {SECRET}"),
        ),
        (
            format!("{fetch} ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: BLUE"),
            format!("the secret {SECRET} has no stage BLUE"),
        ),
        (
            format!("{fetch} ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: 1111"),
            format!("the secret {SECRET} has no version 1111"),
        ),
        (
            format!("{fetch} InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."),
            format!("the secret {SECRET} waits for its deletion"),
        ),
        (
            format!("{START} unable to retrieve secret from asm: {retried} retrieved secret from Secrets Manager did not contain json key pasword"),
            "the secret's JSON has no key pasword".into(),
        ),
        (
            format!("{START} unable to retrieve secrets from ssm: {retried} invalid parameters: /shop/a,/shop/b"),
            "there is no parameter /shop/a,/shop/b".into(),
        ),
        (
            format!("{START} unable to retrieve secrets from ssm: {retried} RequestCanceled: context deadline exceeded"),
            "Systems Manager cannot be reached from its network".into(),
        ),
        (
            format!("{START} unable to retrieve ecr registry auth: {retried} dial tcp 10.0.0.1:443: i/o timeout. Please check your task network configuration"),
            "the image registry cannot be reached from its network".into(),
        ),
        (
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/library/web:2: docker.io/library/web:2: not found".into(),
            "there is no image docker.io/library/web:2".into(),
        ),
        (
            "CannotPullContainerError: pull access denied for acme/web, repository does not exist or may require authorization".into(),
            "CannotPullContainerError: pull access denied for acme/web, repository does not exist or may require authorization".into(),
        ),
        (
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1: 403 Forbidden".into(),
            "its execution role may not ecr:BatchGetImage".into(),
        ),
        (
            "ResourceInitializationError: failed to download env files: file download command: non empty error stream: service call has been retried 1 time(s): AccessDenied: Access Denied status code: 403".into(),
            "its execution role may not s3:GetObject".into(),
        ),
        (
            "CannotPullContainerError: Error response from daemon: manifest unknown".into(),
            "there is no image registry.example/web:1".into(),
        ),
        (
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1".into(),
            "its log group does not exist".into(),
        ),
        ("something that ECS has never said before.".into(), "something that ECS has never said before".into()),
    ];
    for (text, expected) in table {
        let cause = of(&stopped("TaskFailedToStart", &text, &[("web", None, None)])).unwrap();
        assert_eq!(cause.to_string(), expected, "{text}");
    }
}

#[test]
fn a_container_that_ended_is_named_with_its_code_and_the_one_that_failed_before_one_that_was_done() {
    let exited =
        |containers: &[_]| of(&stopped("EssentialContainerExited", "Essential container in task exited", containers));
    let web = |code| Cause::Exited { container: "web".into(), code };
    assert_eq!(exited(&[("init", Some(0), None), ("web", Some(137), None)]), Some(web(137)));
    assert_eq!(exited(&[("web", Some(0), None)]), Some(web(0)));
    let killed = "OutOfMemoryError: Container killed due to memory usage";
    assert_eq!(
        exited(&[("init", Some(0), None), ("web", Some(137), Some(killed))]),
        Some(Cause::OutOfMemory { container: "web".into() })
    );
}

#[test]
fn a_container_that_ecs_stopped_after_another_had_ended_is_not_the_cause() {
    let exited = |containers: &[_]| {
        of(&stopped("EssentialContainerExited", "Essential container in task exited", containers)).unwrap().to_string()
    };
    let web = |code| format!("container web ended with exit code {code}");
    for stopped in [143, 137] {
        assert_eq!(exited(&[("envoy", Some(stopped), None), ("web", Some(1), None)]), web(1));
        assert_eq!(exited(&[("web", Some(1), None), ("envoy", Some(stopped), None)]), web(1));
    }
    assert_eq!(exited(&[("envoy", Some(143), None), ("web", Some(0), None)]), web(0));
    assert_eq!(exited(&[("envoy", Some(143), None), ("web", Some(137), None)]), web(137));
    assert_eq!(exited(&[("web", Some(143), None)]), web(143));
    assert_eq!(exited(&[("envoy", None, None), ("web", Some(1), None)]), web(1));
    let scaled = of(&stopped("TaskFailedToStart", "", &[("init", Some(0), None), ("web", Some(143), None)])).unwrap();
    assert_eq!(scaled.to_string(), web(143));
}

#[test]
fn health_checks_are_told_apart() {
    let unhealthy = |reason: &str| of(&stopped("ServiceSchedulerInitiated", reason, &[])).unwrap().to_string();
    assert_eq!(
        unhealthy("Task failed ELB health checks in (target-group arn:x)"),
        "the load balancer's health check failed"
    );
    assert_eq!(unhealthy("Task failed container health checks"), "the container's own health check failed");
}

#[test]
fn a_task_that_was_to_stop_has_no_cause() {
    let scaled = "Scaling activity initiated by (deployment ecs-svc/1)";
    assert_eq!(of(&stopped("ServiceSchedulerInitiated", scaled, &[("web", Some(0), None)])), None);
    let mut running = stopped("", "", &[]);
    (running.status, running.stop_code, running.stopped_reason) = ("RUNNING".into(), None, None);
    assert_eq!(of(&running), None);
}

#[test]
fn every_cause_but_ecs_own_words_comes_with_advice() {
    assert_eq!(Cause::Other("words".into()).advice(), None);
    assert!(Cause::NoLogGroup.advice().is_some());
    assert!(Cause::Exited { container: "web".into(), code: 1 }.advice().is_some());
}
