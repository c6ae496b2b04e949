//! From PutEvents through a rule to a queue to the daemon: a rollout follows, and the message is gone.

use std::time::Duration;

use evenkeel::daemon::board::Board;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::record::Record;
use evenkeel::daemon::schedule::Intervals;
use evenkeel::daemon::source::{FolderSource, Source};
use evenkeel::daemon::{Daemon, Rules, feed, queue};
use evenkeel::model::desired::Policy;
use evenkeel::model::id::Installation;
use evenkeel::status::condition::Condition;
use evenkeel::status::report::Report;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::http::Message;
use super::lab::{Lab, REGION, ask, in_real_time};
use super::shop::application;
use crate::support::folder::Folder;

/// A call of moto itself.
fn call(lab: &Lab, service: &str, target: &str, body: &Value) -> Value {
    let version = if service == "sqs" { "1.0" } else { "1.1" };
    let headers = format!("content-type: application/x-amz-json-{version}\r\nx-amz-target: {target}");
    let answer = ask(&Message::call((&lab.account, REGION), service, &headers, &body.to_string()));
    serde_json::from_str(&answer).unwrap_or_default()
}

/// A queue that the rule for secrets leads to.
fn queue_of_events(lab: &Lab) -> String {
    let made = call(lab, "sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": "events"}));
    let arn = format!("arn:aws:sqs:{REGION}:{}:events", lab.account);
    let pattern = json!({"source": ["aws.secretsmanager"], "detail-type": ["Secret Label Updated"]}).to_string();
    call(lab, "events", "AWSEvents.PutRule", &json!({"Name": "secrets", "EventPattern": pattern}));
    let targets = json!({"Rule": "secrets", "Targets": [{"Id": "queue", "Arn": arn}]});
    call(lab, "events", "AWSEvents.PutTargets", &targets);
    made["QueueUrl"].as_str().unwrap().to_owned()
}

/// What Secrets Manager would tell; moto tells nothing by itself.
fn tell(lab: &Lab, arn: &str, version: &str) {
    let detail = json!({"name": "app/db", "labelUpdated": "AWSCURRENT", "versionId": version}).to_string();
    let entry = json!({"Source": "aws.secretsmanager", "DetailType": "Secret Label Updated", "Resources": [arn], "Detail": detail});
    let put = call(lab, "events", "AWSEvents.PutEvents", &json!({"Entries": [entry]}));
    assert_eq!(put["FailedEntryCount"], 0, "{put}");
}

/// Waits until a service runs this revision.
async fn runs(lab: &Lab, revision: &str) {
    loop {
        let found = lab.ecs.describe_services().cluster("shop").services("app").send().await.unwrap();
        let service = found.services().first().and_then(|service| service.task_definition());
        if service.is_some_and(|service| service.ends_with(revision)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the daemon itself says so.
async fn is_ready(board: &Board, resource: &str) {
    let says = |report: &Report| {
        let found = report.resources.iter().find(|status| status.resource.to_string() == resource);
        found.is_some_and(|status| Condition::kstatus(&status.conditions) == "Current")
    };
    while !board.said().status.is_some_and(|report| says(&report)) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn an_event_through_a_rule_and_a_queue_is_a_rollout_within_seconds() {
    in_real_time(async {
        let lab = Lab::new().await;
        lab.create_secret("app/db");
        let arn = lab.secret_arn("app/db").await;
        let url = queue_of_events(&lab);
        let folder = Folder::new();
        std::fs::create_dir(folder.join("manifests")).unwrap();
        let manifests = application("app", "app/db", "Current")
            .replace("spec:\n  cluster", "spec:\n  rollout: {debounce: 0s}\n  cluster");
        std::fs::write(folder.join("manifests/app.yaml"), lab.placed(&manifests)).unwrap();
        let aws = lab.connect().await;
        let clock = aws.clock();
        let board = Board::new(clock, aws.traffic(), true);
        let policy = Policy { settle: Duration::ZERO, ..Policy::default() };
        // No sweep and no full look comes to help.
        let intervals = Intervals { sweep: Duration::from_hours(1), full: Duration::from_hours(1) };
        let rules = Rules { installation: Installation::new("default"), policy, intervals, dry_run: false };
        let (_in_force, rules) = watch::channel(rules);
        let (say, events) = mpsc::channel(64);
        let record = (Record::new(clock, Box::new(|_| {})), board.clone());
        let hearing = queue::listen(aws.queue(&url), clock, 7, board.clone(), say.clone());
        let source = Source::Folder(FolderSource::new(folder.join("manifests")));
        let feed = feed::follow(source, Duration::from_secs(5), clock, 7, say.clone());
        let daemon = Daemon::new(aws, clock, rules, record, 7).run(events);
        let story = async {
            runs(&lab, "app:1").await;
            is_ready(&board, "Service/app").await;
            let version = lab.rotate("app/db");
            let since = clock.now();
            tell(&lab, &arn, &version);
            runs(&lab, "app:2").await;
            assert!(clock.now().since(since) < Duration::from_secs(30));
            let deleted = || lab.front.calls().get("sqs:DeleteMessageBatch").copied().unwrap_or(0);
            while deleted() == 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            say.send(Event::Shutdown).await.unwrap();
        };
        let both = async { tokio::join!(daemon, story) };
        tokio::select! {
            _ended = both => {}
            () = async { let ((), ()) = tokio::join!(hearing, feed); std::future::pending().await } => {}
            () = tokio::time::sleep(Duration::from_mins(2)) => panic!("no rollout in two minutes: {}", board.numbers()),
        }
    });
}
