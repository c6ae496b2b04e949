//! What becomes of rollouts: each end is a condition with its cause, and is counted once.

use std::time::Duration;

use evenkeel::model::id::ResourceId;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::chaos::Fate;
use evenkeel::sandbox::ecs::Behaviour;
use evenkeel::status::condition::{ConditionType, Truth};
use evenkeel::status::detail::Detail;
use evenkeel::status::report::ResourceStatus;
use serde_json::json;

use super::running::{Running, beside, edit, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};
use crate::support::leaks::assert_clean;
use crate::support::world::deployments;

const REPOSITORY: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/// The shop, whose release 2.1.0 ends at once, and a folder with another configuration of deployments of the web service.
pub(super) async fn shop(configuration: &str) -> (Lab, Folder) {
    let (lab, folder) = (Lab::with_shop().await, shop_folder());
    let exits = Behaviour::exiting(1, Duration::from_secs(5));
    lab.sandbox.with_world(|world| world.surroundings.images.set(&format!("{REPOSITORY}/shop-web:2.1.0"), exits));
    let usual = "    deploymentCircuitBreaker: {enable: true, rollback: true}\n    minimumHealthyPercent: 100\n    maximumPercent: 200\n";
    edit(&folder, "web.yaml", usual, configuration);
    (lab, folder)
}

pub(super) const USUAL: &str = "    deploymentCircuitBreaker: {enable: true, rollback: true}\n";

pub(super) fn release(folder: &Folder, from: &str, to: &str) {
    edit(folder, "web.yaml", &format!("shop-web:{from}"), &format!("shop-web:{to}"));
}

impl Running<'_> {
    pub(super) fn web(&self) -> ResourceStatus {
        let report = self.board.said().status.unwrap();
        assert_clean("the status", &json!(*report).to_string());
        report.find(&ResourceId::parse("Service/web").unwrap()).unwrap().clone()
    }

    /// Of the condition `Ready`: its status, reason and message.
    pub(super) fn ready(&self) -> (Truth, &'static str, String) {
        let web = self.web();
        let ready = web.ready().unwrap();
        (ready.status, ready.reason.as_str(), ready.message.clone())
    }

    fn failures(&self, reason: &str) -> i64 {
        self.number(&format!("evenkeel_rollout_failures_total{{service=\"web\",reason=\"{reason}\"}}"))
    }

    fn worked(&self) -> i64 {
        self.number("evenkeel_rollout_duration_seconds_count{service=\"web\"}")
    }
}

fn statuses(lab: &Lab) -> Vec<String> {
    let listed = lab.call(Service::Ecs, "ListServiceDeployments", &json!({"cluster": "shop", "service": "shop-web"}));
    let all = listed["serviceDeployments"].as_array().unwrap().iter();
    all.map(|deployment| deployment["status"].as_str().unwrap().to_owned()).collect()
}

fn tags(lab: &Lab) -> Vec<String> {
    lab.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("shop", "shop-web").into_iter().filter(|task| task.stop.is_none());
        let mut tags: Vec<String> =
            tasks.map(|task| task.containers[0].image.rsplit(':').next().unwrap().to_owned()).collect();
        tags.dedup();
        tags
    })
}

/// The ARN of the newest service deployment.
fn newest(lab: &Lab) -> String {
    let listed = lab.call(Service::Ecs, "ListServiceDeployments", &json!({"cluster": "shop", "service": "shop-web"}));
    listed["serviceDeployments"][0]["serviceDeploymentArn"].as_str().unwrap().to_owned()
}

#[test]
fn a_rollout_that_works_is_under_way_and_then_well_and_its_time_is_counted() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            assert_eq!((running.ready().0, running.ready().1), (Truth::True, "Succeeded"));
            assert_eq!(running.worked(), 1, "the first one too: {}", running.board.numbers());
            release(running.folder, "2.0.0", "2.2.0");
            tokio::time::sleep(Duration::from_secs(15)).await;
            let (status, reason, message) = running.ready();
            assert_eq!((status, reason), (Truth::Unknown, "RolloutInProgress"), "{message}");
            assert!(message.starts_with("shop-web:2 is being rolled out: "), "{message}");
            assert!(running.web().condition(ConditionType::Reconciling).is_some());
            running.minutes(10).await;
            assert_eq!((running.ready().0, running.worked()), (Truth::True, 2));
            let sum = "evenkeel_rollout_duration_seconds_sum{service=\"web\"}";
            let page = running.board.numbers();
            let seconds: f64 = page.lines().find_map(|line| line.strip_prefix(sum)?.trim().parse().ok()).unwrap();
            assert!((60.0..600.0).contains(&seconds), "{seconds}");
        })
        .await;
    });
}

