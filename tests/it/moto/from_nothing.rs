//! The first apply, and everything that it leaves in AWS.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::model::policy::Policy;
use serde_json::{Value, json};

use super::hands::assert_marked;
use super::lab::{Lab, held, in_real_time, steps, version_id};
use super::shop::shop;

#[test]
fn the_first_apply_makes_every_link_of_the_chain_once() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shop("2.0.0"));
        let plans = lab.apply(&lab.connect().await, &desired).await;
        assert_eq!(plans.len(), 1, "one pass is enough");
        let expected = [
            "ExecutionRole/web createRole Missing",
            "ExecutionRole/web putRolePolicy Missing",
            "ExecutionRole/worker createRole Missing",
            "ExecutionRole/worker putRolePolicy Missing",
            "TaskDefinition/web registerTaskDefinition Missing",
            "Service/web createService Missing",
            "TaskDefinition/worker registerTaskDefinition Missing",
            "Service/worker createService Missing",
        ];
        assert_eq!(steps(&plans[0]), expected);
        let twice =
            ["ecs:CreateService", "ecs:RegisterTaskDefinition", "iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"];
        assert_eq!(lab.front.writes(), twice.map(|operation| (operation.to_owned(), 2)).into());
        assert!(!lab.front.calls().contains_key("secretsmanager:GetSecretValue"), "values are nobody's business");
    });
}

#[test]
fn after_the_first_apply_there_is_nothing_left_to_do() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shop("2.0.0"));
        let aws = lab.connect().await;
        lab.apply(&aws, &desired).await;
        lab.assert_quiet(&aws, &desired).await;
    });
}

#[test]
fn the_program_applies_the_shop_and_then_finds_nothing_to_do() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let manifests = shop("2.0.0");
        let before = lab.evenkeel(&["diff"], &manifests);
        assert_eq!(before.exit, Some(1), "there are steps");
        assert!(before.out.contains("6 to create"), "{}", before.out);
        assert!(lab.front.writes().is_empty(), "diff writes nothing");
        let first = lab.evenkeel(&["apply", "--yes", "--wait", "--rollouts-settle", "0s"], &manifests);
        assert_eq!(first.exit, Some(0), "{}", first.err);
        assert!(first.err.contains("converged") && first.err.matches("in force").count() == 2, "{}", first.err);
        lab.front.reset();
        let second = lab.evenkeel(&["apply", "--yes", "--rollouts-settle", "0s"], &manifests);
        let diff = lab.evenkeel(&["diff"], &manifests);
        assert_eq!((second.exit, second.out.as_str(), diff.exit, diff.out.as_str()), (Some(0), "", Some(0), ""));
        assert!(lab.front.writes().is_empty(), "{:?}", lab.front.writes());
    });
}

#[test]
fn a_role_may_do_what_its_task_definition_needs_and_nothing_else() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        let role = lab.iam.get_role().role_name("shop-web-exec").send().await.unwrap().role.unwrap();
        let text = percent_encoding::percent_decode_str(role.assume_role_policy_document().unwrap());
        let trust: Value = serde_json::from_str(&text.decode_utf8().unwrap()).unwrap();
        let account = &lab.account;
        assert_eq!(
            trust["Statement"],
            json!([{
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": format!("arn:aws:ecs:eu-west-1:{account}:*")},
                },
            }])
        );
        let repository = "arn:aws:ecr:eu-west-1:123456789012:repository/shop-web";
        let group = format!("arn:aws:logs:eu-west-1:{account}:log-group:/ecs/shop-web:*");
        let secret = lab.secret_arn("shop/db").await;
        let expected = [
            format!("Allow secretsmanager:GetSecretValue on {secret}"),
            "Allow ecr:GetAuthorizationToken on *".to_owned(),
            format!("Allow ecr:BatchCheckLayerAvailability on {repository}"),
            format!("Allow ecr:BatchGetImage on {repository}"),
            format!("Allow ecr:GetDownloadUrlForLayer on {repository}"),
            format!("Allow logs:CreateLogStream on {group}"),
            format!("Allow logs:PutLogEvents on {group}"),
        ];
        let policy = lab.inline_policy("shop-web-exec", "evenkeel-default").await;
        let granted: BTreeSet<String> = Policy::read(&policy).permissions().iter().map(ToString::to_string).collect();
        assert_eq!(granted, expected.into());
        let tags = role.tags().iter().map(|tag| (tag.key(), tag.value()));
        assert_marked(tags, "ExecutionRole/web");
    });
}

