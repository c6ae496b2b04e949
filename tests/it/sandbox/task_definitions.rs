//! Task definitions: revisions, defaults, what is refused.

use aws_sdk_ecs::operation::register_task_definition::builders::RegisterTaskDefinitionFluentBuilder;
use aws_sdk_ecs::types::{
    Compatibility, ContainerDefinition, DockerVolumeConfiguration, EfsVolumeConfiguration, HealthCheck,
    KernelCapabilities, KeyValuePair, LinuxParameters, LogConfiguration, LogDriver, NetworkMode, PortMapping,
    ProxyConfiguration, ProxyConfigurationType, Scope, Secret, SortOrder, Tag, TaskDefinition, TaskDefinitionField,
    TaskDefinitionStatus, Volume,
};

use crate::sandbox::support::{ACCOUNT, Aws, START, code, refusal};

const ROLE: &str = "arn:aws:iam::123456789012:role/exec";

fn container(name: &str) -> aws_sdk_ecs::types::builders::ContainerDefinitionBuilder {
    ContainerDefinition::builder().name(name).image("web:1").memory(128)
}

fn register(aws: &Aws, container: ContainerDefinition) -> RegisterTaskDefinitionFluentBuilder {
    aws.ecs.register_task_definition().family("web").container_definitions(container)
}

fn fargate(
    register: RegisterTaskDefinitionFluentBuilder,
    cpu: &str,
    memory: &str,
) -> RegisterTaskDefinitionFluentBuilder {
    let register = register.requires_compatibilities(Compatibility::Fargate).network_mode(NetworkMode::Awsvpc);
    register.cpu(cpu).memory(memory)
}

async fn registered(register: RegisterTaskDefinitionFluentBuilder) -> TaskDefinition {
    register.send().await.unwrap().task_definition.unwrap()
}

