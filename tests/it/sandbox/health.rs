//! Health: a container's own check, a load balancer's, both, and the time in which nobody looks.

use aws_sdk_ecs::types::{ContainerDefinition, HealthCheck, LoadBalancer, PortMapping};
use evenkeel::sandbox::ecs::Behaviour;

use crate::sandbox::support::{Aws, breaker, pass};

/// A service behind a load balancer, perhaps with a check of its own.
async fn service(own_check: bool, behaviour: Behaviour, grace: i32) -> Aws {
    let aws = Aws::new();
    aws.sandbox.with_world(|world| world.surroundings.images.set("web:1", behaviour));
    let check = own_check.then(|| HealthCheck::builder().command("CMD-SHELL").command("true").build().unwrap());
    let container = ContainerDefinition::builder()
        .name("web")
        .image("web:1")
        .port_mappings(PortMapping::builder().container_port(80).build())
        .set_health_check(check)
        .build();
    let register = aws.ecs.register_task_definition().family("web").container_definitions(container);
    let register = register.network_mode("awsvpc".into()).requires_compatibilities("FARGATE".into());
    register.cpu("256").memory("512").send().await.unwrap();
    let group = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef";
    let balancer = LoadBalancer::builder().target_group_arn(group).container_name("web").container_port(80).build();
    let create = aws.create_with("web", "web", 1, breaker(false)).load_balancers(balancer);
    create.health_check_grace_period_seconds(grace).send().await.unwrap();
    aws
}

fn with(healthy: bool, healthy_target: bool) -> Behaviour {
    Behaviour { healthy, healthy_target, ..Behaviour::well() }
}

#[tokio::test(start_paused = true)]
async fn a_task_must_pass_its_own_check_and_the_load_balancers() {
    for (own_check, behaviour, reason) in [
        (true, with(true, false), Some("Task failed ELB health checks")),
        (true, with(false, true), Some("Task failed container health checks")),
        (false, with(false, true), None),
        (true, with(true, true), None),
    ] {
        let aws = service(own_check, behaviour, 0).await;
        pass(125).await;
        assert_eq!(aws.stopped_reasons("web").first().map(String::as_str), reason);
    }
}

#[tokio::test(start_paused = true)]
async fn a_services_history_tells_what_its_target_group_sees() {
    let group = "(target-group arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef)";
    let aws = service(false, with(true, true), 0).await;
    pass(120).await;
    assert!(aws.events("web").await.contains(&format!("(service web) registered 1 targets in {group}")));
    aws.ecs.update_service().service("web").desired_count(0).send().await.unwrap();
    let events = aws.events("web").await;
    let [.., draining, deregistered, stopped] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(draining, "(service web) has begun draining connections on 1 tasks.");
    assert_eq!(*deregistered, format!("(service web) deregistered 1 targets in {group}"));
    assert!(stopped.starts_with("(service web) has stopped 1 running tasks: (task "), "{stopped}");
    let aws = service(false, with(true, false), 0).await;
    pass(125).await;
    let unhealthy = format!("(service web) (port 80) is unhealthy in {group} due to (reason Health checks failed).");
    assert!(aws.events("web").await.contains(&unhealthy));
}

#[tokio::test(start_paused = true)]
async fn nobody_looks_while_the_grace_period_lasts() {
    let aws = service(true, with(true, false), 300).await;
    pass(20 + 300 + 80).await;
    assert_eq!(aws.stopped_reasons("web"), [] as [&str; 0]);
    pass(30).await;
    assert_eq!(aws.stopped_reasons("web"), ["Task failed ELB health checks"]);
}

/// A container's check: interval, timeout, retries, start period.
type Settings = Option<[i32; 4]>;

/// The checks of the containers, what those do, and after how many seconds it is told.
type Case<'a> = (&'a [Settings], &'a Behaviour, i64);

/// A service with containers of these checks.
async fn checked(checks: &[Settings], behaviour: &Behaviour) -> Aws {
    let aws = Aws::new();
    aws.sandbox.with_world(|world| world.surroundings.images.set("*", behaviour.clone()));
    let mut register = aws.ecs.register_task_definition().family("web").cpu("256").memory("512");
    for (index, check) in checks.iter().enumerate() {
        let check = match check {
            None => HealthCheck::builder(),
            Some([interval, timeout, retries, start]) => {
                HealthCheck::builder().interval(*interval).timeout(*timeout).retries(*retries).start_period(*start)
            }
        };
        let check = check.command("CMD-SHELL").command("true").build().unwrap();
        let container = ContainerDefinition::builder().name(format!("c{index}")).image("any").health_check(check);
        register = register.container_definitions(container.build());
    }
    let register = register.network_mode("awsvpc".into()).requires_compatibilities("FARGATE".into());
    register.send().await.unwrap();
    aws.create_with("web", "web", 1, breaker(false)).send().await.unwrap();
    aws
}

/// Seconds from RUNNING to the first thing that is said of the health of the first task.
async fn told_after(aws: &Aws) -> i64 {
    for _ in 0..2_000 {
        pass(1).await;
        let told = aws.sandbox.with_world(|world| {
            let tasks = world.ecs.tasks_of("default", "web");
            let task = tasks.first()?;
            let told = task.stop.as_ref().map(|stop| stop.asked).or_else(|| task.healthy.then(|| world.now()))?;
            Some((told.0 - task.started?.0) / 1_000)
        });
        if let Some(told) = told {
            return told;
        }
    }
    panic!("nothing is said")
}

#[tokio::test(start_paused = true)]
async fn the_settings_of_a_containers_check_say_when_its_task_is_healthy_and_when_it_is_not() {
    let fails = with(false, true);
    let cases: [Case<'_>; 8] = [
        (&[None], &Behaviour::well(), 20),
        (&[None], &fails, 90),
        (&[Some([60, 5, 5, 300])], &fails, 600),
        (&[Some([60, 60, 5, 0])], &fails, 300),
        (&[Some([5, 2, 1, 0])], &fails, 5),
        // A check that passes in the start period counts.
        (&[Some([300, 5, 3, 300])], &Behaviour::well(), 200),
        // The slowest container says when a task is healthy, the quickest when it is not.
        (&[Some([30, 5, 3, 0]), Some([60, 5, 3, 0])], &Behaviour::well(), 40),
        (&[Some([30, 5, 3, 0]), Some([60, 5, 3, 0])], &fails, 90),
    ];
    for (checks, behaviour, expected) in cases {
        let told = told_after(&checked(checks, behaviour).await).await;
        assert!((expected..=expected + 1).contains(&told), "{checks:?} {behaviour:?}: {told}, not {expected}");
    }
}
