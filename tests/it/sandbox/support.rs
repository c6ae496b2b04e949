//! What the tests share: a sandbox, the four real clients on it, and a sample.

use std::time::Duration;

use aws_sdk_ecs::config::{Credentials, Region, retry::RetryConfig};
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ecs::types::{
    AwsVpcConfiguration, Compatibility, ContainerDefinition, DeploymentCircuitBreaker, DeploymentConfiguration,
    LaunchType, NetworkConfiguration, NetworkMode, Secret, Service, ServiceDeployment,
};
use evenkeel::aws::SharedHttpClient;
use evenkeel::sandbox::{Millis, Sandbox, World, tokio_clock};

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "eu-west-1";
/// 2026-01-01T00:00:00Z.
pub(crate) const START: Millis = Millis(1_767_225_600_000);
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;

/// Clients of one sandbox.
pub(crate) struct Aws {
    pub(crate) sandbox: Sandbox,
    pub(crate) ecs: aws_sdk_ecs::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    pub(crate) sts: aws_sdk_sts::Client,
}

impl Aws {
    pub(crate) fn new() -> Self {
        Self::on(Sandbox::new(World::new(ACCOUNT, REGION, 7, START), tokio_clock(START, 1)))
    }

    pub(crate) fn on(sandbox: Sandbox) -> Self {
        Self::in_region(sandbox, REGION)
    }

    pub(crate) fn in_region(sandbox: Sandbox, region: &'static str) -> Self {
        let client = SharedHttpClient::new(sandbox.http_client());
        Self::through(sandbox, &client, region)
    }

