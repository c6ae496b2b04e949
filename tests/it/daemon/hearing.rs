//! Events through a queue: they hasten what a sweep would find, and whatever becomes of them harms nothing.

use std::time::Duration;

use evenkeel::sandbox::Service;
use evenkeel::sandbox::chaos::Fate;
use serde_json::{Value, json};

use super::running::{Running, hearing, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};
use crate::support::world::deployments;

const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:events";
const DEAD: &str = "arn:aws:sqs:eu-west-1:123456789012:dead";

/// The shop, with a queue that Secrets Manager's events come to, and one for what is no event. Lists are five minutes behind,
/// as AWS says they may be, and services are redeployed at once.
pub(super) async fn shop() -> (Lab, Folder, String) {
    let lab = Lab::with_shop().await;
    let policy = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": QUEUE}]});
    lab.call(Service::Sqs, "CreateQueue", &json!({"QueueName": "dead"}));
    let redrive = json!({"deadLetterTargetArn": DEAD, "maxReceiveCount": 3}).to_string();
    let attributes = json!({"Policy": policy.to_string(), "VisibilityTimeout": "120", "RedrivePolicy": redrive});
    let made = lab.call(Service::Sqs, "CreateQueue", &json!({"QueueName": "events", "Attributes": attributes}));
    let pattern = json!({"source": ["aws.secretsmanager"], "detail-type": ["Secret Label Updated"]}).to_string();
    lab.call(Service::Events, "PutRule", &json!({"Name": "secrets", "EventPattern": pattern}));
    lab.call(Service::Events, "PutTargets", &json!({"Rule": "secrets", "Targets": [{"Id": "queue", "Arn": QUEUE}]}));
    lab.sandbox.with_world(|world| world.secrets.set_list_lag(Duration::from_mins(5)));
    let folder = shop_folder();
    for name in ["web.yaml", "worker.yaml"] {
        let path = folder.join("manifests").join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("taskDefinitionRef:", "rollout: {debounce: 0s}\n  taskDefinitionRef:");
        std::fs::write(path, text).unwrap();
    }
    (lab, folder, made["QueueUrl"].as_str().unwrap().to_owned())
}

/// What becomes of events on their way: how many come twice and how many never, of a thousand.
fn deliver(lab: &Lab, jitter: Duration, duplicated: u32, lost: u32) {
    lab.sandbox.with_world(|world| {
        let delivery = &mut world.events.delivery;
        (delivery.jitter, delivery.duplicated, delivery.lost) = (jitter, duplicated, lost);
    });
}

fn rollouts(lab: &Lab) -> (usize, usize) {
    (deployments(lab, "shop-web"), deployments(lab, "shop-worker"))
}

/// How many messages a queue has, received ones included.
fn left(lab: &Lab, queue: &str) -> u64 {
    let url = lab.call(Service::Sqs, "GetQueueUrl", &json!({"QueueName": queue}))["QueueUrl"].clone();
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let answer = lab.call(Service::Sqs, "GetQueueAttributes", &json!({"QueueUrl": url, "AttributeNames": names}));
    names.iter().map(|name| answer["Attributes"][name].as_str().unwrap().parse::<u64>().unwrap()).sum()
}

fn send(lab: &Lab, url: &str, body: &str) {
    lab.call(Service::Sqs, "SendMessage", &json!({"QueueUrl": url, "MessageBody": body}));
}

/// What is done within a minute of a rotation: the list does not show it for five.
async fn rotated(lab: &Lab, running: &Running<'_>, version: u32) -> (usize, usize) {
    lab.rotate("shop/db", version);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(running.number("evenkeel_queue_missed_total"), 0);
    rollouts(lab)
}

#[test]
fn an_event_hastens_the_rollout_and_its_message_is_gone_afterwards() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            assert_eq!(rotated(&lab, &running, 2).await, (2, 2), "{:#?}", running.calls());
            running.minutes(60).await;
            assert_eq!((rollouts(&lab), left(&lab, "events")), ((2, 2), 0));
            assert_eq!(running.number("evenkeel_queue_messages_total{result=\"secret\"}"), 1);
            assert_eq!(running.number("evenkeel_queue_latency_seconds_count"), 1);
            assert_eq!(running.number("evenkeel_queue_depth"), 0);
        })
        .await;
    });
}

#[test]
fn a_message_is_not_deleted_before_its_pass_is_over() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            // The pass is stuck in its first call.
            lab.chaos.set(|_, operation| if operation == "DescribeServices" { Fate::NeverAnswers } else { Fate::Pass });
            lab.rotate("shop/db", 2);
            tokio::time::sleep(Duration::from_secs(20)).await;
            assert_eq!((left(&lab, "events"), running.number("evenkeel_queue_depth")), (1, 1));
            lab.chaos.set(|_, _| Fate::Pass);
            running.minutes(10).await;
            assert_eq!((left(&lab, "events"), rollouts(&lab)), (0, (2, 2)));
        })
        .await;
    });
}

#[test]
fn events_that_come_twice_late_and_out_of_order_are_one_rollout_each() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        deliver(&lab, Duration::from_secs(90), 1_000, 0);
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            for version in 2..5 {
                lab.rotate("shop/db", version);
            }
            running.minutes(30).await;
            assert_eq!((rollouts(&lab), left(&lab, "events")), ((2, 2), 0), "{:#?}", running.calls());
            assert_eq!(running.number("evenkeel_queue_messages_total{result=\"secret\"}"), 6);
            assert_eq!(running.number("evenkeel_queue_missed_total"), 0);
        })
        .await;
    });
}

