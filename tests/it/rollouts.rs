//! Rollouts on the sandbox, where tasks really start, fail, read their secrets and are replaced.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::model::service::ServiceFields;
use evenkeel::plan::held::Because;
use evenkeel::plan::step::Risk;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::ecs::Behaviour;
use serde_json::json;

use crate::support::lab::{Lab, in_virtual_time, shop, token};
use crate::support::world::{deployments, revisions};
use evenkeel::sandbox::chaos::Fate;

const BROKEN: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.1.0";

#[test]
fn every_task_runs_with_the_version_that_its_revision_was_made_for() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        assert_eq!(versions(&lab, "shop-web"), [token("shop/db", 1), token("shop/db", 1)]);
        lab.rotate("shop/db", 2);
        tokio::time::sleep(Duration::from_mins(1)).await;
        lab.converge(&shop("2.0.0")).await;
        assert_eq!(versions(&lab, "shop-web"), [token("shop/db", 2), token("shop/db", 2)]);
        assert_eq!(versions(&lab, "shop-worker"), [token("shop/db", 2)]);
    });
}

#[test]
fn ten_rotations_in_a_row_are_one_rollout() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        lab.converge(&desired).await;
        let before = deployments(&lab, "shop-web");
        for version in 2..12 {
            lab.rotate("shop/db", version);
            let (plan, _) = lab.pass(&desired).await;
            assert!(plan.is_empty(), "a rotation is not rolled out while another may follow");
            assert!(plan.held().iter().any(|held| matches!(held.because, Because::Debouncing { .. })));
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        lab.converge(&desired).await;
        assert_eq!(deployments(&lab, "shop-web"), before + 1);
        assert_eq!(versions(&lab, "shop-web"), [token("shop/db", 11), token("shop/db", 11)]);
    });
}

#[test]
fn law_7_a_failed_rollout_is_remembered_and_never_repeated() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        breaks(&lab);
        lab.converge(&shop("2.1.0")).await;
        let (tried, registered) = (deployments(&lab, "shop-web"), revisions(&lab, "shop-web"));
        for _ in 0..5 {
            lab.restart().await;
            let (plan, _) = lab.pass(&shop("2.1.0")).await;
            assert!(plan.is_empty());
            let held: Vec<_> = plan.held().iter().map(|held| (held.target.to_string(), held.because.name())).collect();
            assert_eq!(held, [("Service/web".to_owned(), "RolloutFailed")]);
            tokio::time::sleep(Duration::from_hours(1)).await;
        }
        assert_eq!(deployments(&lab, "shop-web"), tried);
        assert_eq!(revisions(&lab, "shop-web"), registered);
        assert_eq!(images(&lab), ["shop-web:2.0.0", "shop-web:2.0.0"]);
    });
}

#[test]
fn law_7_what_starts_no_deployment_goes_on_beside_what_failed() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        breaks(&lab);
        lab.converge(&shop("2.1.0")).await;
        let tried = deployments(&lab, "shop-web");
        lab.call(Service::Ecs, "UpdateService", &json!({"cluster": "shop", "service": "shop-web", "desiredCount": 4}));
        let mut scaled = shop("2.1.0");
        let web = scaled.services.iter_mut().find(|(name, _)| name.as_str() == "web").unwrap().1;
        let mut fields = web.fields.all_written().clone();
        fields.extend([("desiredCount".to_owned(), json!(3)), ("enableExecuteCommand".to_owned(), json!(true))]);
        web.fields = ServiceFields::new(fields);
        for (desired, count, execute) in [(shop("2.1.0"), 2, false), (scaled, 3, true)] {
            lab.converge(&desired).await;
            tokio::time::sleep(Duration::from_mins(2)).await;
            let described = json!({"cluster": "shop", "services": ["shop-web"]});
            let service = lab.call(Service::Ecs, "DescribeServices", &described)["services"][0].clone();
            let is = [&service["desiredCount"], &service["runningCount"], &service["enableExecuteCommand"]];
            assert_eq!(is, [&json!(count), &json!(count), &json!(execute)]);
            let (plan, _) = lab.pass(&desired).await;
            assert!(plan.is_empty(), "{plan:#?}");
            let held: Vec<_> = plan.held().iter().map(|held| (held.target.to_string(), held.because.name())).collect();
            assert_eq!(held, [("Service/web".to_owned(), "RolloutFailed")]);
        }
        assert_eq!(deployments(&lab, "shop-web"), tried);
        assert!(images(&lab).iter().all(|image| image == "shop-web:2.0.0"), "{:?}", images(&lab));
    });
}