    /// With something between the clients and the sandbox.
    pub(crate) fn through(sandbox: Sandbox, client: &SharedHttpClient, region: &'static str) -> Self {
        let credentials = Credentials::new("AKIDSANDBOX", "secret", None, None, "test");
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::Config::builder()
                        .behavior_version_latest()
                        .region(Region::new(region))
                        .credentials_provider(credentials.clone())
                        .retry_config(RetryConfig::disabled())
                        .http_client(client.clone())
                        .build(),
                )
            };
        }
        Self {
            ecs: client!(aws_sdk_ecs),
            iam: client!(aws_sdk_iam),
            secrets: client!(aws_sdk_secretsmanager),
            sts: client!(aws_sdk_sts),
            sandbox,
        }
    }

    /// A secret with a text value; its ARN and its version id.
    pub(crate) async fn secret(&self, name: &str, value: &str) -> (String, String) {
        let made = self.secrets.create_secret().name(name).secret_string(value).send().await.expect("secret");
        (made.arn.expect("arn"), made.version_id.expect("version"))
    }

    /// A role that ECS tasks can use, with one inline policy.
    pub(crate) async fn role(&self, name: &str, policy: &str) -> String {
        let made =
            self.iam.create_role().role_name(name).assume_role_policy_document(TRUST).send().await.expect("role");
        self.put_policy(name, policy).await;
        made.role.expect("role").arn
    }

    pub(crate) async fn put_policy(&self, role: &str, policy: &str) {
        let put = self.iam.put_role_policy().role_name(role).policy_name("inline").policy_document(policy);
        put.send().await.expect("policy");
    }

    /// Registers one container on Fargate; gives the ARN of the revision.
    pub(crate) async fn register(
        &self,
        family: &str,
        image: &str,
        role: Option<&str>,
        secrets: &[(&str, &str)],
    ) -> String {
        let secrets =
            secrets.iter().map(|(name, from)| Secret::builder().name(*name).value_from(*from).build().unwrap());
        let container = ContainerDefinition::builder()
            .name("web")
            .image(image)
            .set_secrets(Some(secrets.collect::<Vec<_>>()).filter(|list| !list.is_empty()))
            .build();
        let made = self
            .ecs
            .register_task_definition()
            .family(family)
            .container_definitions(container)
            .requires_compatibilities(Compatibility::Fargate)
            .network_mode(NetworkMode::Awsvpc)
            .cpu("256")
            .memory("512")
            .set_execution_role_arn(role.map(str::to_owned))
            .send()
            .await
            .expect("task definition");
        made.task_definition.and_then(|definition| definition.task_definition_arn).expect("arn")
    }

    pub(crate) async fn create(&self, name: &str, task_definition: &str, desired: i32) -> Service {
        let create = self.create_with(name, task_definition, desired, DeploymentConfiguration::builder().build());
        create.send().await.expect("service").service.expect("service")
    }

    pub(crate) fn create_with(
        &self,
        name: &str,
        task_definition: &str,
        desired: i32,
        configuration: DeploymentConfiguration,
    ) -> aws_sdk_ecs::operation::create_service::builders::CreateServiceFluentBuilder {
        self.ecs
            .create_service()
            .service_name(name)
            .task_definition(task_definition)
            .desired_count(desired)
            .launch_type(LaunchType::Fargate)
            .network_configuration(network(&["subnet-a", "subnet-b"]))
            .deployment_configuration(configuration)
    }

    pub(crate) async fn update(&self, name: &str, task_definition: &str) -> Service {
        let update = self.ecs.update_service().service(name).task_definition(task_definition);
        update.send().await.expect("update").service.expect("service")
    }

    pub(crate) async fn describe(&self, name: &str) -> Service {
        let found = self.ecs.describe_services().services(name).send().await.expect("services");
        found.services.and_then(|services| services.into_iter().next()).expect("service")
    }

    /// The newest service deployment.
    pub(crate) async fn deployment(&self, name: &str) -> ServiceDeployment {
        let list = self.ecs.list_service_deployments().service(name).send().await.expect("list");
        let newest = list.service_deployments().first().and_then(|brief| brief.service_deployment_arn()).expect("one");
        let found =
            self.ecs.describe_service_deployments().service_deployment_arns(newest).send().await.expect("found");
        found.service_deployments.and_then(|found| found.into_iter().next()).expect("deployment")
    }

    /// The texts of a service's events, oldest first.
    pub(crate) async fn events(&self, name: &str) -> Vec<String> {
        let service = self.describe(name).await;
        service.events().iter().rev().filter_map(|event| event.message.clone()).collect()
    }

    /// The reasons for which tasks of a service have stopped, oldest first.
    pub(crate) fn stopped_reasons(&self, name: &str) -> Vec<String> {
        self.sandbox.with_world(|world| {
            let tasks = world.ecs.tasks_of("default", name);
            tasks.iter().filter_map(|task| task.stop.as_ref()).map(|stop| stop.reason.clone()).collect()
        })
    }
}

pub(crate) fn network(subnets: &[&str]) -> NetworkConfiguration {
    let vpc = AwsVpcConfiguration::builder()
        .set_subnets(Some(subnets.iter().map(|subnet| (*subnet).to_owned()).collect()))
        .security_groups("sg-a")
        .build()
        .expect("vpc");
    NetworkConfiguration::builder().awsvpc_configuration(vpc).build()
}

/// A deployment configuration with a circuit breaker.
pub(crate) fn breaker(rollback: bool) -> DeploymentConfiguration {
    let breaker = DeploymentCircuitBreaker::builder().enable(true).rollback(rollback).build();
    DeploymentConfiguration::builder().deployment_circuit_breaker(breaker).build()
}

/// An identity policy of one statement.
pub(crate) fn allow(actions: &[&str], resources: &[&str]) -> String {
    let list = |items: &[&str]| items.iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":[{}]}}]}}"#,
        list(actions),
        list(resources)
    )
}

/// Lets virtual time pass.
pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// Code and message of a refusal.
pub(crate) fn refusal<T, E: ProvideErrorMetadata, R>(outcome: Result<T, SdkError<E, R>>) -> (String, String) {
    let error = outcome.err().expect("a refusal");
    let error = error.as_service_error().expect("an answer of the service");
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(error.code()), text(error.message()))
}

/// The code of a refusal.
pub(crate) fn code<T, E: ProvideErrorMetadata, R>(outcome: Result<T, SdkError<E, R>>) -> String {
    refusal(outcome).0
}
