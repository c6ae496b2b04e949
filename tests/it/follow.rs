//! Rollouts that are followed, on the sandbox in virtual time: what is said of them, how it ends, and how seldom ECS is
//! asked.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use evenkeel::follow::{Rollouts, Until, Viewer, explain, follow};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Name;
use evenkeel::model::service::ServiceFields;
use evenkeel::model::time::Timestamp;
use evenkeel::render::rollouts::{ending, frame, happening};
use evenkeel::render::style::Style;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::ecs::Behaviour;
use evenkeel::status::rollout::{Event, Rollout, State};
use serde_json::json;

use crate::golden::Golden;
use crate::support::lab::{Lab, in_virtual_time, shop};

const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web";

/// Keeps everything that would be shown.
#[derive(Default)]
pub(crate) struct Recorder {
    tasks: bool,
    pub(crate) lines: RefCell<Vec<String>>,
    pub(crate) frames: RefCell<Vec<Vec<String>>>,
    /// Of each look and each rollout: where it was, and how many single tasks were shown.
    watched: RefCell<Vec<(State, usize)>>,
}

impl Viewer for Recorder {
    fn wants_tasks(&self) -> bool {
        self.tasks
    }

    fn happened(&self, name: &Name, rollout: &Rollout, event: &Event, now: Timestamp) {
        for line in happening(name, rollout, event, now, Style { width: 60, ..Style::plain() }) {
            let columns = unicode_width::UnicodeWidthStr::width(line.as_str());
            assert!(columns <= 60 || line.split_whitespace().count() == 1, "{line}");
        }
        self.lines.borrow_mut().push(happening(name, rollout, event, now, Style::plain()).join("\n"));
    }

    fn seen(&self, rollouts: &Rollouts, now: Timestamp) {
        let watched = rollouts.values().map(|rollout| (rollout.state.clone(), rollout.tasks.len()));
        self.watched.borrow_mut().extend(watched);
        self.frames.borrow_mut().push(frame(rollouts, now, Style { width: 80, ..Style::plain() }, 24));
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) async fn watch(lab: &Lab, desired: &Desired, limit: Option<Duration>, recorder: &Recorder) -> Rollouts {
    let mut rollouts = desired.services.keys().cloned().map(|name| (name, Rollout::default())).collect();
    follow(&lab.aws, lab.clock, desired, &mut rollouts, &Until { limit, ..Until::default() }, recorder).await;
    rollouts
}

/// The end of one rollout, as people read it.
fn said(lab: &Lab, desired: &Desired, rollouts: &Rollouts, service: &str) -> String {
    let name = name(service);
    ending(&name, &rollouts[&name], desired, lab.aws.scope(), lab.clock.now(), Style::plain()).join("\n")
}

/// A shop that runs, and the next release of its web service, just begun.
pub(crate) async fn release(behaviour: Behaviour) -> (Lab, Desired) {
    let lab = Lab::with_shop().await;
    lab.converge(&shop("2.0.0")).await;
    lab.sandbox.with_world(|world| world.surroundings.images.set(&format!("{IMAGE}:2.1.0"), behaviour));
    let desired = shop("2.1.0");
    let (_, execution) = lab.pass(&desired).await;
    assert_eq!(execution.done(), 2);
    (lab, desired)
}

#[test]
fn a_rollout_that_works_is_told_from_its_first_task_to_its_last() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::well()).await;
        let recorder = Recorder::default();
        let rollouts = watch(&lab, &desired, None, &recorder).await;
        assert_eq!(rollouts[&name("web")].state, State::Completed);
        assert_eq!(rollouts[&name("worker")].state, State::Settled);
        assert_eq!(said(&lab, &desired, &rollouts, "web"), "");
        let lines = recorder.lines.take();
        assert!(lines[0].contains("rolling out") && lines[0].contains("shop-web:2 0/2 running"), "{lines:#?}");
        assert!(lines.last().unwrap().contains("completed"), "{lines:#?}");
        assert!(lines.last().unwrap().contains("shop-web:2 2/2 running after"), "{lines:#?}");
        for line in &lines {
            assert!(line.chars().all(|c| !c.is_control()), "{line:?}");
        }
        let distinct: BTreeSet<&String> = lines.iter().collect();
        assert_eq!(distinct.len(), lines.len(), "one line for each transition: {lines:#?}");
    });
}

