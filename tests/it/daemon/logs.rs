//! The log: one line for each change of state, however long it lasts, and messages that never vary.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evenkeel::sandbox::Service;
use evenkeel::sandbox::ecs::Behaviour;
use serde_json::{Value, json};

use super::hearing::shop;
use super::running::{beside, edit, hearing, rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// What was logged since the last time.
    fn take(&self) -> Vec<Value> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Logs as the program does, into these lines, for as long as the guard lives.
fn listen(lines: &Lines) -> tracing::subscriber::DefaultGuard {
    let writer = lines.clone();
    let log = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter("evenkeel::daemon=info")
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_default(log)
}

/// `message` and, where it has one, the resource and the reason.
fn said(line: &Value) -> String {
    let text = |member: &str| line[member].as_str().map(str::to_owned);
    [text("message"), text("resource"), text("reason")].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn count(lines: &[Value], wanted: &str) -> usize {
    lines.iter().filter(|line| said(line) == wanted).count()
}

#[test]
fn a_state_is_logged_when_it_begins_and_when_it_ends_and_not_in_between() {
    in_virtual_time(async {
        let lines = Lines::default();
        let _until_the_end = listen(&lines);
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let exits = Behaviour::exiting(1, Duration::from_secs(5));
        let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.1.0";
        lab.sandbox.with_world(|world| world.surroundings.images.set(image, exits));
        beside(&lab, &folder, rules(), async |running| {
            let mut messages = BTreeSet::new();
            let mut take = || {
                let all = lines.take();
                messages.extend(all.iter().map(|line| line["message"].as_str().unwrap().to_owned()));
                all
            };
            running.minutes(10).await;
            let first = take();
            assert_eq!(count(&first, "manifests loaded"), 1);
            assert_eq!(first.iter().filter(|line| line["message"] == "called").count(), running.audit().len());
            running.minutes(60).await;
            assert_eq!(take().iter().map(said).collect::<Vec<_>>(), Vec::<String>::new(), "nothing changes");
            edit(running.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
            running.minutes(60).await;
            let failed = take();
            assert_eq!(count(&failed, "held Service/web RolloutFailed"), 1, "{failed:#?}");
            let failed = failed.iter().find(|line| said(line) == "held Service/web RolloutFailed").unwrap();
            assert!(failed["why"].as_str().unwrap().contains("circuit breaker"), "{failed}");
            // Nobody can read the folder for a while.
            let (there, away) = (running.folder.join("manifests"), running.folder.join("away"));
            std::fs::rename(&there, &away).unwrap();
            running.minutes(60).await;
            let failing = take();
            assert_eq!(failing.iter().map(said).collect::<Vec<_>>(), ["source failing FolderUnreadable"]);
            assert_eq!(failing[0]["level"], "WARN");
            std::fs::rename(&away, &there).unwrap();
            running.minutes(20).await;
            assert_eq!(take().iter().map(said).collect::<Vec<_>>(), ["source good"]);
            edit(running.folder, "web.yaml", "shop-web:2.1.0", "shop-web:2.2.0");
            running.minutes(20).await;
            let mended = take();
            assert!(count(&mended, "released Service/web") >= 1, "{mended:#?}");
            assert_eq!(count(&mended, "held Service/web RolloutFailed"), 0, "{mended:#?}");
            let known = ["called", "held", "manifests loaded", "released", "source failing", "source good"];
            assert_eq!(messages.iter().map(String::as_str).collect::<Vec<_>>(), known);
        })
        .await;
    });
}

#[test]
fn a_message_that_is_no_event_is_logged_once_by_its_id_and_never_repeated() {
    in_virtual_time(async {
        let lines = Lines::default();
        let _until_the_end = listen(&lines);
        let (lab, folder, url) = shop().await;
        hearing(&lab, &folder, &url, async |running| {
            running.minutes(10).await;
            lines.take();
            let sent =
                lab.call(Service::Sqs, "SendMessage", &json!({"QueueUrl": url, "MessageBody": "no event at all"}));
            running.minutes(30).await;
            let heard = lines.take();
            assert_eq!(heard.iter().map(said).collect::<Vec<_>>(), ["a message is no event"]);
            assert_eq!(heard[0]["message_id"], sent["MessageId"]);
            assert!(!heard[0].to_string().contains("at all"), "{}", heard[0]);
        })
        .await;
    });
}
