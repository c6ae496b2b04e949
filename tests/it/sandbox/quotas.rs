//! How much an account may have.

use aws_sdk_ecs::types::{AwsVpcConfiguration, LoadBalancer, NetworkConfiguration, PortMapping};
use evenkeel::sandbox::Quotas;

use crate::sandbox::support::{Aws, TRUST, allow, code, network, refusal};

#[test]
fn quotas_are_those_that_aws_begins_with() {
    let Quotas {
        secrets,
        roles,
        managed_policies,
        managed_policies_per_role,
        clusters,
        services_per_cluster,
        revisions_per_family,
    } = Quotas::default();
    assert_eq!((secrets, roles, managed_policies, managed_policies_per_role), (500_000, 1_000, 1_500, 10));
    assert_eq!((clusters, services_per_cluster, revisions_per_family), (10_000, 5_000, 1_000_000));
}

#[tokio::test(start_paused = true)]
async fn what_would_be_too_many_of_is_refused_and_what_is_there_goes_on() {
    let aws = Aws::new();
    aws.sandbox.with_world(|world| {
        world.quotas = Quotas {
            secrets: 1,
            roles: 1,
            managed_policies: 1,
            managed_policies_per_role: 1,
            clusters: 2,
            services_per_cluster: 1,
            revisions_per_family: 2,
        };
    });
    aws.secret("a", "v").await;
    assert_eq!(code(aws.secrets.create_secret().name("b").secret_string("v").send().await), "LimitExceededException");
    aws.secrets.put_secret_value().secret_id("a").secret_string("w").send().await.unwrap();

    let document = allow(&["logs:*"], &["*"]);
    aws.role("a", &document).await;
    let (kind, message) = refusal(aws.iam.create_role().role_name("b").assume_role_policy_document(TRUST).send().await);
    assert_eq!((kind.as_str(), message.as_str()), ("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1"));
    let policy = |name| aws.iam.create_policy().policy_name(name).policy_document(&document).send();
    let own = policy("a").await.unwrap().policy.unwrap().arn.unwrap();
    assert_eq!(code(policy("b").await), "LimitExceeded");
    let attach = |arn: &str| aws.iam.attach_role_policy().role_name("a").policy_arn(arn).send();
    attach(&own).await.unwrap();
    let of_aws = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    assert_eq!(code(attach(of_aws).await), "LimitExceeded");
    attach(&own).await.unwrap();

    // One is there from the beginning.
    let cluster = |name| aws.ecs.create_cluster().cluster_name(name).send();
    cluster("prod").await.unwrap();
    assert_eq!(code(cluster("test").await), "ClientException");
    cluster("prod").await.unwrap();
    let first = aws.register("app", "app:1", None, &[]).await;
    aws.create("a", &first, 0).await;
    let service = || aws.create_with("b", &first, 0, aws_sdk_ecs::types::DeploymentConfiguration::builder().build());
    assert_eq!(code(service().send().await), "InvalidParameterException");
    service().cluster("prod").send().await.unwrap();

    let second = aws.register("app", "app:2", None, &[]).await;
    let container = aws_sdk_ecs::types::ContainerDefinition::builder().name("web").image("app:3").memory(64).build();
    let register = || aws.ecs.register_task_definition().container_definitions(container.clone());
    assert_eq!(code(register().family("app").send().await), "LimitExceededException");
    aws.ecs.deregister_task_definition().task_definition(&second).send().await.unwrap();
    assert_eq!(code(register().family("app").send().await), "LimitExceededException", "deregistered ones count");
    register().family("other").send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_service_has_at_most_16_subnets_5_security_groups_and_5_target_groups() {
    let aws = Aws::new();
    let container = aws_sdk_ecs::types::ContainerDefinition::builder()
        .name("web")
        .image("app:1")
        .port_mappings(PortMapping::builder().container_port(80).build())
        .build();
    let register = aws.ecs.register_task_definition().family("app").container_definitions(container);
    let fargate = register.requires_compatibilities("FARGATE".into()).network_mode("awsvpc".into());
    fargate.cpu("256").memory("512").send().await.unwrap();
    let named = |what: &str, count: usize| (0..count).map(|number| format!("{what}-{number}")).collect::<Vec<_>>();
    let vpc = |subnets: usize, groups: usize| {
        let vpc = AwsVpcConfiguration::builder().set_subnets(Some(named("subnet", subnets)));
        let vpc = vpc.set_security_groups(Some(named("sg", groups))).build().unwrap();
        NetworkConfiguration::builder().awsvpc_configuration(vpc).build()
    };
    let balancers = |count: usize| {
        let balancer = LoadBalancer::builder().container_name("web").container_port(80);
        let arn = |number| format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/{number}");
        (0..count).map(|number| balancer.clone().target_group_arn(arn(number)).build()).collect::<Vec<_>>()
    };
    for (name, network, count, fits) in [
        ("a", vpc(16, 5), 5, true),
        ("b", vpc(17, 5), 0, false),
        ("c", vpc(16, 6), 0, false),
        ("d", network(&["subnet-a"]), 6, false),
    ] {
        let create = aws.ecs.create_service().service_name(name).task_definition("app").desired_count(0);
        let create = create.launch_type("FARGATE".into()).network_configuration(network);
        let made = create.set_load_balancers(Some(balancers(count))).send().await;
        if fits {
            made.unwrap();
        } else {
            assert_eq!(code(made), "InvalidParameterException", "{name}");
        }
    }
}
