//! The whole chain once: secret, role, task definition, service.

use aws_sdk_ecs::types::{DeploymentRolloutState, ServiceDeploymentStatus};

use crate::sandbox::support::{ACCOUNT, Aws, allow, pass};

#[tokio::test(start_paused = true)]
async fn a_service_starts_with_its_secret_and_is_redeployed_with_the_next_version() {
    let aws = Aws::new();
    let who = aws.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(who.account(), Some(ACCOUNT));

    let (secret, first) = aws.secret("prod/orders/db", r#"{"password":"a"}"#).await;
    let role = aws.role("orders-exec", &allow(&["secretsmanager:GetSecretValue"], &[&secret])).await;
    let pinned = format!("{secret}:password::{first}");
    let one = aws.register("orders", "web:1", Some(&role), &[("DB_PASSWORD", &pinned)]).await;
    let service = aws.create("orders", &one, 2).await;
    assert_eq!(service.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::InProgress));

    pass(120).await;
    let service = aws.describe("orders").await;
    assert_eq!((service.running_count, service.pending_count), (2, 0));
    assert_eq!(service.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::Completed));
    assert_eq!(aws.deployment("orders").await.status(), Some(&ServiceDeploymentStatus::Successful));

    let put = aws.secrets.put_secret_value().secret_id(&secret).secret_string(r#"{"password":"b"}"#).send().await;
    let second = put.unwrap().version_id.unwrap();
    let pinned = format!("{secret}:password::{second}");
    let two = aws.register("orders", "web:1", Some(&role), &[("DB_PASSWORD", &pinned)]).await;
    aws.update("orders", &two).await;
    pass(300).await;
    let service = aws.describe("orders").await;
    assert_eq!(service.task_definition(), Some(two.as_str()));
    assert_eq!(service.deployments().len(), 1);
    aws.sandbox.with_world(|world| {
        let running: Vec<_> =
            world.ecs.tasks_of("default", "orders").into_iter().filter(|task| task.is_running()).collect();
        assert_eq!(running.len(), 2);
        assert!(running.iter().all(|task| task.secret_version("DB_PASSWORD") == Some(&second)));
    });
}