#[test]
fn a_rollback_of_the_breaker_names_of_what_tasks_stopped_for_as_long_as_it_is_held() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            release(running.folder, "2.0.0", "2.1.0");
            running.minutes(20).await;
            let (status, reason, message) = running.ready();
            assert_eq!((status, reason), (Truth::False, "RolloutFailed"), "{message}");
            assert!(message.starts_with("container web ended with exit code 1 ("), "{message}");
            assert!(message.contains("circuit breaker"), "{message}");
            assert!(running.web().condition(ConditionType::Stalled).is_some());
            // ECS has forgotten its stopped tasks by then.
            let calls = lab.aws.calls();
            running.minutes(75).await;
            assert_eq!(running.ready().2, message);
            let Some(Detail::Service(detail)) = running.web().detail else { panic!("it is there") };
            assert_eq!(detail.stopped[0].cause, "container web ended with exit code 1");
            let more = |name: &str| lab.aws.calls()[name] - calls[name];
            assert_eq!(more("ecs:DescribeTasks"), 0, "asked once for each thing that happens");
            assert_eq!((running.failures("CircuitBreaker"), running.worked()), (1, 1), "{}", running.board.numbers());
            release(running.folder, "2.1.0", "2.2.0");
            running.minutes(10).await;
            assert_eq!((running.ready().0, running.worked()), (Truth::True, 2));
            let Some(Detail::Service(detail)) = running.web().detail else { panic!("it is there") };
            assert!(detail.stopped.is_empty(), "what is mended is not spoken of");
        })
        .await;
    });
}

/// The sandbox has no alarms: one is put into the deployment behind everyone's back, and a person stops it as ECS would.
#[test]
fn a_rollback_for_an_alarm_names_the_alarm() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            release(running.folder, "2.0.0", "2.2.0");
            tokio::time::sleep(Duration::from_secs(20)).await;
            let arn = newest(&lab);
            lab.call(Service::Ecs, "StopServiceDeployment", &json!({"serviceDeploymentArn": arn}));
            lab.sandbox.with_world(|world| {
                world.ecs.service_deployment_mut(&arn).unwrap().alarms = vec!["shop-5xx".to_owned()];
            });
            running.minutes(15).await;
            let (status, reason, message) = running.ready();
            assert_eq!((status, reason), (Truth::False, "RolloutFailed"), "{message}");
            assert!(message.contains("(alarm shop-5xx)"), "{message}");
            assert_eq!(running.failures("Alarm"), 1, "{}", running.board.numbers());
            assert_eq!((deployments(&lab, "shop-web"), tags(&lab)), (2, vec!["2.0.0".to_owned()]));
        })
        .await;
    });
}

#[test]
fn a_rollout_that_never_ends_is_stopped_after_its_time_and_said_to_have_been() {
    in_virtual_time(async {
        let (lab, folder) = shop("    deploymentCircuitBreaker: {enable: false, rollback: false}\n").await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            release(running.folder, "2.0.0", "2.1.0");
            running.minutes(60).await;
            let (status, reason, message) = running.ready();
            assert_eq!((status, reason), (Truth::False, "RolloutFailed"), "{message}");
            assert!(message.starts_with("container web ended with exit code 1 ("), "{message}");
            assert_eq!(running.failures("Overdue"), 1, "{}", running.board.numbers());
            assert_eq!(tags(&lab), ["2.0.0"]);
            let stops = running.calls().iter().filter(|call| call.contains("ecs:StopServiceDeployment")).count();
            assert_eq!((stops, deployments(&lab, "shop-web")), (1, 2), "{:#?}", running.calls());
        })
        .await;
    });
}