#[test]
fn a_container_that_ends_is_the_cause_of_a_rollback() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::exiting(3, Duration::from_secs(5))).await;
        let recorder = Recorder::default();
        let rollouts = watch(&lab, &desired, None, &recorder).await;
        assert_eq!(rollouts[&name("web")].state, State::RolledBack);
        let said = said(&lab, &desired, &rollouts, "web");
        assert!(said.starts_with("failed: Service/web: shop-web:2 was rolled back to shop-web:1 after "), "{said}");
        assert!(said.contains("cause: container web ended with exit code 3"), "{said}");
        assert!(said.contains("help: look at the container's log"), "{said}");
        let lines = recorder.lines.take().join("\n");
        assert!(lines.contains("shop-web:2 failed, and ECS goes back to shop-web:1"), "{lines}");
    });
}

#[test]
fn while_ecs_goes_back_no_task_of_the_failed_rollout_is_shown() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::exiting(3, Duration::from_secs(5))).await;
        let recorder = Recorder { tasks: true, ..Recorder::default() };
        watch(&lab, &desired, None, &recorder).await;
        let watched = recorder.watched.take();
        let shown = |wanted: State| -> Vec<usize> {
            watched.iter().filter(|(state, _)| *state == wanted).map(|(_, tasks)| *tasks).collect()
        };
        let last = shown(State::Rolling).last().copied();
        assert!(last.is_some_and(|tasks| tasks > 0), "none to let go of: {watched:?}");
        let back = shown(State::RollingBack);
        assert!(!back.is_empty() && back.iter().all(|tasks| *tasks == 0), "{watched:?}");
        for frame in recorder.frames.take() {
            let below = frame.iter().skip_while(|line| !line.contains("rolling back")).nth(1);
            let is_tasks = below.is_some_and(|line| line.starts_with("      ") && !line.contains(" stopped: "));
            assert!(!is_tasks, "{frame:#?}");
        }
    });
}

#[test]
fn a_missing_permission_is_named_with_its_role_and_its_secret() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::well()).await;
        // Someone takes the permissions away before the tasks have started.
        let little = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["ecr:*", "logs:*"], "Resource": "*"}
        ]});
        put_policy(&lab, &little.to_string());
        let rollouts = watch(&lab, &desired, None, &Recorder::default()).await;
        let said = said(&lab, &desired, &rollouts, "web");
        let cause = "cause: the role shop-web-exec may not secretsmanager:GetSecretValue on secret:shop/db-";
        assert!(said.contains(cause), "{said}");
    });
}

/// As IAM's console would do it.
fn put_policy(lab: &Lab, document: &str) {
    let name =
        lab.sandbox.with_world(|world| world.iam.role("shop-web-exec").unwrap().inline.keys().next().unwrap().clone());
    lab.form(
        "PutRolePolicy",
        &serde_json::json!({"RoleName": "shop-web-exec", "PolicyName": name, "PolicyDocument": document}),
    );
}

#[test]
fn a_missing_image_is_named() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::missing()).await;
        let rollouts = watch(&lab, &desired, None, &Recorder::default()).await;
        assert_eq!(rollouts[&name("web")].state, State::RolledBack);
        let said = said(&lab, &desired, &rollouts, "web");
        assert!(said.contains(&format!("cause: there is no image {IMAGE}:2.1.0 (")), "{said}");
    });
}

#[test]
fn a_limit_ends_the_waiting_and_says_what_still_goes_on() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::well()).await;
        let begun = lab.clock.now();
        let rollouts = watch(&lab, &desired, Some(Duration::from_secs(20)), &Recorder::default()).await;
        assert!(lab.clock.now().since(begun) <= Duration::from_secs(30));
        assert_eq!(rollouts[&name("web")].state, State::Overdue);
        let said = said(&lab, &desired, &rollouts, "web");
        assert!(said.starts_with("failed: Service/web: shop-web:2 is still going on after "), "{said}");
        assert!(said.contains("/2 running"), "{said}");
    });
}

#[test]
fn without_a_limit_a_rollout_may_take_what_its_manifest_says() {
    in_virtual_time(async {
        let (lab, mut desired) = release(Behaviour::exiting(1, Duration::from_secs(5))).await;
        for service in desired.services.values_mut() {
            service.rollout.timeout = Duration::from_secs(15);
        }
        let rollouts = watch(&lab, &desired, None, &Recorder::default()).await;
        assert_eq!(rollouts[&name("web")].state, State::Overdue, "{rollouts:#?}");
    });
}