#[test]
fn what_no_event_told_of_is_found_by_the_sweep_and_counted() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        deliver(&lab, Duration::ZERO, 0, 1_000);
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            lab.rotate("shop/db", 2);
            running.minutes(20).await;
            assert_eq!(rollouts(&lab), (2, 2));
            assert_eq!(running.number("evenkeel_queue_missed_total"), 1);
            running.minutes(60).await;
            assert_eq!(running.number("evenkeel_queue_missed_total"), 1, "once");
        })
        .await;
    });
}

#[test]
fn messages_that_are_no_events_are_left_to_the_queue_and_stop_nobody() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            for body in ["no JSON", "{}", "[]", "{\"detail-type\": 7}"] {
                send(&lab, &url, body);
            }
            let unnamed = json!({"source": "aws.secretsmanager", "detail-type": "Secret Label Updated", "detail": {}});
            send(&lab, &url, &unnamed.to_string());
            let before = lab.aws.calls()["sqs:ReceiveMessage"];
            running.minutes(1).await;
            assert!(lab.aws.calls()["sqs:ReceiveMessage"] - before <= 8, "{:?}", lab.aws.calls());
            assert_eq!(rotated(&lab, &running, 2).await, (2, 2));
            running.minutes(30).await;
            assert_eq!((left(&lab, "events"), left(&lab, "dead")), (0, 5));
            assert_eq!(running.number("evenkeel_queue_messages_total{result=\"poison\"}"), 15, "three times each");
        })
        .await;
    });
}

#[test]
fn events_about_something_else_and_members_that_nobody_knows_are_no_trouble() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            let passes = |look: &str| running.number(&format!("evenkeel_reconcile_total{{look=\"{look}\",result=\"quiet\"}}"));
            let before = passes("sweep") + passes("full");
            let other = json!({"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {"group": 7}});
            for _time in 0..5 {
                send(&lab, &url, &other.to_string());
                tokio::time::sleep(Duration::from_secs(5)).await;
                assert_eq!(left(&lab, "events"), 0);
            }
            assert!(passes("sweep") + passes("full") - before <= 1, "no pass for them: one is the sweep's own");
            let mut known = json!({"version": "0", "source": "aws.secretsmanager", "detail-type": "Secret Label Updated",
                "time": "not a time", "resources": [], "detail": {"name": "nobody/knows/it", "labelUpdated": "BLUE"}});
            known["added later"] = Value::Bool(true);
            send(&lab, &url, &known.to_string());
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert_eq!(left(&lab, "events"), 0);
            assert_eq!(running.number("evenkeel_queue_messages_total{result=\"other\"}"), 5);
        })
        .await;
    });
}

#[test]
fn a_queue_that_is_away_is_said_and_asked_ever_more_rarely_and_the_sweep_goes_on() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            assert_eq!(running.number("evenkeel_queue_up"), 1);
            lab.chaos.set(|_, operation| if operation == "ReceiveMessage" { Fate::Denied } else { Fate::Pass });
            let before = lab.aws.calls()["sqs:ReceiveMessage"];
            lab.rotate("shop/db", 2);
            running.minutes(30).await;
            assert_eq!(rollouts(&lab), (2, 2));
            assert_eq!(running.number("evenkeel_queue_up"), 0);
            assert!(running.board.said().queue.unwrap().contains("sqs:ReceiveMessage is not allowed"));
            let asked = lab.aws.calls()["sqs:ReceiveMessage"] - before;
            assert!((5..15).contains(&asked), "{asked}");
            lab.chaos.set(|_, _| Fate::Pass);
            running.minutes(15).await;
            assert_eq!((running.number("evenkeel_queue_up"), left(&lab, "events")), (1, 0));
            assert_eq!((running.board.said().queue, rollouts(&lab)), (None, (2, 2)));
        })
        .await;
    });
}

#[test]
fn a_thousand_events_are_a_few_passes_and_all_are_deleted() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf";
            let event =
                json!({"source": "aws.secretsmanager", "detail-type": "Secret Label Updated", "resources": [arn]});
            let before = lab.aws.calls()["ecs:DescribeServices"];
            for _ in 0..1_000 {
                send(&lab, &url, &event.to_string());
            }
            tokio::time::sleep(Duration::from_secs(30)).await;
            assert_eq!(left(&lab, "events"), 0);
            let passes = lab.aws.calls()["ecs:DescribeServices"] - before;
            assert!(passes <= 5, "{passes} passes");
        })
        .await;
    });
}

/// From a new version to UpdateService, in seconds.
async fn took(lab: &Lab, version: u32) -> u64 {
    let updates = || lab.written().iter().filter(|operation| operation.as_str() == "UpdateService").count();
    let before = updates();
    lab.rotate("shop/db", version);
    for second in 0..1_000 {
        if updates() > before {
            return second;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("no rollout");
}

#[test]
fn an_event_takes_seconds_where_the_list_takes_minutes() {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(20).await;
            let by_event = took(&lab, 2).await;
            running.minutes(20).await;
            deliver(&lab, Duration::ZERO, 0, 1_000);
            let by_sweep = took(&lab, 3).await;
            assert!(by_event <= 5 && by_sweep <= 7 * 60, "{by_event} s by event, {by_sweep} s by sweep");
        })
        .await;
    });
}