#[test]
fn a_rollout_that_has_no_room_says_what_ecs_says() {
    in_virtual_time(async {
        let (lab, folder) =
            shop("    deploymentCircuitBreaker: {enable: true, rollback: true}\n    maximumPercent: 125\n").await;
        edit(&folder, "web.yaml", "desiredCount: 2", "desiredCount: 3");
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            release(running.folder, "2.0.0", "2.2.0");
            running.minutes(8).await;
            let (status, reason, message) = running.ready();
            assert_eq!((status, reason), (Truth::Unknown, "RolloutInProgress"), "{message}");
            assert!(message.starts_with("ECS says: "), "{message}");
            assert!(message.contains("service deployment configuration"), "{message}");
            running.minutes(30).await;
            let (status, reason, message) = running.ready();
            assert_eq!((status, reason), (Truth::False, "RolloutFailed"), "{message}");
            assert!(message.starts_with("ECS says: "), "{message}");
            assert_eq!(running.failures("Overdue"), 1, "{}", running.board.numbers());
            edit(running.folder, "web.yaml", "maximumPercent: 125", "maximumPercent: 200");
            running.minutes(15).await;
            assert_eq!((running.ready().0, tags(&lab)), (Truth::True, vec!["2.2.0".to_owned()]));
        })
        .await;
    });
}

#[test]
fn a_rollout_that_a_newer_one_took_the_place_of_did_not_fail() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            release(running.folder, "2.0.0", "2.2.0");
            tokio::time::sleep(Duration::from_secs(20)).await;
            release(running.folder, "2.2.0", "2.3.0");
            running.minutes(15).await;
            assert_eq!((running.ready().0, tags(&lab)), (Truth::True, vec!["2.3.0".to_owned()]));
            assert_eq!(statuses(&lab), ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]);
            assert!(!running.board.numbers().contains("evenkeel_rollout_failures_total{"));
            // Its content is wanted again: it is not remembered as one that failed.
            release(running.folder, "2.3.0", "2.2.0");
            running.minutes(15).await;
            assert_eq!((running.ready().0, tags(&lab)), (Truth::True, vec!["2.2.0".to_owned()]));
        })
        .await;
    });
}

#[test]
fn a_deployment_by_someone_else_in_between_is_drift_and_is_put_right() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            release(running.folder, "2.0.0", "2.2.0");
            running.minutes(10).await;
            let before = running.calls().len();
            let by_hand = json!({"cluster": "shop", "service": "shop-web", "taskDefinition": "shop-web:1"});
            lab.call(Service::Ecs, "UpdateService", &by_hand);
            running.minutes(15).await;
            assert_eq!(running.calls()[before..], ["Service/web ecs:UpdateService Drifted done"]);
            assert_eq!((running.ready().0, tags(&lab)), (Truth::True, vec!["2.2.0".to_owned()]));
            let history = running.web().history;
            assert_eq!(history[0].why.as_str(), "Drifted", "{history:#?}");
        })
        .await;
    });
}

/// ECS's trap: a deployment that is begun during a rollback has nothing completed to fall back to.
#[test]
fn while_a_rollback_is_under_way_a_newer_release_waits_for_its_end() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            release(running.folder, "2.0.0", "2.1.0");
            while statuses(&lab)[0] != "ROLLBACK_IN_PROGRESS" {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            release(running.folder, "2.1.0", "2.2.0");
            tokio::time::sleep(Duration::from_secs(8)).await;
            assert_eq!(statuses(&lab)[0], "ROLLBACK_IN_PROGRESS", "it takes longer than that");
            let (_, reason, message) = running.ready();
            assert!(reason == "RolloutInProgress" && message.contains("a rollback is under way"), "{message}");
            running.minutes(15).await;
            assert_eq!(statuses(&lab), ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
            assert_eq!((running.ready().0, tags(&lab)), (Truth::True, vec!["2.2.0".to_owned()]));
        })
        .await;
    });
}

#[test]
fn a_first_rollout_that_fails_has_no_way_back_and_the_fix_is_rolled_out() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        release(&folder, "2.0.0", "2.1.0");
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(30).await;
            assert_eq!(statuses(&lab), ["ROLLBACK_FAILED"]);
            let (status, reason, message) = running.ready();
            assert_eq!((status, reason), (Truth::False, "RolloutFailed"), "{message}");
            assert!(message.starts_with("container web ended with exit code 1 ("), "{message}");
            assert_eq!(running.failures("CircuitBreaker"), 1, "{}", running.board.numbers());
            let writes = lab.writes();
            running.minutes(40).await;
            assert_eq!(lab.writes(), writes, "nothing is made worse");
            release(running.folder, "2.1.0", "2.2.0");
            running.minutes(15).await;
            assert_eq!((running.ready().0, tags(&lab)), (Truth::True, vec!["2.2.0".to_owned()]));
        })
        .await;
    });
}