#[test]
fn law_7_another_content_is_rolled_out_after_a_failure() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        breaks(&lab);
        lab.converge(&shop("2.1.0")).await;
        lab.converge(&shop("2.1.1")).await;
        assert_eq!(images(&lab), ["shop-web:2.1.1", "shop-web:2.1.1"]);
    });
}

#[test]
fn law_7_a_person_can_ask_to_try_again() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        breaks(&lab);
        lab.converge(&shop("2.1.0")).await;
        lab.sandbox.with_world(|world| world.surroundings.images.set(BROKEN, Behaviour::well()));
        let mut desired = shop("2.1.0");
        for service in desired.services.values_mut() {
            service.retry_after = Some(lab.clock.now());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        lab.converge(&desired).await;
        assert_eq!(images(&lab), ["shop-web:2.1.0", "shop-web:2.1.0"]);
    });
}

#[test]
fn law_7_nothing_is_started_while_a_rollback_is_under_way() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        breaks(&lab);
        let (_, started) = lab.pass(&shop("2.1.0")).await;
        assert_eq!(started.done(), 2);
        let mut seen = false;
        for _ in 0..200 {
            let (_, plan) = lab.look(&shop("2.1.1")).await;
            let statuses =
                lab.call(Service::Ecs, "ListServiceDeployments", &json!({"cluster": "shop", "service": "shop-web"}));
            let rolling_back =
                statuses["serviceDeployments"][0]["status"].as_str().is_some_and(|s| s.starts_with("ROLLBACK_IN"));
            if rolling_back {
                seen = true;
                assert!(plan.steps().all(|(_, step)| step.action.call.name() != "updateService"), "{plan:#?}");
                assert!(plan.held().iter().any(|held| matches!(held.because, Because::RolloutInProgress(_))));
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        assert!(seen, "the rollback was never seen");
    });
}

#[test]
fn law_6_a_permission_is_granted_before_and_taken_away_only_when_nothing_uses_it() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.create_secret("shop/mail", 1);
        let desired = with_mail();
        lab.converge(&desired).await;
        assert!(policy(&lab).contains("shop/mail"));
        // The secret is no longer wanted, but the revision that reads it is ACTIVE and could be rolled back to.
        lab.converge(&shop("2.0.0")).await;
        assert!(policy(&lab).contains("shop/mail"));
        let old = lab.call(Service::Ecs, "ListTaskDefinitions", &json!({"familyPrefix": "shop-web"}));
        let old = old["taskDefinitionArns"][0].as_str().unwrap();
        lab.call(Service::Ecs, "DeregisterTaskDefinition", &json!({"taskDefinition": old}));
        tokio::time::sleep(Duration::from_hours(2)).await;
        let (_, plan) = lab.look(&shop("2.0.0")).await;
        let steps: Vec<_> = plan.steps().map(|(_, step)| (step.action.call.name(), step.why.reason())).collect();
        assert_eq!(steps, [("putRolePolicy".to_owned(), "NoLongerDesired")]);
        lab.converge(&shop("2.0.0")).await;
        assert!(!policy(&lab).contains("shop/mail"));
        assert!(policy(&lab).contains("shop/db"));
    });
}

#[test]
fn law_6_what_is_in_use_cannot_be_read_so_nothing_is_taken_away() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.create_secret("shop/mail", 1);
        lab.converge(&with_mail()).await;
        lab.chaos.set(|_, operation| if operation == "ListTaskDefinitions" { Fate::Denied } else { Fate::Pass });
        let (_, plan) = lab.look(&shop("2.0.0")).await;
        let calls: Vec<String> = plan.steps().map(|(_, step)| step.action.call.name()).collect();
        assert_eq!(calls, ["registerTaskDefinition", "updateService"]);
        assert!(
            plan.held()
                .iter()
                .any(|held| held.target.to_string() == "ExecutionRole/web" && held.because.name() == "Unreadable")
        );
    });
}

