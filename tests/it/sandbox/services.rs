//! Services as settings: creation, defaults, updates, deletion, tags.

use aws_sdk_ecs::types::{
    AvailabilityZoneRebalancing, ContainerDefinition, DeploymentConfiguration, DeploymentRolloutState,
    DeploymentStrategy, LaunchType, PlacementStrategy, PlacementStrategyType, PropagateTags, SchedulingStrategy,
    ServiceField, Tag,
};

use crate::sandbox::support::{ACCOUNT, Aws, breaker, code, network, pass, refusal};

async fn with_service() -> (Aws, String) {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    aws.create("web", &definition, 1).await;
    pass(120).await;
    (aws, definition)
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_comes_back_filled() {
    let (aws, definition) = with_service().await;
    let service = aws.describe("web").await;
    assert_eq!(service.service_arn(), Some(format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:service/default/web").as_str()));
    assert_eq!(service.cluster_arn(), Some(format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/default").as_str()));
    assert_eq!(service.task_definition(), Some(definition.as_str()));
    assert_eq!(service.status(), Some("ACTIVE"));
    assert_eq!(service.scheduling_strategy(), Some(&SchedulingStrategy::Replica));
    assert_eq!(service.deployment_controller().map(|controller| controller.r#type().as_str()), Some("ECS"));
    assert_eq!(service.availability_zone_rebalancing(), Some(&AvailabilityZoneRebalancing::Enabled));
    assert_eq!(service.propagate_tags(), Some(&PropagateTags::None));
    assert_eq!(service.health_check_grace_period_seconds(), Some(0));
    assert_eq!((service.platform_version(), service.platform_family()), (Some("LATEST"), Some("Linux")));
    assert!(!service.enable_execute_command() && !service.enable_ecs_managed_tags());
    assert!(service.placement_constraints.is_some() && service.load_balancers.is_some());
    assert!(service.role_arn().is_some() && service.created_by().is_some());
    let configuration = service.deployment_configuration().unwrap();
    assert_eq!((configuration.minimum_healthy_percent(), configuration.maximum_percent()), (Some(100), Some(200)));
    assert_eq!(configuration.strategy(), Some(&DeploymentStrategy::Rolling));
    assert_eq!(configuration.bake_time_in_minutes(), Some(0));
    let breaker = configuration.deployment_circuit_breaker().unwrap();
    assert!(!breaker.enable() && !breaker.rollback());
    let vpc = service.network_configuration().and_then(|network| network.awsvpc_configuration()).unwrap();
    assert_eq!(vpc.assign_public_ip().map(aws_sdk_ecs::types::AssignPublicIp::as_str), Some("DISABLED"));
    assert_eq!(vpc.subnets(), ["subnet-b", "subnet-a"], "subnets are a set");
}

#[tokio::test(start_paused = true)]
async fn a_name_is_taken_until_the_service_is_inactive() {
    let (aws, definition) = with_service().await;
    let again = || aws.create_with("web", &definition, 1, DeploymentConfiguration::builder().build());
    let expected = ("InvalidParameterException".to_owned(), "Creation of service was not idempotent.".to_owned());
    assert_eq!(refusal(again().send().await), expected);
    let delete = |force: bool| aws.ecs.delete_service().service("web").force(force).send();
    let (_, message) = refusal(delete(false).await);
    assert_eq!(message, "The service cannot be stopped while it is scaled above 0.");
    let deleted = delete(true).await.unwrap().service.unwrap();
    assert_eq!(deleted.status(), Some("DRAINING"));
    assert_eq!(refusal(again().send().await), expected);
    assert_eq!(aws.ecs.list_services().send().await.unwrap().service_arns(), [] as [&str; 0]);
    pass(2).await;
    assert_eq!(aws.describe("web").await.status(), Some("INACTIVE"));
    assert_eq!(code(delete(true).await), "ServiceNotFoundException");
    assert_eq!(
        code(aws.ecs.update_service().service("web").desired_count(1).send().await),
        "ServiceNotActiveException"
    );
    let created = again().send().await.unwrap().service.unwrap();
    assert_eq!((created.status(), created.events().len()), (Some("ACTIVE"), 0));
}

#[tokio::test(start_paused = true)]
async fn the_same_token_with_the_same_parameters_is_the_same_call() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    let create = |token: &str, desired: i32| {
        let create = aws.create_with("web", &definition, desired, DeploymentConfiguration::builder().build());
        create.client_token(token).send()
    };
    let first = create("t", 1).await.unwrap().service.unwrap();
    let again = create("t", 1).await.unwrap().service.unwrap();
    assert_eq!(first.deployments()[0].id(), again.deployments()[0].id());
    assert_eq!(code(create("t", 2).await), "InvalidParameterException");
    assert_eq!(code(create("u", 1).await), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn only_the_named_fields_start_a_deployment() {
    let (aws, definition) = with_service().await;
    let update = || aws.ecs.update_service().service("web");
    let id = async || aws.describe("web").await.deployments()[0].id().unwrap().to_owned();
    let quiet = [
        ("the count", update().desired_count(2)),
        ("the same definition", update().task_definition(&definition)),
        ("the same definition by family", update().task_definition("web")),
        ("the deployment configuration", update().deployment_configuration(breaker(true))),
        ("execute command", update().enable_execute_command(true)),
        ("tags to propagate", update().propagate_tags(PropagateTags::Service)),
        ("the grace period", update().health_check_grace_period_seconds(10)),
        ("rebalancing", update().availability_zone_rebalancing(AvailabilityZoneRebalancing::Disabled)),
        ("managed tags", update().enable_ecs_managed_tags(true)),
    ];
    let mut last = id().await;
    for (what, update) in quiet {
        update.send().await.unwrap();
        assert_eq!(id().await, last, "{what}");
    }
    let loud = [
        ("the network", update().network_configuration(network(&["subnet-c"]))),
        ("the platform", update().platform_version("1.4.0")),
        ("force", update().force_new_deployment(true)),
    ];
    for (what, update) in loud {
        update.send().await.unwrap();
        assert_ne!(id().await, last, "{what}");
        last = id().await;
    }
    let next = aws.register("web", "web:2", None, &[]).await;
    aws.update("web", &next).await;
    assert_ne!(id().await, last);
}

#[tokio::test(start_paused = true)]
async fn what_an_update_does_not_send_stays() {
    let (aws, _) = with_service().await;
    let configuration = DeploymentConfiguration::builder().maximum_percent(150).build();
    aws.ecs.update_service().service("web").deployment_configuration(breaker(true)).send().await.unwrap();
    aws.ecs.update_service().service("web").deployment_configuration(configuration).send().await.unwrap();
    let service = aws.describe("web").await;
    let configuration = service.deployment_configuration().unwrap();
    assert_eq!((configuration.minimum_healthy_percent(), configuration.maximum_percent()), (Some(100), Some(150)));
    assert!(configuration.deployment_circuit_breaker().unwrap().enable());
    assert_eq!(service.launch_type(), Some(&LaunchType::Fargate));
    assert_eq!(service.desired_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_inactive_or_missing_revision_is_refused_but_one_in_use_goes_on() {
    let (aws, first) = with_service().await;
    let second = aws.register("web", "web:2", None, &[]).await;
    for arn in [&first, &second] {
        aws.ecs.deregister_task_definition().task_definition(arn).send().await.unwrap();
    }
    let update = |arn: &str| aws.ecs.update_service().service("web").task_definition(arn).send();
    let inactive = ("ClientException".to_owned(), "TaskDefinition is inactive".to_owned());
    assert_eq!(refusal(update(&second).await), inactive);
    assert_eq!(refusal(update("web:9").await).1, "TaskDefinition not found.");
    aws.ecs.update_service().service("web").desired_count(3).send().await.unwrap();
    pass(120).await;
    assert_eq!(aws.describe("web").await.running_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn create_only_fields_are_unknown_to_an_update() {
    let (aws, _) = with_service().await;
    for member in ["launchType", "tags", "schedulingStrategy", "role", "clientToken"] {
        let body = format!(r#"{{"service":"web","{member}":"x"}}"#);
        let request = evenkeel::sandbox::Request {
            service: evenkeel::sandbox::Service::Ecs,
            operation: "UpdateService".to_owned(),
            region: "eu-west-1".to_owned(),
            body: body.into_bytes(),
        };
        let response = aws.sandbox.call(&request).unwrap();
        let text = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status, 400);
        assert!(text.contains("SerializationException") && text.contains(member), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_sandbox_does_not_offer_it_refuses() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    let create = aws.create_with("web", &definition, 1, DeploymentConfiguration::builder().build());
    let controller = aws_sdk_ecs::types::DeploymentController::builder();
    let controller = controller.r#type(aws_sdk_ecs::types::DeploymentControllerType::CodeDeploy).build().unwrap();
    assert_eq!(code(create.deployment_controller(controller).send().await), "UnsupportedFeatureException");
}

/// A definition that runs on instances.
async fn on_instances(aws: &Aws) -> String {
    let port = aws_sdk_ecs::types::PortMapping::builder().container_port(80).build();
    let container =
        ContainerDefinition::builder().name("agent").image("agent:1").memory(64).port_mappings(port).build();
    let call = aws.ecs.register_task_definition().family("agent").container_definitions(container);
    call.send().await.unwrap().task_definition.unwrap().task_definition_arn.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_daemon_service_runs_one_task_on_each_instance_and_takes_no_count() {
    let aws = Aws::new();
    let definition = on_instances(&aws).await;
    let daemon = || {
        let create = aws.ecs.create_service().service_name("agent").task_definition(&definition);
        create.scheduling_strategy(SchedulingStrategy::Daemon)
    };
    assert_eq!(code(daemon().desired_count(1).send().await), "InvalidParameterException");
    assert_eq!(code(daemon().launch_type(LaunchType::Fargate).send().await), "InvalidParameterException");
    daemon().send().await.unwrap();
    pass(120).await;
    let service = aws.describe("agent").await;
    assert_eq!((service.desired_count(), service.running_count()), (1, 1));
    let bounds = service.deployment_configuration().unwrap();
    assert_eq!((bounds.minimum_healthy_percent(), bounds.maximum_percent()), (Some(0), Some(100)));
    let listed = async |strategy| {
        let list = aws.ecs.list_services().scheduling_strategy(strategy).send().await.unwrap();
        list.service_arns().len()
    };
    assert_eq!((listed(SchedulingStrategy::Daemon).await, listed(SchedulingStrategy::Replica).await), (1, 0));
    let update = aws.ecs.update_service().service("agent").desired_count(2);
    assert_eq!(code(update.send().await), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn a_daemon_service_which_nobody_can_scale_down_is_deleted_without_force() {
    let aws = Aws::new();
    let definition = on_instances(&aws).await;
    let create = aws.ecs.create_service().service_name("agent").task_definition(&definition);
    create.scheduling_strategy(SchedulingStrategy::Daemon).send().await.unwrap();
    aws.create("web", &aws.register("web", "web:1", None, &[]).await, 1).await;
    pass(120).await;
    assert_eq!(code(aws.ecs.delete_service().service("web").send().await), "InvalidParameterException");
    let deleted = aws.ecs.delete_service().service("agent").send().await.unwrap().service.unwrap();
    assert_eq!(deleted.status(), Some("DRAINING"));
    pass(60).await;
    assert_eq!(aws.describe("agent").await.status(), Some("INACTIVE"));
}

#[tokio::test(start_paused = true)]
async fn where_traffic_is_shifted_in_steps_a_deployment_bakes_for_each() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    let canary =
        DeploymentConfiguration::builder().strategy(DeploymentStrategy::Canary).bake_time_in_minutes(3).build();
    aws.create_with("web", &definition, 1, canary).send().await.unwrap();
    let state = async || aws.describe("web").await.deployments()[0].rollout_state().cloned().unwrap();
    pass(12 * 60).await;
    assert_eq!(state().await, DeploymentRolloutState::InProgress);
    pass(3 * 60).await;
    assert_eq!(state().await, DeploymentRolloutState::Completed);
    let service = aws.describe("web").await;
    let steps = service.deployment_configuration().unwrap().canary_configuration().unwrap();
    assert_eq!((steps.canary_percent(), steps.canary_bake_time_in_minutes()), (Some(5.0), Some(10)));
}

#[tokio::test(start_paused = true)]
async fn a_role_by_name_and_a_field_of_a_placement_come_back_in_ecss_own_form() {
    let aws = Aws::new();
    let definition = on_instances(&aws).await;
    let binpack = PlacementStrategy::builder().r#type(PlacementStrategyType::Binpack).field("memory").build();
    let spread = PlacementStrategy::builder().r#type(PlacementStrategyType::Spread).field("host").build();
    let balancer = aws_sdk_ecs::types::LoadBalancer::builder();
    let balancer = balancer.load_balancer_name("agent").container_name("agent").container_port(80).build();
    let create = aws.ecs.create_service().service_name("agent").task_definition(&definition).desired_count(0);
    let create = create.role("ecs").load_balancers(balancer).set_placement_strategy(Some(vec![binpack, spread]));
    let service = create.send().await.unwrap().service.unwrap();
    assert_eq!(service.role_arn(), Some(format!("arn:aws:iam::{ACCOUNT}:role/ecs").as_str()));
    let fields: Vec<_> = service.placement_strategy().iter().map(|strategy| strategy.field().unwrap()).collect();
    assert_eq!(fields, ["MEMORY", "instanceId"]);
}

#[tokio::test(start_paused = true)]
async fn a_service_must_fit_its_task_definition() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    let create = || aws.ecs.create_service().service_name("web").task_definition(&definition).desired_count(1);
    assert_eq!(code(create().send().await), "InvalidParameterException", "awsvpc needs a network");
    let balancer =
        aws_sdk_ecs::types::LoadBalancer::builder().target_group_arn("arn:t").container_name("web").container_port(80);
    let with = create().network_configuration(network(&["subnet-a"])).load_balancers(balancer.build());
    let (_, message) = refusal(with.send().await);
    assert_eq!(message, "The container web did not have a container port 80 defined.");
    let subnets: Vec<String> = (0..17).map(|number| format!("subnet-{number}")).collect();
    let subnets: Vec<&str> = subnets.iter().map(String::as_str).collect();
    assert_eq!(code(create().network_configuration(network(&subnets)).send().await), "InvalidParameterException");
    let elsewhere = create().network_configuration(network(&["subnet-a"])).cluster("none").send().await;
    assert_eq!(code(elsewhere), "ClusterNotFoundException");
    let blocked = DeploymentConfiguration::builder().minimum_healthy_percent(100).maximum_percent(100).build();
    let with = create().network_configuration(network(&["subnet-a"])).deployment_configuration(blocked);
    assert!(refusal(with.send().await).1.ends_with("cannot be 100 as this will block deployments."));
    assert_eq!(code(create().service_name("a b").send().await), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn ten_services_are_described_at_once_and_missing_ones_are_named() {
    let (aws, _) = with_service().await;
    let describe = |names: Vec<String>| aws.ecs.describe_services().set_services(Some(names)).send();
    let found = describe(vec!["web".to_owned(), "none".to_owned()]).await.unwrap();
    assert_eq!(found.services().len(), 1);
    let failure = &found.failures()[0];
    assert_eq!(failure.reason(), Some("MISSING"));
    assert_eq!(failure.arn(), Some(format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:service/default/none").as_str()));
    assert_eq!(code(describe(vec!["web".to_owned(); 11]).await), "InvalidParameterException");
    let elsewhere = aws.ecs.describe_services().cluster("none").services("web").send().await;
    assert_eq!(code(elsewhere), "ClusterNotFoundException");
    let arn = found.services()[0].service_arn().unwrap().to_owned();
    assert_eq!(describe(vec![arn.clone()]).await.unwrap().services().len(), 1);
    aws.ecs.create_cluster().cluster_name("prod").send().await.unwrap();
    let wrong = aws.ecs.describe_services().cluster("prod").services(arn).send().await;
    assert_eq!(refusal(wrong).1, "Identifier is for default. Your cluster is prod");
}

#[tokio::test(start_paused = true)]
async fn services_are_listed_ten_at_a_time() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    for number in 0..13 {
        aws.create(&format!("web-{number:02}"), &definition, 0).await;
    }
    let first = aws.ecs.list_services().send().await.unwrap();
    assert_eq!(first.service_arns().len(), 10);
    let second = aws.ecs.list_services().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((second.service_arns().len(), second.next_token()), (3, None));
    assert_eq!(aws.ecs.list_services().max_results(100).send().await.unwrap().service_arns().len(), 13);
    for size in [0, 101, -1] {
        assert_eq!(code(aws.ecs.list_services().max_results(size).send().await), "InvalidParameterException");
    }
}

#[tokio::test(start_paused = true)]
async fn tags_of_a_service_merge_and_show_only_on_request() {
    let (aws, _) = with_service().await;
    let service = aws.describe("web").await;
    let arn = service.service_arn().unwrap();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    for tags in [vec![tag("a", "1"), tag("b", "1")], vec![tag("b", "2")]] {
        aws.ecs.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await.unwrap();
    }
    aws.ecs.untag_resource().resource_arn(arn).tag_keys("a").send().await.unwrap();
    assert_eq!(aws.describe("web").await.tags(), []);
    let full = aws.ecs.describe_services().services("web").include(ServiceField::Tags).send().await.unwrap();
    assert_eq!(full.services()[0].tags(), [tag("b", "2")]);
    assert_eq!(aws.ecs.list_tags_for_resource().resource_arn(arn).send().await.unwrap().tags(), [tag("b", "2")]);
    let short = format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:service/web");
    let outcome = aws.ecs.tag_resource().resource_arn(short).tags(tag("a", "1")).send().await;
    assert_eq!(code(outcome), "InvalidParameterException");
    let reserved = aws.ecs.tag_resource().resource_arn(arn).tags(tag("aws:x", "1")).send().await;
    assert_eq!(code(reserved), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn clusters_are_made_once_and_default_is_there() {
    let aws = Aws::new();
    aws.ecs.create_cluster().cluster_name("prod").send().await.unwrap();
    aws.ecs.create_cluster().cluster_name("prod").send().await.unwrap();
    let found = aws.ecs.describe_clusters().clusters("default").clusters("prod").clusters("none").send().await.unwrap();
    assert_eq!(found.clusters().len(), 2);
    assert_eq!(found.failures()[0].reason(), Some("MISSING"));
    let listed = aws.ecs.list_clusters().send().await.unwrap();
    let names: Vec<&str> = listed.cluster_arns().iter().filter_map(|arn| arn.rsplit('/').next()).collect();
    assert_eq!(names, ["default", "prod"]);
}

#[tokio::test(start_paused = true)]
async fn with_a_lag_what_a_call_changed_is_seen_late_and_what_the_scheduler_does_at_once() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    aws.sandbox.with_world(|world| world.ecs.set_service_lag(std::time::Duration::from_secs(20)));
    aws.create("web", &definition, 1).await;
    let found = async || {
        let described = aws.ecs.describe_services().services("web").send().await.unwrap();
        let listed = aws.ecs.list_services().send().await.unwrap();
        (described.services().len(), described.failures().len(), listed.service_arns().len())
    };
    assert_eq!(found().await, (0, 1, 0));
    pass(20).await;
    assert_eq!(found().await, (1, 0, 1));
    pass(100).await;
    let count = aws.ecs.update_service().service("web").desired_count(3).send().await.unwrap();
    assert_eq!(count.service().unwrap().desired_count(), 3, "who changes it is told");
    let (before, running) = (aws.describe("web").await, async || aws.describe("web").await.running_count());
    assert_eq!(before.desired_count(), 1);
    pass(20).await;
    assert_eq!(aws.describe("web").await.desired_count(), 3);
    assert_eq!(running().await, 3, "tasks are seen as they are");
}