fn secret(name: &str, value_from: &str) -> Secret {
    Secret::builder().name(name).value_from(value_from).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_same_content_again_is_a_new_revision_and_numbers_are_never_reused() {
    let aws = Aws::new();
    let arn = |revision: u32| format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/web:{revision}");
    for revision in [1, 2] {
        let made = registered(register(&aws, container("web").build())).await;
        assert_eq!(made.task_definition_arn(), Some(arn(revision).as_str()));
    }
    let gone = aws.ecs.deregister_task_definition().task_definition("web:2").send().await.unwrap();
    let gone = gone.task_definition.unwrap();
    assert_eq!(gone.status(), Some(&TaskDefinitionStatus::Inactive));
    assert!(gone.deregistered_at().is_some());
    assert_eq!(code(aws.ecs.deregister_task_definition().task_definition("web").send().await), "ClientException");
    assert_eq!(registered(register(&aws, container("web").build())).await.revision(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_family_alone_means_its_newest_active_revision() {
    let aws = Aws::new();
    for _ in 0..3 {
        register(&aws, container("web").build()).send().await.unwrap();
    }
    aws.ecs.deregister_task_definition().task_definition("web:3").send().await.unwrap();
    let describe = |id: &str| aws.ecs.describe_task_definition().task_definition(id).send();
    let revision = async |id: &str| describe(id).await.unwrap().task_definition.unwrap().revision();
    assert_eq!(revision("web").await, 2);
    assert_eq!(revision("web:3").await, 3, "INACTIVE ones are still described");
    assert_eq!(revision(&format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/web:1")).await, 1);
    for id in ["none", "web:9", "web:x", "arn:aws:ecs:eu-west-1:999999999999:task-definition/web:1"] {
        let expected = ("ClientException".to_owned(), "Unable to describe task definition.".to_owned());
        assert_eq!(refusal(describe(id).await), expected, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_comes_back_filled() {
    let aws = Aws::new();
    let port = PortMapping::builder().container_port(8080).build();
    let check = HealthCheck::builder().command("CMD").command("true").build().unwrap();
    let web = ContainerDefinition::builder().name("web").image("web:1").port_mappings(port).health_check(check).build();
    let register = fargate(register(&aws, web), "0.25 vCPU", "0.5 GB").volumes(Volume::builder().name("tmp").build());
    let made = registered(register).await;
    assert_eq!((made.cpu(), made.memory()), (Some("256"), Some("512")));
    assert!(made.placement_constraints.is_some());
    assert!(made.volumes()[0].host().is_some());
    assert_eq!(made.compatibilities(), [Compatibility::Ec2, Compatibility::Fargate]);
    assert!(!made.requires_attributes().is_empty());
    assert_eq!(made.registered_at().unwrap().secs(), START.0 / 1000);
    assert!(made.registered_by().is_some());
    let web = &made.container_definitions()[0];
    assert_eq!((web.cpu(), web.essential()), (0, Some(true)));
    for list in [
        web.environment.is_some(),
        web.mount_points.is_some(),
        web.volumes_from.is_some(),
        web.system_controls.is_some(),
    ] {
        assert!(list, "an empty list comes back");
    }
    let port = &web.port_mappings()[0];
    assert_eq!(
        (port.host_port(), port.protocol().map(aws_sdk_ecs::types::TransportProtocol::as_str)),
        (Some(8080), Some("tcp"))
    );
    let check = web.health_check().unwrap();
    assert_eq!(
        (check.interval(), check.timeout(), check.retries(), check.start_period()),
        (Some(30), Some(5), Some(3), None)
    );
}

#[tokio::test(start_paused = true)]
async fn in_bridge_mode_the_host_port_is_zero() {
    let aws = Aws::new();
    let port = PortMapping::builder().container_port(8080).build();
    let made = registered(register(&aws, container("web").port_mappings(port).build())).await;
    assert_eq!(made.container_definitions()[0].port_mappings()[0].host_port(), Some(0));
    assert_eq!(made.compatibilities(), [Compatibility::Ec2]);
    assert_eq!(made.volumes.as_ref().map(Vec::len), Some(0));
    assert_eq!(made.requires_compatibilities, None);
    assert_eq!((made.network_mode(), made.runtime_platform(), made.ephemeral_storage()), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn in_host_mode_the_host_port_is_that_of_the_container() {
    let aws = Aws::new();
    let port = PortMapping::builder().container_port(8080).build();
    let call = register(&aws, container("web").port_mappings(port).build()).network_mode(NetworkMode::Host);
    let made = registered(call).await;
    assert_eq!(made.container_definitions()[0].port_mappings()[0].host_port(), Some(8080));
}

#[tokio::test(start_paused = true)]
async fn the_order_of_environment_and_secrets_is_not_kept() {
    let aws = Aws::new();
    let pair = |name: &str| KeyValuePair::builder().name(name).value("v").build();
    let web = container("web")
        .environment(pair("A"))
        .environment(pair("B"))
        .secrets(secret("C", "c"))
        .secrets(secret("D", "d"));
    let made = registered(register(&aws, web.build()).execution_role_arn(ROLE)).await;
    let web = &made.container_definitions()[0];
    let names: Vec<_> = web.environment().iter().filter_map(|pair| pair.name()).collect();
    assert_eq!(names, ["B", "A"]);
    let names: Vec<_> = web.secrets().iter().map(Secret::name).collect();
    assert_eq!(names, ["D", "C"]);
}

#[tokio::test(start_paused = true)]
async fn tags_stand_beside_the_definition_and_only_on_request() {
    let aws = Aws::new();
    let tag = Tag::builder().key("k").value("v").build();
    let made = register(&aws, container("web").build()).tags(tag.clone()).send().await.unwrap();
    assert_eq!(made.tags(), std::slice::from_ref(&tag));
    let bare = aws.ecs.describe_task_definition().task_definition("web").send().await.unwrap();
    assert_eq!(bare.tags(), []);
    let full =
        aws.ecs.describe_task_definition().task_definition("web").include(TaskDefinitionField::Tags).send().await;
    assert_eq!(full.unwrap().tags(), [tag]);
}

#[tokio::test(start_paused = true)]
async fn a_listing_takes_the_prefix_as_the_whole_family_and_comes_in_pages() {
    let aws = Aws::new();
    for _ in 0..12 {
        register(&aws, container("web").build()).send().await.unwrap();
    }
    register(&aws, container("web").build()).family("web-two").send().await.unwrap();
    aws.ecs.deregister_task_definition().task_definition("web:1").send().await.unwrap();
    let list = || aws.ecs.list_task_definitions().family_prefix("web").sort(SortOrder::Desc).max_results(10);
    let first = list().send().await.unwrap();
    assert!(first.task_definition_arns()[0].ends_with("web:12"));
    let second = list().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((second.task_definition_arns().len(), second.next_token()), (1, None));
    let inactive = aws.ecs.list_task_definitions().status(TaskDefinitionStatus::Inactive).send().await.unwrap();
    assert_eq!(inactive.task_definition_arns().len(), 1);
    let all = aws.ecs.list_task_definitions().send().await.unwrap();
    assert_eq!(all.task_definition_arns().len(), 12);
    assert_eq!(code(list().next_token("forged").send().await), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn containers_must_make_sense() {
    let aws = Aws::new();
    let plain = || aws.ecs.register_task_definition().family("web");
    let bad = [
        ("no container", plain().set_container_definitions(Some(Vec::new()))),
        ("a bad family", register(&aws, container("web").build()).family("a.b")),
        ("a bad name", register(&aws, container("a b").build())),
        ("no name", register(&aws, ContainerDefinition::builder().image("web:1").memory(1).build())),
        ("no image", register(&aws, ContainerDefinition::builder().name("web").memory(1).build())),
        ("no memory", register(&aws, ContainerDefinition::builder().name("web").image("web:1").build())),
        ("a name twice", register(&aws, container("web").build()).container_definitions(container("web").build())),
        ("nothing essential", register(&aws, container("web").essential(false).build())),
        (
            "a variable twice",
            register(
                &aws,
                container("web")
                    .environment(KeyValuePair::builder().name("A").value("v").build())
                    .secrets(secret("A", "x"))
                    .build(),
            )
            .execution_role_arn(ROLE),
        ),
        ("too much", register(&aws, container("web").command("x".repeat(70_000)).build())),
        ("a role that is none", register(&aws, container("web").build()).execution_role_arn("arn:aws:s3:::exec")),
        (
            "eleven containers",
            (0..11).fold(plain(), |register, number| {
                register.container_definitions(container(&format!("c{number}")).build())
            }),
        ),
        (
            "awslogs without a group",
            register(
                &aws,
                container("web")
                    .log_configuration(LogConfiguration::builder().log_driver(LogDriver::Awslogs).build().unwrap())
                    .build(),
            ),
        ),
    ];
    for (why, register) in bad {
        assert_eq!(code(register.send().await), "ClientException", "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn secrets_need_an_execution_role() {
    let aws = Aws::new();
    let web = container("web").secrets(secret("A", "parameter")).build();
    let (code, message) = refusal(register(&aws, web).send().await);
    assert_eq!(code, "ClientException");
    let expected = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.";
    assert_eq!(message, expected);
}

#[tokio::test(start_paused = true)]
async fn a_reference_to_a_secret_has_seven_or_ten_fields() {
    let aws = Aws::new();
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf";
    for (tail, is_good) in [
        ("", true),
        (":password::", true),
        ("::AWSPREVIOUS:", true),
        (":::11111111-1111-4111-8111-111111111111", true),
        (":password:AWSPREVIOUS:", true),
        (":password", false),
        (":password:", false),
        (":password:::", false),
        ("::AWSCURRENT:11111111-1111-4111-8111-111111111111", false),
    ] {
        let web = container("web").secrets(secret("A", &format!("{arn}{tail}"))).build();
        let outcome = register(&aws, web).execution_role_arn(ROLE).send().await;
        assert_eq!(outcome.is_ok(), is_good, "{tail}");
    }
    for value_from in ["arn:aws:ssm:eu-west-1:123456789012:parameter/a", "/a/b", "a"] {
        let web = container("web").secrets(secret("A", value_from)).build();
        assert!(register(&aws, web).execution_role_arn(ROLE).send().await.is_ok(), "{value_from}");
    }
    let web = container("web").secrets(secret("A", "arn:aws:s3:::bucket/x")).build();
    assert_eq!(code(register(&aws, web).execution_role_arn(ROLE).send().await), "ClientException");
}

#[tokio::test(start_paused = true)]
async fn fargate_has_its_own_sizes() {
    let aws = Aws::new();
    let web = || ContainerDefinition::builder().name("web").image("web:1").build();
    for (cpu, memory, is_good) in [
        ("256", "512", true),
        ("256", "1024", true),
        ("256", "1536", false),
        ("256", "4096", false),
        ("1 vCPU", "2GB", true),
        ("1024", "1024", false),
        ("4096", "30720", true),
        ("8192", "16384", true),
        ("8192", "17408", false),
        ("300", "512", false),
    ] {
        let outcome = fargate(register(&aws, web()), cpu, memory).send().await;
        assert_eq!(outcome.is_ok(), is_good, "{cpu} {memory}");
    }
    let bridge = register(&aws, web()).requires_compatibilities(Compatibility::Fargate).cpu("256").memory("512");
    assert_eq!(code(bridge.send().await), "ClientException");
    let sizeless =
        register(&aws, web()).requires_compatibilities(Compatibility::Fargate).network_mode(NetworkMode::Awsvpc);
    assert_eq!(code(sizeless.send().await), "ClientException");
}

#[tokio::test(start_paused = true)]
async fn on_fargate_a_private_image_or_awslogs_needs_an_execution_role() {
    let aws = Aws::new();
    let ecr =
        ContainerDefinition::builder().name("web").image("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1").build();
    let log = LogConfiguration::builder()
        .log_driver(LogDriver::Awslogs)
        .options("awslogs-group", "/g")
        .options("awslogs-region", "eu-west-1")
        .options("awslogs-stream-prefix", "web");
    let logs =
        ContainerDefinition::builder().name("web").image("web:1").log_configuration(log.build().unwrap()).build();
    for container in [ecr, logs] {
        let make = || fargate(register(&aws, container.clone()), "256", "512");
        let (code, message) = refusal(make().send().await);
        assert_eq!(code, "ClientException");
        assert!(message.contains("to have execution role ARN"), "{message}");
        assert!(make().execution_role_arn(ROLE).send().await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn roles_that_are_given_by_name_come_back_by_arn() {
    let aws = Aws::new();
    let call = register(&aws, container("web").build()).execution_role_arn("exec").task_role_arn("path/task");
    let definition = call.send().await.unwrap().task_definition.unwrap();
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    assert_eq!(definition.execution_role_arn(), Some(arn("exec").as_str()));
    assert_eq!(definition.task_role_arn(), Some(arn("path/task").as_str()));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_sent_inside_a_member_comes_back_filled_too() {
    let aws = Aws::new();
    let drop = KernelCapabilities::builder().drop("ALL").build();
    let linux = LinuxParameters::builder().capabilities(drop).build();
    let proxy = ProxyConfiguration::builder().container_name("web").build().unwrap();
    let docker = DockerVolumeConfiguration::builder().driver("local").build();
    let files = EfsVolumeConfiguration::builder().file_system_id("fs-1").build().unwrap();
    let call = register(&aws, container("web").linux_parameters(linux).build()).proxy_configuration(proxy);
    let call = call.volumes(Volume::builder().name("one").docker_volume_configuration(docker).build());
    let call = call.volumes(Volume::builder().name("two").efs_volume_configuration(files).build());
    let definition = call.send().await.unwrap().task_definition.unwrap();
    let capabilities = definition.container_definitions()[0].linux_parameters().unwrap().capabilities().unwrap();
    assert_eq!((capabilities.add.as_deref(), capabilities.drop()), (Some(&[] as &[_]), &["ALL".to_owned()] as &[_]));
    assert_eq!(definition.proxy_configuration().unwrap().r#type(), Some(&ProxyConfigurationType::Appmesh));
    let [one, two] = definition.volumes() else { panic!("two volumes") };
    assert_eq!(one.docker_volume_configuration().unwrap().scope(), Some(&Scope::Task));
    assert_eq!(two.efs_volume_configuration().unwrap().root_directory(), Some("/"));
}