#[test]
fn tasks_wait_until_a_widened_role_has_settled() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        // IAM takes ten seconds to spread a change: a task that starts sooner would be denied its secret.
        lab.sandbox.with_world(|world| world.iam.set_propagation_lag(Duration::from_secs(10)));
        let desired = shop("2.0.0");
        let (plan, execution) = lab.pass(&desired).await;
        let deferred: Vec<_> =
            plan.steps().filter(|(_, step)| step.deferred.is_some()).map(|(_, step)| step.target.to_string()).collect();
        assert_eq!(deferred, ["Service/web", "Service/worker"]);
        assert!(execution.has_deferred());
        let (plan, _) = lab.pass(&desired).await;
        assert!(plan.held().iter().all(|held| matches!(held.because, Because::Settling { .. })));
        lab.converge(&desired).await;
        let stopped = lab.call(Service::Ecs, "ListTasks", &json!({"cluster": "shop", "desiredStatus": "STOPPED"}));
        assert_eq!(stopped["taskArns"], json!([]), "no task was denied anything");
    });
}

#[test]
fn a_deployment_that_is_denied_moments_after_a_widening_is_tried_once_more() {
    in_virtual_time(async {
        let mut lab = unsettled(Duration::from_mins(1)).await;
        let before = deployments(&lab, "shop-web");
        let desired = hasty(with_mail());
        lab.converge(&desired).await;
        assert_eq!(deployments(&lab, "shop-web"), before + 2, "one was denied, the next was not");
        let reads_mail = lab.sandbox.with_world(|world| {
            let tasks = world.ecs.tasks_of("shop", "shop-web").into_iter().filter(|task| task.stop.is_none());
            tasks.map(|task| task.secret_version("MAIL").is_some()).collect::<Vec<_>>()
        });
        assert_eq!(reads_mail, [true, true]);
        lab.restart().await;
        let (_, plan) = lab.look(&desired).await;
        assert!(plan.is_empty() && plan.held().is_empty(), "{plan:#?}");
    });
}

#[test]
fn law_7_a_deployment_that_is_denied_again_is_remembered() {
    in_virtual_time(async {
        let mut lab = unsettled(Duration::from_hours(5)).await;
        let before = deployments(&lab, "shop-web");
        let desired = hasty(with_mail());
        lab.converge(&desired).await;
        assert_eq!(deployments(&lab, "shop-web"), before + 2);
        for _ in 0..3 {
            lab.restart().await;
            let (plan, _) = lab.pass(&desired).await;
            assert!(plan.is_empty(), "{plan:#?}");
            assert!(plan.held().iter().any(|held| held.because.name() == "RolloutFailed"));
            tokio::time::sleep(Duration::from_mins(30)).await;
        }
        assert_eq!(deployments(&lab, "shop-web"), before + 2);
    });
}

/// Section 5 of the design: without a breaker nobody else would end it, and ECS would not record that it failed.
#[test]
fn law_7_a_rollout_that_never_ends_is_stopped_and_remembered() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        lab.converge(&without_breaker("2.0.0")).await;
        // Its tasks come up and go down for ever.
        breaks(&lab);
        let desired = without_breaker("2.1.0");
        let mut stopped = 0;
        for _ in 0..40 {
            let (plan, _) = lab.pass(&desired).await;
            stopped += plan.steps().filter(|(_, step)| step.why.reason() == "Overdue").count();
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        assert_eq!(stopped, 1);
        assert_eq!(images(&lab), ["shop-web:2.0.0", "shop-web:2.0.0"]);
        lab.restart().await;
        let (_, plan) = lab.look(&desired).await;
        assert!(plan.is_empty() && plan.held().iter().any(|held| held.because.name() == "RolloutFailed"), "{plan:#?}");
        assert_eq!(deployments(&lab, "shop-web"), 2);
    });
}

