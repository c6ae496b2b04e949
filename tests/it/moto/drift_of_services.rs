//! Someone changes a service by hand: it is found, called drift, corrected, and then it is quiet.

use aws_sdk_ecs::types::{
    AwsVpcConfiguration, Compatibility, ContainerDefinition, DeploymentConfiguration, NetworkConfiguration, NetworkMode,
};

use super::drift::{MAIL, applied, check};
use super::front::Counts;
use super::lab::{Lab, held, in_real_time, steps};
use super::shop::shop;

/// What each correction of a service writes: the change and its mark.
const UPDATE: [(&str, usize); 2] = [("ecs:TagResource", 1), ("ecs:UpdateService", 1)];

#[test]
fn a_desired_count_changed_by_hand_is_put_back() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        lab.ecs.update_service().cluster("shop").service("shop-web").desired_count(7).send().await.unwrap();
        check(&lab, &desired, &["Service/web updateService Drifted"], &UPDATE).await;
        assert_eq!(lab.service("shop-web").await.desired_count(), 2);
    });
}

#[test]
fn a_deployment_configuration_changed_by_hand_is_put_back() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        let off = DeploymentConfiguration::builder().minimum_healthy_percent(0).maximum_percent(200).build();
        let call = lab.ecs.update_service().cluster("shop").service("shop-web").deployment_configuration(off);
        call.health_check_grace_period_seconds(300).send().await.unwrap();
        check(&lab, &desired, &["Service/web updateService Drifted"], &UPDATE).await;
        let service = lab.service("shop-web").await;
        assert_eq!(service.health_check_grace_period_seconds(), Some(30));
        assert!(service.deployment_configuration().unwrap().deployment_circuit_breaker().unwrap().enable());
    });
}

#[test]
fn a_network_changed_by_hand_is_put_back_after_a_look_at_the_history() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        let network = AwsVpcConfiguration::builder()
            .subnets(lab.placed("subnet-b"))
            .security_groups(lab.placed("sg-worker"))
            .build()
            .unwrap();
        let network = NetworkConfiguration::builder().awsvpc_configuration(network).build();
        let call = lab.ecs.update_service().cluster("shop").service("shop-web").network_configuration(network);
        call.send().await.unwrap();
        check(&lab, &desired, &["Service/web updateService Drifted"], &UPDATE).await;
        let service = lab.service("shop-web").await;
        let network = service.network_configuration().and_then(|n| n.awsvpc_configuration()).unwrap();
        assert_eq!(network.security_groups(), [lab.placed("sg-web")]);
    });
}

#[test]
fn a_service_given_another_revision_by_hand_gets_the_wanted_content_back() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        let container = ContainerDefinition::builder().name("web").image("example.com/by-hand:1").build();
        let call = lab.ecs.register_task_definition().family("shop-web").container_definitions(container);
        let call = call.network_mode(NetworkMode::Awsvpc).requires_compatibilities(Compatibility::Fargate);
        let by_hand = call.cpu("256").memory("512").send().await.unwrap().task_definition.unwrap();
        point(&lab, by_hand.task_definition_arn().unwrap()).await;
        let expected = ["TaskDefinition/web registerTaskDefinition Drifted", "Service/web updateService Drifted"];
        let writes = [("ecs:RegisterTaskDefinition", 1), ("ecs:TagResource", 1), ("ecs:UpdateService", 1)];
        check(&lab, &desired, &expected, &writes).await;
        assert_eq!(lab.revision("shop-web").await.0.revision(), 3);
    });
}

#[test]
fn a_service_sent_back_to_an_older_revision_by_hand_returns_without_a_new_one() {
    in_real_time(async {
        let (lab, _) = applied().await;
        let first = lab.service("shop-web").await.task_definition.unwrap();
        let desired = lab.desired(&(shop("2.1.0") + MAIL));
        let plans = lab.apply(&lab.connect().await, &desired).await;
        assert_eq!(steps(&plans[0])[1], "Service/web updateService Changed");
        point(&lab, &first).await;
        check(&lab, &desired, &["Service/web updateService Drifted"], &UPDATE).await;
        assert_eq!(lab.revision("shop-web").await.0.revision(), 2);
    });
}

#[test]
fn drift_is_only_shown_where_the_manifest_says_detect() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let detect = "metadata: {name: worker}\nspec:\n  driftPolicy: Detect\n  serviceName";
        let manifests = shop("2.0.0").replace("metadata: {name: worker}\nspec:\n  serviceName", detect);
        let desired = lab.desired(&manifests);
        lab.apply(&lab.connect().await, &desired).await;
        lab.ecs.update_service().cluster("shop").service("shop-worker").desired_count(7).send().await.unwrap();
        lab.front.reset();
        let (plan, _) = lab.pass(&lab.an_hour_later().await, &desired).await;
        assert_eq!((steps(&plan), held(&plan)), (vec![], vec!["Service/worker DriftDetected".to_owned()]));
        assert_eq!(plan.held()[0].changes[0].path.to_string(), "desiredCount");
        assert_eq!(lab.front.writes(), Counts::new());
    });
}

async fn point(lab: &Lab, revision: &str) {
    let call = lab.ecs.update_service().cluster("shop").service("shop-web").task_definition(revision);
    call.send().await.unwrap();
}

/// The same through the real program. Its clock is the real one, so the mark is made old instead.
#[test]
fn the_program_shows_drift_and_corrects_it() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let apply = ["apply", "--yes", "--rollouts-settle", "0s"];
        assert_eq!(lab.evenkeel(&apply, &shop("2.0.0")).exit, Some(0));
        lab.ecs.update_service().cluster("shop").service("shop-web").desired_count(7).send().await.unwrap();
        let fresh = lab.evenkeel(&["diff", "--rollouts-settle", "0s"], &shop("2.0.0"));
        assert!(fresh.exit == Some(0) && fresh.out.contains("was written moments ago"), "{}", fresh.out);
        lab.age_mark("shop-web").await;
        let diff = lab.evenkeel(&["diff", "--rollouts-settle", "0s"], &shop("2.0.0"));
        assert_eq!(diff.exit, Some(1), "{}", diff.out);
        assert!(
            diff.out.contains("desiredCount  7 → 2") && diff.out.contains("it was changed by hand"),
            "{}",
            diff.out
        );
        let correct = lab.evenkeel(&apply, &shop("2.0.0"));
        assert_eq!((correct.exit, lab.service("shop-web").await.desired_count()), (Some(0), 2), "{}", correct.out);
        assert_eq!(lab.evenkeel(&["diff"], &shop("2.0.0")).exit, Some(0));
    });
}
