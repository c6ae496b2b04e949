//! The moment at which a task reads its secrets.

use std::time::Duration;

use aws_sdk_ecs::types::{
    Compatibility, ContainerDefinition, EnvironmentFile, EnvironmentFileType, LogConfiguration, LogDriver, NetworkMode,
    RepositoryCredentials, Secret,
};
use evenkeel::sandbox::ecs::{Behaviour, StopCode};
use evenkeel::sandbox::{Parameter, Plaintext};

use crate::sandbox::support::{ACCOUNT, Aws, allow, pass};

const ECR_IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1";

fn secret(name: &str, value_from: &str) -> Secret {
    Secret::builder().name(name).value_from(value_from).build().unwrap()
}

fn awslogs(options: &[(&str, &str)]) -> LogConfiguration {
    let log = LogConfiguration::builder().log_driver(LogDriver::Awslogs).options("awslogs-group", "/ecs/web");
    let log = log.options("awslogs-region", "eu-west-1").options("awslogs-stream-prefix", "web");
    options.iter().fold(log, |log, (name, value)| log.options(*name, *value)).build().unwrap()
}

/// Starts one task of this container; why it did not start, if it did not.
async fn start(aws: &Aws, name: &str, container: ContainerDefinition, role: &str) -> Option<String> {
    let register = aws.ecs.register_task_definition().family(name).container_definitions(container);
    let register = register.requires_compatibilities(Compatibility::Fargate).network_mode(NetworkMode::Awsvpc);
    let made = register.cpu("256").memory("512").execution_role_arn(role).send().await.unwrap();
    let arn = made.task_definition.unwrap().task_definition_arn.unwrap();
    aws.create(name, &arn, 1).await;
    pass(25).await;
    let stop = aws.sandbox.with_world(|world| world.ecs.tasks_of("default", name)[0].stop.clone());
    aws.ecs.delete_service().service(name).force(true).send().await.unwrap();
    stop.map(|stop| {
        assert_eq!(stop.code, StopCode::TaskFailedToStart);
        stop.reason
    })
}

fn web() -> aws_sdk_ecs::types::builders::ContainerDefinitionBuilder {
    ContainerDefinition::builder().name("web").image("web:1")
}

/// Every one of these permissions is needed, and all together are enough.
async fn needs(aws: &Aws, container: ContainerDefinition, permissions: &[(&str, &str)]) {
    let statements = |left_out: Option<usize>| {
        let kept = permissions.iter().enumerate().filter(|(index, _)| Some(*index) != left_out);
        let texts: Vec<String> = kept
            .map(|(_, (action, resource))| {
                format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
            })
            .collect();
        let texts = if texts.is_empty() {
            vec![r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#.to_owned()]
        } else {
            texts
        };
        format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, texts.join(","))
    };
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    for (index, (action, resource)) in permissions.iter().enumerate() {
        aws.put_policy("exec", &statements(Some(index))).await;
        let reason = start(aws, &format!("without-{index}"), container.clone(), &role).await;
        let reason = reason.unwrap_or_else(|| panic!("it starts without {action} on {resource}"));
        let is_named = reason.contains(action) || reason.contains("Access to KMS is not allowed");
        assert!(is_named, "{action}: {reason}");
    }
    aws.put_policy("exec", &statements(None)).await;
    assert_eq!(start(aws, "with-all", container, &role).await, None);
}

async fn with_role() -> Aws {
    let aws = Aws::new();
    aws.role("exec", &allow(&["s3:ListBucket"], &["*"])).await;
    aws
}

