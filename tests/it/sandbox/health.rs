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