#[test]
fn deployments_that_shift_traffic_in_stages_are_waited_for() {
    for (strategy, more) in [
        ("BLUE_GREEN", "bakeTimeInMinutes: 12"),
        ("LINEAR", "linearConfiguration: {stepPercent: 25, stepBakeTimeInMinutes: 3}"),
        ("CANARY", "canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 12}"),
    ] {
        in_virtual_time(async {
            let (lab, folder) = shop(&format!("    strategy: {strategy}\n    {more}\n")).await;
            beside(&lab, &folder, rules(), async |running| {
                running.minutes(40).await;
                release(running.folder, "2.0.0", "2.2.0");
                running.minutes(4).await;
                release(running.folder, "2.2.0", "2.3.0");
                running.minutes(2).await;
                let (_, reason, message) = running.ready();
                let expected = format!("a {strategy} deployment is under way");
                assert_eq!((reason, message.as_str()), ("RolloutInProgress", expected.as_str()));
                running.minutes(60).await;
                assert_eq!(statuses(&lab), ["SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"], "{strategy}");
                assert_eq!((running.ready().0, running.worked()), (Truth::True, 3), "{strategy}");
            })
            .await;
        });
    }
}

/// The sandbox has no hooks: the deployment bakes, and its hook waits because a test says so.
#[test]
fn a_deployment_that_a_hook_has_paused_is_waited_for_and_says_where() {
    in_virtual_time(async {
        let hook = "lifecycleHooks: [{targetType: PAUSE, lifecycleStages: [POST_SCALE_UP]}]";
        let (lab, folder) = shop(&format!("    strategy: BLUE_GREEN\n    bakeTimeInMinutes: 30\n    {hook}\n")).await;
        let pause = |stage: Option<&str>| {
            let arn = newest(&lab);
            lab.sandbox.with_world(|world| {
                world.ecs.service_deployment_mut(&arn).unwrap().paused = stage.map(str::to_owned);
            });
        };
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(60).await;
            release(running.folder, "2.0.0", "2.2.0");
            running.minutes(2).await;
            pause(Some("POST_SCALE_UP"));
            running.minutes(2).await;
            let (_, reason, message) = running.ready();
            assert_eq!(reason, "RolloutInProgress");
            assert!(message.starts_with("waits at POST_SCALE_UP for someone to continue it"), "{message}");
            lab.chaos.set(|_, name| if name == "ListServiceDeployments" { Fate::Denied } else { Fate::Pass });
            running.minutes(2).await;
            assert!(running.ready().2.starts_with("waited at POST_SCALE_UP"), "{}", running.ready().2);
            lab.chaos.set(|_, _| Fate::Pass);
            release(running.folder, "2.2.0", "2.3.0");
            running.minutes(2).await;
            let (_, reason, message) = running.ready();
            assert_eq!(reason, "RolloutInProgress");
            assert!(message.contains("waits at POST_SCALE_UP for someone to continue it"), "{message}");
            assert_eq!(deployments(&lab, "shop-web"), 2);
            pause(None);
            running.minutes(120).await;
            assert_eq!((running.ready().0, tags(&lab)), (Truth::True, vec!["2.3.0".to_owned()]));
        })
        .await;
    });
}

#[test]
fn every_condition_is_a_number_too() {
    in_virtual_time(async {
        let (lab, folder) = shop(USUAL).await;
        beside(&lab, &folder, rules(), async |running| {
            running.minutes(10).await;
            let condition = "evenkeel_resource_condition{kind=\"Service\",name=\"web\"";
            let ready = format!("{condition},type=\"Ready\",status=\"True\",reason=\"Succeeded\"}}");
            assert_eq!(running.number(&ready), 1, "{}", running.board.numbers());
            let info =
                "evenkeel_resource_info{kind=\"Service\",name=\"web\",revision=\"shop-web:1\",suspended=\"false\"}";
            assert_eq!(running.number(info), 1, "{}", running.board.numbers());
            release(running.folder, "2.0.0", "2.1.0");
            running.minutes(20).await;
            for (kind, status) in [("Ready", "False"), ("Stalled", "True")] {
                let name = format!("{condition},type=\"{kind}\",status=\"{status}\",reason=\"RolloutFailed\"}}");
                assert_eq!((running.number(&name), running.number(&ready)), (1, 0), "{}", running.board.numbers());
            }
        })
        .await;
    });
}