#[test]
fn a_revision_names_its_secrets_by_full_arn_and_says_for_which_versions_it_was_made() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        let (revision, tags) = lab.revision("shop-web").await;
        let secret = lab.secret_arn("shop/db").await;
        let [web] = revision.container_definitions() else { panic!("one container") };
        let secrets: BTreeSet<(&str, &str)> = web.secrets().iter().map(|s| (s.name(), s.value_from())).collect();
        let (user, password) = (format!("{secret}:username::"), format!("{secret}:password::"));
        assert_eq!(secrets, [("DB_USER", user.as_str()), ("DB_PASSWORD", password.as_str())].into());
        let id = version_id("shop/db", 1);
        let label = web.docker_labels().unwrap()["evenkeel.dev/secret-versions"].as_str();
        assert_eq!(label, format!("DB_PASSWORD={id} DB_USER={id}"));
        let variables: BTreeSet<_> =
            web.environment().iter().map(|v| (v.name().unwrap(), v.value().unwrap())).collect();
        assert_eq!(variables, [("LOG_LEVEL", "info"), ("PORT", "8080")].into());
        assert_eq!((revision.cpu(), revision.memory()), (Some("256"), Some("512")));
        let role = format!("arn:aws:iam::{}:role/shop-web-exec", lab.account);
        assert_eq!(revision.execution_role_arn(), Some(role.as_str()));
        assert_marked(tags.iter().map(|tag| (tag.key().unwrap(), tag.value().unwrap())), "TaskDefinition/web");
    });
}

#[test]
fn a_service_runs_its_revision_with_every_field_of_its_manifest() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        let service = lab.service("shop-web").await;
        let arn = format!("arn:aws:ecs:eu-west-1:{}:task-definition/shop-web:1", lab.account);
        assert_eq!((service.task_definition(), service.desired_count()), (Some(arn.as_str()), 2));
        assert_eq!(service.launch_type().unwrap().as_str(), "FARGATE");
        assert_eq!(service.health_check_grace_period_seconds(), Some(30));
        let configuration = service.deployment_configuration().unwrap();
        let breaker = configuration.deployment_circuit_breaker().unwrap();
        assert!(breaker.enable() && breaker.rollback());
        assert_eq!((configuration.minimum_healthy_percent(), configuration.maximum_percent()), (Some(100), Some(200)));
        let network = service.network_configuration().and_then(|n| n.awsvpc_configuration()).unwrap();
        assert_eq!(network.subnets(), [lab.placed("subnet-a"), lab.placed("subnet-b")]);
        assert_eq!(network.security_groups(), [lab.placed("sg-web")]);
        let [balancer] = service.load_balancers() else { panic!("one load balancer") };
        assert_eq!((balancer.container_name(), balancer.container_port()), (Some("web"), Some(8080)));
        let tags = service.tags().iter().map(|tag| (tag.key().unwrap(), tag.value().unwrap()));
        assert_marked(tags, "Service/web");
    });
}

#[test]
fn a_new_service_waits_until_the_permissions_of_its_role_have_spread() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let mut desired = lab.desired(&shop("2.0.0"));
        desired.policy.settle = Duration::from_mins(10);
        let aws = lab.connect().await;
        let (plan, execution) = lab.pass(&aws, &desired).await;
        let deferred: Vec<_> = plan.steps().filter(|(_, step)| step.deferred.is_some()).collect();
        assert_eq!((deferred.len(), execution.done()), (2, 6), "{:?}", steps(&plan));
        let (plan, _) = lab.pass(&aws, &desired).await;
        assert_eq!(held(&plan)[..2], ["Service/web Settling", "Service/worker Settling"]);
        assert!(!lab.front.writes().contains_key("ecs:CreateService"));
        let later = lab.an_hour_later().await;
        let plans = lab.apply(&later, &desired).await;
        assert_eq!(steps(&plans[0]), ["Service/web createService Missing", "Service/worker createService Missing"]);
        assert_eq!(lab.front.writes()["ecs:RegisterTaskDefinition"], 2, "what was registered is used");
    });
}