/// The shop, whose web service has no circuit breaker.
fn without_breaker(tag: &str) -> Desired {
    let mut desired = shop(tag);
    let web = desired.services.iter_mut().find(|(name, _)| name.as_str() == "web").unwrap().1;
    let mut fields = web.fields.all_written().clone();
    fields["deploymentConfiguration"]["deploymentCircuitBreaker"] = json!({"enable": false, "rollback": false});
    web.fields = ServiceFields::new(fields);
    desired
}

/// A shop that runs, in an account whose IAM takes that long to spread a change.
async fn unsettled(lag: Duration) -> Lab {
    let lab = Lab::with_shop().await;
    lab.create_secret("shop/mail", 1);
    lab.converge(&shop("2.0.0")).await;
    lab.sandbox.with_world(|world| world.iam.set_propagation_lag(lag));
    lab
}

/// Does not wait for IAM at all.
fn hasty(mut desired: Desired) -> Desired {
    desired.policy.settle = Duration::ZERO;
    desired
}

#[test]
fn a_release_replaces_running_tasks_and_says_so() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        let (_, plan) = lab.look(&shop("2.1.1")).await;
        let risks: Vec<_> = plan
            .steps()
            .filter(|(_, step)| step.risk.contains(&Risk::Redeploy))
            .map(|(_, step)| step.target.to_string())
            .collect();
        assert_eq!(risks, ["Service/web"]);
    });
}

#[test]
fn a_deployment_by_someone_else_between_plan_and_call_fails_the_step() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.converge(&shop("2.1.1")).await;
        let (_, plan) = lab.look(&shop("2.2.0")).await;
        lab.call(
            Service::Ecs,
            "UpdateService",
            &json!({"cluster": "shop", "service": "shop-web", "taskDefinition": "shop-web:1"}),
        );
        let execution = evenkeel::execute::execute(&plan, &lab.aws, &evenkeel::execute::Silent, || false).await;
        let faults: Vec<String> = execution.failures().map(|(_, fault)| fault.to_string()).collect();
        assert_eq!(faults.len(), 1);
        assert!(faults[0].contains("someone else deployed"), "{faults:?}");
        assert!(faults[0].contains(lab.aws.identity()) && !lab.aws.identity().is_empty(), "{faults:?}");
    });
}

fn breaks(lab: &Lab) {
    let exits = Behaviour::exiting(1, Duration::from_secs(5));
    lab.sandbox.with_world(|world| world.surroundings.images.set(BROKEN, exits));
}

/// The shop, whose web service also reads the password of the mail server.
pub(crate) fn with_mail() -> Desired {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples/shop");
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let mail =
            "DB_PASSWORD: {secretRef: {name: shop-db, key: password}}\n        MAIL: {secretRef: {name: shop-mail}}";
        let text = if name == "web.yaml" {
            text.replace("DB_PASSWORD: {secretRef: {name: shop-db, key: password}}", mail)
        } else {
            text.clone()
                + "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: shop-mail}\nspec: {secretName: shop/mail}\n"
        };
        evenkeel::manifest::SourceFile { name: name.into(), text }
    };
    let worker = evenkeel::manifest::SourceFile {
        name: "worker.yaml".into(),
        text: std::fs::read_to_string(folder.join("worker.yaml")).unwrap(),
    };
    crate::support::lab::desired(&[read("database.yaml"), read("web.yaml"), worker])
}

fn policy(lab: &Lab) -> String {
    lab.sandbox.with_world(|world| world.iam.role("shop-web-exec").unwrap().inline.values().cloned().collect())
}

/// The versions of the password that the running tasks of a service got.
fn versions(lab: &Lab, service: &str) -> Vec<String> {
    lab.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("shop", service).into_iter().filter(|task| task.stop.is_none());
        tasks.filter_map(|task| task.secret_version("DB_PASSWORD").map(str::to_owned)).collect()
    })
}

/// The images that the running tasks of the web service have, by their end.
fn images(lab: &Lab) -> Vec<String> {
    lab.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("shop", "shop-web").into_iter().filter(|task| task.stop.is_none());
        tasks.map(|task| task.containers[0].image.rsplit('/').next().unwrap().to_owned()).collect()
    })
}