#[test]
fn two_services_are_followed_at_once_and_each_has_its_own_end() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.sandbox.with_world(|world| {
            world.surroundings.images.set(&format!("{IMAGE}:2.1.0"), Behaviour::exiting(1, Duration::from_secs(5)));
        });
        lab.rotate("shop/db", 2);
        tokio::time::sleep(Duration::from_mins(1)).await;
        let desired = shop("2.1.0");
        let (_, execution) = lab.pass(&desired).await;
        assert_eq!(execution.failures().count(), 0);
        let recorder = Recorder { tasks: true, ..Recorder::default() };
        let rollouts = watch(&lab, &desired, None, &recorder).await;
        assert_eq!(rollouts[&name("web")].state, State::RolledBack);
        assert_eq!(rollouts[&name("worker")].state, State::Completed);
        assert_eq!(said(&lab, &desired, &rollouts, "worker"), "");
        let frames = recorder.frames.take();
        for line in frames.iter().flatten() {
            assert!(unicode_width::UnicodeWidthStr::width(line.as_str()) < 80, "{line}");
        }
        let telling = frames.iter().find(|frame| frame.iter().any(|line| line.contains("stopped: container web")));
        let ids = |line: &String| {
            let is_id = |word: &str| word.len() == 8 && word.chars().all(|c| c.is_ascii_hexdigit());
            line.split(' ').map(|word| if is_id(word) { "[id]" } else { word }).collect::<Vec<_>>().join(" ")
        };
        let text: String = telling.unwrap().iter().map(|line| ids(line) + "\n").collect();
        let mut golden = Golden::new();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/rollouts.80.txt");
        golden.check("rollouts.80.txt", &file, &text);
        golden.finish();
    });
}

#[test]
fn a_deployment_by_someone_else_is_named_and_followed_in_its_place() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::well()).await;
        let recorder = Recorder::default();
        let meanwhile = async {
            tokio::time::sleep(Duration::from_secs(12)).await;
            let other = json!({"cluster": "shop", "service": "shop-web", "taskDefinition": "shop-web:1"});
            lab.call(Service::Ecs, "UpdateService", &other);
        };
        let (rollouts, ()) = tokio::join!(watch(&lab, &desired, None, &recorder), meanwhile);
        assert_eq!(
            (rollouts[&name("web")].to.as_str(), &rollouts[&name("web")].state),
            ("shop-web:1", &State::Completed)
        );
        let lines = recorder.lines.take().join("\n");
        assert!(lines.contains("shop-web:2 was superseded by shop-web:1 before it was over"), "{lines}");
    });
}

#[test]
fn a_failure_that_nobody_saw_is_explained_afterwards() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::exiting(7, Duration::from_secs(5))).await;
        tokio::time::sleep(Duration::from_mins(10)).await;
        let mut rollouts = watch(&lab, &desired, None, &Recorder::default()).await;
        assert_eq!(rollouts[&name("web")].state, State::Settled);
        let (observed, plan) = lab.look(&desired).await;
        explain(&lab.aws, &desired, &observed, &plan, &mut rollouts).await;
        let said = said(&lab, &desired, &rollouts, "web");
        assert!(said.contains("shop-web:2 was rolled back to shop-web:1"), "{said}");
        assert!(said.contains("cause: container web ended with exit code 7"), "{said}");
    });
}

#[test]
fn a_rollout_that_someone_stops_ends_with_the_words_of_ecs() {
    in_virtual_time(async {
        let (lab, desired) = release(Behaviour::well()).await;
        let meanwhile = async {
            tokio::time::sleep(Duration::from_secs(12)).await;
            let service = json!({"cluster": "shop", "service": "shop-web"});
            let listed = lab.call(Service::Ecs, "ListServiceDeployments", &service);
            let arn = &listed["serviceDeployments"][0]["serviceDeploymentArn"];
            lab.call(
                Service::Ecs,
                "StopServiceDeployment",
                &json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"}),
            );
        };
        let recorder = Recorder::default();
        let (mut rollouts, ()) = tokio::join!(watch(&lab, &desired, None, &recorder), meanwhile);
        assert_eq!(rollouts[&name("web")].state, State::RolledBack);
        let (observed, plan) = lab.look(&desired).await;
        assert!(explain(&lab.aws, &desired, &observed, &plan, &mut rollouts).await.is_empty(), "it was seen to fail");
        let said = said(&lab, &desired, &rollouts, "web");
        assert_eq!(
            said.lines().nth(1).unwrap(),
            "cause: ECS says: Service deployment rolled back because of a user-requested stop",
            "{said}"
        );
        let asked = lab.aws.calls();
        explain(&lab.aws, &desired, &observed, &plan, &mut rollouts).await;
        assert_eq!(lab.aws.calls(), asked, "what is known is not asked again");
    });
}