#[tokio::test(start_paused = true)]
async fn a_secret_with_a_customers_key_needs_that_key() {
    let aws = with_role().await;
    let make = aws.secrets.create_secret().name("db").secret_string("v").kms_key_id("alias/orders");
    let arn = make.send().await.unwrap().arn.unwrap();
    let key = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-1111-4111-8111-111111111111");
    aws.sandbox.with_world(|world| world.surroundings.key_aliases.insert("alias/orders".to_owned(), key.clone()));
    let container = web().secrets(secret("A", &arn)).build();
    needs(&aws, container, &[("secretsmanager:GetSecretValue", &arn), ("kms:Decrypt", &key)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_can_be_granted_by_its_alias_and_by_the_service_it_is_used_through() {
    let aws = with_role().await;
    let make = aws.secrets.create_secret().name("db").secret_string("v").kms_key_id("alias/orders");
    let arn = make.send().await.unwrap().arn.unwrap();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    for (number, (condition, starts)) in [
        (r#""ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/orders"}"#, true),
        (r#""ForAnyValue:StringLike":{"kms:ResourceAliases":"alias/other*"}"#, false),
        (r#""StringEquals":{"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"}"#, true),
        (r#""StringEquals":{"kms:ViaService":"ssm.eu-west-1.amazonaws.com"}"#, false),
        (r#""StringEquals":{"kms:EncryptionContext:SecretARN":"THIS"}"#, true),
        (r#""StringEquals":{"kms:EncryptionContext:SecretARN":"other"}"#, false),
    ]
    .into_iter()
    .enumerate()
    {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}},{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:*:*:key/*","Condition":{{{condition}}}}}]}}"#
        );
        aws.put_policy("exec", &policy.replace("THIS", &arn)).await;
        let container = web().secrets(secret("A", &arn)).build();
        let reason = start(&aws, &format!("s{number}"), container, &role).await;
        assert_eq!(reason.is_none(), starts, "{condition}: {reason:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_parameter_is_read_by_name_or_arn_and_may_have_a_key() {
    let aws = with_role().await;
    let key = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/k");
    aws.sandbox.with_world(|world| {
        let value = || Plaintext::Text("v".to_owned());
        let parameters = &mut world.surroundings.parameters;
        parameters.insert("/orders/flag".to_owned(), Parameter { value: value(), kms_key_id: None });
        parameters.insert("secure".to_owned(), Parameter { value: value(), kms_key_id: Some("k".to_owned()) });
    });
    let flag = format!("arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/orders/flag");
    let secure = format!("arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/secure");
    let container =
        web().secrets(secret("A", "/orders/flag")).secrets(secret("B", &flag)).secrets(secret("C", "secure"));
    let permissions = [("ssm:GetParameters", flag.as_str()), ("ssm:GetParameters", &secure), ("kms:Decrypt", &key)];
    needs(&aws, container.build(), &permissions).await;
    aws.put_policy("exec", &allow(&["ssm:*"], &["*"])).await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    let missing = start(&aws, "missing", web().secrets(secret("A", "/none")).build(), &role).await.unwrap();
    assert!(missing.ends_with("invalid parameters: /none"), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn an_image_in_ecr_needs_its_four_permissions() {
    let aws = with_role().await;
    let repository = format!("arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/team/web");
    let permissions = [
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchCheckLayerAvailability", &repository),
        ("ecr:GetDownloadUrlForLayer", &repository),
        ("ecr:BatchGetImage", &repository),
    ];
    needs(&aws, web().image(ECR_IMAGE).build(), &permissions).await;
}

#[tokio::test(start_paused = true)]
async fn logs_need_their_group() {
    let aws = with_role().await;
    let group = format!("arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/ecs/web:*");
    let permissions = [("logs:CreateLogStream", group.as_str()), ("logs:PutLogEvents", &group)];
    needs(&aws, web().log_configuration(awslogs(&[])).build(), &permissions).await;
    let creating = web().log_configuration(awslogs(&[("awslogs-create-group", "true")])).build();
    aws.ecs.delete_service().service("with-all").force(true).send().await.ok();
    pass(60).await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    assert_eq!(start(&aws, "creating", creating.clone(), &role).await, None, "the group is there");
    let lose = || aws.sandbox.with_world(|world| world.surroundings.missing_log_groups.insert("/ecs/web".to_owned()));
    lose();
    let missing = start(&aws, "missing", web().log_configuration(awslogs(&[])).build(), &role).await.unwrap();
    assert!(missing.contains("ResourceNotFoundException"), "{missing}");
    let denied = start(&aws, "denied", creating.clone(), &role).await.unwrap();
    assert!(denied.contains("not authorized to perform: logs:CreateLogGroup"), "{denied}");
    let all = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
    aws.put_policy("exec", &allow(&all, &[&group])).await;
    assert_eq!(start(&aws, "allowed", creating, &role).await, None);
    assert!(aws.sandbox.with_world(|world| world.logs.groups.contains_key("/ecs/web")), "made at the start");
    assert_eq!(start(&aws, "after", web().log_configuration(awslogs(&[])).build(), &role).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_environment_file_needs_its_object_and_bucket() {
    let aws = with_role().await;
    let file = EnvironmentFile::builder()
        .r#type(EnvironmentFileType::S3)
        .value("arn:aws:s3:::orders/prod.env")
        .build()
        .unwrap();
    let permissions =
        [("s3:GetBucketLocation", "arn:aws:s3:::orders"), ("s3:GetObject", "arn:aws:s3:::orders/prod.env")];
    needs(&aws, web().environment_files(file).build(), &permissions).await;
}

#[tokio::test(start_paused = true)]
async fn log_options_and_registry_credentials_are_secrets_too() {
    let aws = with_role().await;
    let (log_secret, _) = aws.secret("splunk", "t").await;
    let (registry, version) = aws.secret("registry", r#"{"username":"u","password":"p"}"#).await;
    let credentials = RepositoryCredentials::builder().credentials_parameter(&registry).build().unwrap();
    let log =
        LogConfiguration::builder().log_driver(LogDriver::Splunk).secret_options(secret("splunk-token", &log_secret));
    let container = web().repository_credentials(credentials.clone()).log_configuration(log.build().unwrap()).build();
    let permissions =
        [("secretsmanager:GetSecretValue", log_secret.as_str()), ("secretsmanager:GetSecretValue", &registry)];
    needs(&aws, container, &permissions).await;
    aws.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("default", "with-all");
        assert_eq!(tasks[0].secret_version("repositoryCredentials"), Some(version.as_str()));
        assert!(tasks[0].secret_version("splunk-token").is_some());
    });
    aws.secrets.put_secret_value().secret_id(&registry).secret_string("{}").send().await.unwrap();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    let bad = start(&aws, "bad", web().repository_credentials(credentials).build(), &role).await.unwrap();
    assert!(bad.contains("does not hold a username and a password"), "{bad}");
}

#[tokio::test(start_paused = true)]
async fn a_reference_chooses_stage_version_and_key() {
    let aws = Aws::new();
    let (arn, first) = aws.secret("db", r#"{"user":"u","password":"p"}"#).await;
    let put = aws.secrets.put_secret_value().secret_id("db").secret_string(r#"{"password":"q"}"#).send().await.unwrap();
    let second = put.version_id.unwrap();
    let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue"], &["*"])).await;
    let references = [
        ("WHOLE", arn.clone()),
        ("KEY", format!("{arn}:password::")),
        ("PREVIOUS", format!("{arn}:user:AWSPREVIOUS:")),
        ("PINNED", format!("{arn}:::{first}")),
    ];
    let references: Vec<(&str, &str)> = references.iter().map(|(name, from)| (*name, from.as_str())).collect();
    let definition = aws.register("web", "web:1", Some(&role), &references).await;
    aws.create("web", &definition, 1).await;
    pass(60).await;
    aws.sandbox.with_world(|world| {
        let task = world.ecs.tasks_of("default", "web")[0].clone();
        assert!(task.is_running());
        let got = |name: &str| task.secret_version(name).map(str::to_owned);
        assert_eq!((got("WHOLE"), got("KEY")), (Some(second.clone()), Some(second.clone())));
        assert_eq!((got("PREVIOUS"), got("PINNED")), (Some(first.clone()), Some(first)));
        assert!(task.secrets.iter().all(|secret| secret.source == arn && secret.container == "web"));
    });
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_read_when_the_task_starts_and_not_again() {
    let aws = Aws::new();
    let (arn, first) = aws.secret("db", "a").await;
    let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue"], &["*"])).await;
    let definition = aws.register("web", "web:1", Some(&role), &[("A", &arn)]).await;
    aws.create("web", &definition, 1).await;
    pass(60).await;
    let put = aws.secrets.put_secret_value().secret_id("db").secret_string("b").send().await.unwrap();
    aws.ecs.update_service().service("web").desired_count(2).send().await.unwrap();
    pass(60).await;
    aws.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("default", "web");
        let versions: Vec<_> = tasks.iter().map(|task| task.secret_version("A").unwrap()).collect();
        assert_eq!(versions, [first.as_str(), put.version_id().unwrap()], "one service, two versions");
    });
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_secret_is_the_reason_why_a_task_stops() {
    let aws = Aws::new();
    let (json, _) = aws.secret("json", r#"{"a":"b"}"#).await;
    let (text, version) = aws.secret("text", "no json").await;
    let (doomed, _) = aws.secret("doomed", "v").await;
    aws.secrets.delete_secret().secret_id("doomed").send().await.unwrap();
    let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue"], &["*"])).await;
    let missing = json.replace("json", "none");
    for (number, (reference, expected)) in [
        (format!("{json}:x::"), "retrieved secret from Secrets Manager did not contain json key x"),
        (format!("{text}:x::"), "did not contain json key x"),
        (missing, "ResourceNotFoundException: Secrets Manager can't find the specified secret."),
        (format!("{json}::NONE:"), "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: NONE"),
        (format!("{json}:::{version}"), "ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: "),
        (doomed, "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."),
    ]
    .into_iter()
    .enumerate()
    {
        let container = web().secrets(secret("A", &reference)).build();
        let reason = start(&aws, &format!("s{number}"), container, &role).await.unwrap();
        assert!(reason.starts_with("ResourceInitializationError: "), "{reason}");
        assert!(reason.contains(expected), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_partial_arn_is_judged_as_it_was_sent() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("db", "v").await;
    let partial = arn.rsplit_once('-').unwrap().0;
    let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue"], &[&arn])).await;
    let container = || web().secrets(secret("A", partial)).build();
    let reason = start(&aws, "denied", container(), &role).await.unwrap();
    assert!(reason.contains(&format!("on resource: {partial} because")), "{reason}");
    aws.put_policy("exec", &allow(&["secretsmanager:GetSecretValue"], &[&format!("{partial}*")])).await;
    assert_eq!(start(&aws, "granted", container(), &role).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_missing_image_cannot_be_pulled() {
    let aws = with_role().await;
    aws.sandbox.with_world(|world| {
        let images = &mut world.surroundings.images;
        images.set("web:*", Behaviour::missing());
        images.set("web:1", Behaviour::well());
    });
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    assert_eq!(start(&aws, "one", web().build(), &role).await, None, "the exact name wins");
    let reason = start(&aws, "two", web().image("web:2").build(), &role).await.unwrap();
    assert!(reason.starts_with("CannotPullContainerError: "), "{reason}");
    assert!(reason.ends_with("docker.io/library/web:2: not found"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn only_an_essential_container_takes_its_task_with_it() {
    let aws = with_role().await;
    aws.sandbox.with_world(|world| {
        world.surroundings.images.set("init:1", Behaviour::exiting(0, Duration::from_secs(2)));
    });
    let init = ContainerDefinition::builder().name("init").image("init:1").essential(false).build();
    let register = aws.ecs.register_task_definition().family("web").container_definitions(web().build());
    let register = register.container_definitions(init).requires_compatibilities(Compatibility::Fargate);
    let made = register.network_mode(NetworkMode::Awsvpc).cpu("256").memory("512").send().await.unwrap();
    aws.create("web", made.task_definition.unwrap().task_definition_arn().unwrap(), 1).await;
    pass(120).await;
    let tasks = aws.ecs.list_tasks().service_name("web").send().await.unwrap();
    let found = aws.ecs.describe_tasks().set_tasks(tasks.task_arns).send().await.unwrap();
    let task = &found.tasks()[0];
    assert_eq!(task.last_status(), Some("RUNNING"));
    let init = task.containers().iter().find(|container| container.name() == Some("init")).unwrap();
    assert_eq!((init.last_status(), init.exit_code()), (Some("STOPPED"), Some(0)));
}
