//! The other reading of what no source settles: what it changes, and that evenkeel comes to rest under each.

use aws_sdk_ecs::types::DeploymentConfiguration;
use evenkeel::sandbox::Readings;

use crate::sandbox::support::{Aws, allow, network, pass};
use crate::support::lab::{Lab, in_virtual_time, shop};
use crate::support::world::deployments;

fn switched(switch: impl FnOnce(&mut Readings)) -> Aws {
    let aws = Aws::new();
    aws.sandbox.with_world(|world| switch(&mut world.readings));
    aws
}

async fn deployed(aws: &Aws) -> usize {
    let list = aws.ecs.list_service_deployments().service("web").send().await.unwrap();
    list.service_deployments().len()
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_task_definition_starts_a_deployment_or_not() {
    for (other, deployments) in [(false, 1), (true, 2)] {
        let aws = switched(|readings| readings.unchanged_task_definition_deploys = other);
        let definition = aws.register("web", "web:1", None, &[]).await;
        aws.create("web", &definition, 1).await;
        pass(100).await;
        aws.update("web", &definition).await;
        assert_eq!(deployed(&aws).await, deployments, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_network_starts_a_deployment_or_not() {
    for (other, deployments) in [(false, 2), (true, 1)] {
        let aws = switched(|readings| readings.only_another_value_deploys = other);
        let definition = aws.register("web", "web:1", None, &[]).await;
        aws.create("web", &definition, 1).await;
        pass(100).await;
        let update = |subnets: &[&str]| aws.ecs.update_service().service("web").network_configuration(network(subnets));
        update(&["subnet-a", "subnet-b"]).send().await.unwrap();
        assert_eq!(deployed(&aws).await, deployments, "{other}");
        update(&["subnet-c"]).send().await.unwrap();
        assert_eq!(deployed(&aws).await, deployments + 1, "another one always does");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_configuration_is_merged_or_replaced() {
    for (other, least) in [(false, Some(50)), (true, Some(100))] {
        let aws = switched(|readings| readings.deployment_configuration_is_replaced = other);
        let definition = aws.register("web", "web:1", None, &[]).await;
        let half = DeploymentConfiguration::builder().minimum_healthy_percent(50).build();
        aws.create_with("web", &definition, 1, half).send().await.unwrap();
        let most = DeploymentConfiguration::builder().maximum_percent(150).build();
        aws.ecs.update_service().service("web").deployment_configuration(most).send().await.unwrap();
        let service = aws.describe("web").await;
        let bounds = service.deployment_configuration().unwrap();
        assert_eq!((bounds.minimum_healthy_percent(), bounds.maximum_percent()), (least, Some(150)), "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_key_makes_a_version_or_not() {
    for (other, versions) in [(false, 1), (true, 2)] {
        let aws = switched(|readings| readings.another_key_makes_a_version = other);
        aws.secret("db", "value").await;
        let update = || aws.secrets.update_secret().secret_id("db").kms_key_id("alias/orders").send();
        update().await.unwrap();
        update().await.unwrap();
        let listed = aws.secrets.list_secret_version_ids().secret_id("db").include_deprecated(true).send().await;
        assert_eq!(listed.unwrap().versions().len(), versions, "{other}: the same key again makes none");
    }
}

#[tokio::test(start_paused = true)]
async fn a_partial_arn_is_judged_as_sent_or_as_what_it_stands_for() {
    for (other, running) in [(false, 0), (true, 1)] {
        let aws = switched(|readings| readings.partial_arns_are_resolved = other);
        let (secret, _) = aws.secret("db", "value").await;
        let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue"], &[&secret])).await;
        let partial = secret.rsplit_once('-').unwrap().0;
        let definition = aws.register("web", "web:1", Some(&role), &[("DB", partial)]).await;
        aws.create("web", &definition, 1).await;
        pass(40).await;
        assert_eq!(aws.describe("web").await.running_count(), running, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_inactive_revision_is_described_for_ever_or_while_it_is_used() {
    for other in [false, true] {
        let aws = switched(|readings| readings.inactive_revisions_are_forgotten = other);
        let used = aws.register("web", "web:1", None, &[]).await;
        let unused = aws.register("web", "web:2", None, &[]).await;
        aws.create("web", &used, 1).await;
        for arn in [&used, &unused] {
            aws.ecs.deregister_task_definition().task_definition(arn).send().await.unwrap();
        }
        let described = async |arn: &str| aws.ecs.describe_task_definition().task_definition(arn).send().await.is_ok();
        assert_eq!((described(&used).await, described(&unused).await), (true, !other));
    }
}

#[test]
fn evenkeel_comes_to_rest_with_one_deployment_a_change_under_every_reading() {
    let switches: [fn(&mut Readings); 6] = [
        |readings| readings.unchanged_task_definition_deploys = true,
        |readings| readings.only_another_value_deploys = true,
        |readings| readings.deployment_configuration_is_replaced = true,
        |readings| readings.another_key_makes_a_version = true,
        |readings| readings.partial_arns_are_resolved = true,
        |readings| readings.inactive_revisions_are_forgotten = true,
    ];
    for (index, switch) in switches.into_iter().enumerate() {
        in_virtual_time(async {
            let lab = Lab::with_shop().await;
            lab.sandbox.with_world(|world| switch(&mut world.readings));
            lab.converge(&shop("2.0.0")).await;
            lab.rotate("shop/db", 2);
            tokio::time::sleep(std::time::Duration::from_mins(1)).await;
            lab.converge(&shop("2.0.0")).await;
            lab.converge(&shop("2.1.0")).await;
            assert_eq!(deployments(&lab, "shop-web"), 3, "switch {index}");
            let writes = lab.writes();
            let (plan, _) = lab.pass(&shop("2.1.0")).await;
            assert!(plan.is_empty() && lab.writes() == writes, "switch {index}: not quiet");
        });
    }
}