#[test]
fn how_long_a_failure_of_before_took_does_not_grow_with_each_look() {
    in_virtual_time(async {
        for rolls_back in [true, false] {
            let lab = Lab::with_shop().await;
            lab.converge(&breaker(shop("2.0.0"), rolls_back)).await;
            let broken = Behaviour::exiting(7, Duration::from_secs(5));
            lab.sandbox.with_world(|world| world.surroundings.images.set(&format!("{IMAGE}:2.1.0"), broken));
            let desired = breaker(shop("2.1.0"), rolls_back);
            let (_, execution) = lab.pass(&desired).await;
            assert_eq!(execution.failures().count(), 0);
            let mut told = Vec::new();
            for minutes in [0, 10, 20] {
                tokio::time::sleep(Duration::from_mins(minutes)).await;
                let mut rollouts = watch(&lab, &desired, None, &Recorder::default()).await;
                let (observed, plan) = lab.look(&desired).await;
                explain(&lab.aws, &desired, &observed, &plan, &mut rollouts).await;
                let said = said(&lab, &desired, &rollouts, "web");
                let took = said.lines().next().unwrap().split(" after ").nth(1).unwrap().to_owned();
                let head = frame(&rollouts, lab.clock.now(), Style::plain(), 24).remove(0);
                told.push((took, head));
            }
            let minutes = |took: &str| took.split_once('m').map_or(0, |(minutes, _)| minutes.parse().unwrap());
            assert!(told.iter().all(|(took, _)| minutes(took) < 5), "{rolls_back}: {told:?}");
            assert_eq!(told[1], told[2], "{rolls_back}");
        }
    });
}

/// Has a circuit breaker that goes back, or leaves the service where it is.
fn breaker(mut desired: Desired, rolls_back: bool) -> Desired {
    for service in desired.services.values_mut() {
        let mut fields = service.fields.all_written().clone();
        fields["deploymentConfiguration"]["deploymentCircuitBreaker"] = json!({"enable": true, "rollback": rolls_back});
        service.fields = ServiceFields::new(fields);
    }
    desired
}

#[test]
fn reads_that_fail_for_a_moment_are_forgiven_and_those_that_go_on_failing_are_told() {
    in_virtual_time(async {
        use evenkeel::sandbox::chaos::Fate;
        let (lab, desired) = release(Behaviour::well()).await;
        lab.chaos.set(|index, _| if index < 1 { Fate::Denied } else { Fate::Pass });
        let rollouts = watch(&lab, &desired, None, &Recorder::default()).await;
        assert_eq!(rollouts[&name("web")].state, State::Completed);
        lab.chaos.set(|_, _| Fate::Denied);
        let rollouts = watch(&lab, &desired, None, &Recorder::default()).await;
        let said = said(&lab, &desired, &rollouts, "web");
        assert!(said.contains("it cannot be followed: ecs:DescribeServices is not allowed"), "{said}");
    });
}

#[test]
fn following_asks_seldom_and_no_more_than_it_needs() {
    in_virtual_time(async {
        // For each round: one look at all services; with tasks, a list and a description for the one that rolls.
        for (tasks, most) in [(false, 1), (true, 3)] {
            let (lab, desired) = release(Behaviour::well()).await;
            let (before, begun) = (lab.aws.calls(), lab.clock.now());
            watch(&lab, &desired, None, &Recorder { tasks, ..Recorder::default() }).await;
            let after = lab.aws.calls();
            let rounds = lab.clock.now().since(begun).as_secs() / 5 + 1;
            let of = |calls: &evenkeel::aws::Calls, operation: &str| calls.get(operation).copied().unwrap_or(0);
            let made = |operation: &str| of(&after, operation) - of(&before, operation);
            let all: u64 = after.values().sum::<u64>() - before.values().sum::<u64>();
            assert!(all <= most * rounds, "{all} calls in {rounds} rounds, {tasks}");
            assert_eq!(made("ecs:DescribeTasks") > 0, tasks, "nobody looks at tasks that nobody sees");
        }
    });
}
