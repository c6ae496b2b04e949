//! How the loop ends: it says why, and reads do not keep it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use evenkeel::daemon::board::Board;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::record::Record;
use evenkeel::daemon::source::{FolderSource, Looked, Source};
use evenkeel::daemon::{Daemon, Ended};
use evenkeel::model::time::Timestamp;
use evenkeel::sandbox::chaos::Fate;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::running::{rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time};

/// Runs a daemon on the shop, where something becomes of its senders at the first call of an operation. How it ended, after
/// how long, and with which calls.
async fn ends_at(
    operation: &'static str,
    fate: Fate,
    then: impl Fn(mpsc::Sender<Event>) + Send + Sync + 'static,
) -> (Ended, Duration, Vec<String>) {
    let (lab, folder) = (Lab::with_shop().await, shop_folder());
    let looked =
        Source::Folder(FolderSource::new(folder.join("manifests"))).look(Timestamp::from_millis(0)).await.unwrap();
    let Looked::Moved(snapshot) = looked else { panic!("manifests are new") };
    let (tell, events) = mpsc::channel(8);
    tell.send(Event::SourceMoved(Ok(Some(Box::new(snapshot))))).await.unwrap();
    let mut tell = Some(tell);
    lab.chaos.set(move |_, called| {
        if called == operation
            && let Some(tell) = tell.take()
        {
            then(tell);
            return fate;
        }
        Fate::Pass
    });
    let (_rules, in_force) = watch::channel(rules());
    let board = Board::new(lab.clock, lab.aws.traffic(), false);
    let record = (Record::new(lab.clock, Box::new(|_| {})), board);
    let since = lab.clock.now();
    let ended = Box::pin(Daemon::new(lab.aws.clone(), lab.clock, in_force, record, 7).run(events)).await;
    (ended, lab.clock.now().since(since), lab.written())
}

fn shuts_down(tell: mpsc::Sender<Event>) {
    tell.try_send(Event::Shutdown).unwrap();
    // Whoever asked is still there.
    std::mem::forget(tell);
}

#[test]
fn a_daemon_that_nobody_can_tell_anything_any_more_was_abandoned_also_in_the_middle_of_its_calls() {
    in_virtual_time(async {
        let (ended, _, written) = ends_at("RegisterTaskDefinition", Fate::Throttled, drop).await;
        assert_eq!(ended, Ended::Abandoned);
        assert!(written.contains(&"RegisterTaskDefinition".to_owned()), "it was finished: {written:?}");
        assert!(!written.contains(&"CreateService".to_owned()), "no other was begun: {written:?}");
        let (ended, _, _) = ends_at("DescribeServices", Fate::Pass, drop).await;
        assert_eq!(ended, Ended::Abandoned);
        let (ended, _, written) = ends_at("RegisterTaskDefinition", Fate::Throttled, shuts_down).await;
        assert_eq!(ended, Ended::Asked);
        assert!(!written.contains(&"CreateService".to_owned()), "{written:?}");
    });
}

/// As after the nine seconds that a container has.
#[test]
fn calls_that_are_given_up_without_an_answer_are_told_of_as_unknown() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let looked =
            Source::Folder(FolderSource::new(folder.join("manifests"))).look(Timestamp::from_millis(0)).await.unwrap();
        let Looked::Moved(snapshot) = looked else { panic!("manifests are new") };
        let (tell, events) = mpsc::channel(8);
        tell.send(Event::SourceMoved(Ok(Some(Box::new(snapshot))))).await.unwrap();
        lab.chaos.set(|_, called| if called == "CreateRole" { Fate::NeverAnswers } else { Fate::Pass });
        let (_rules, in_force) = watch::channel(rules());
        let lines: Rc<RefCell<Vec<String>>> = Rc::default();
        let audit = lines.clone();
        let record = Record::new(lab.clock, Box::new(move |line| audit.borrow_mut().push(line.to_owned())));
        let daemon = Daemon::new(lab.aws.clone(), lab.clock, in_force, record, 7).run(events);
        let given_up = tokio::time::timeout(Duration::from_secs(2), Box::pin(daemon)).await;
        assert!(given_up.is_err(), "{given_up:?}");
        let lines: Vec<Value> = lines.borrow().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let unknown: Vec<&Value> = lines.iter().filter(|line| line["operation"] == "iam:CreateRole").collect();
        assert_eq!(unknown.len(), 2, "{lines:#?}");
        for line in unknown {
            assert_eq!((&line["result"], &line["requestId"]), (&json!("unknown"), &Value::Null), "{line}");
            assert!(line["fault"].as_str().unwrap().contains("may have happened"), "{line}");
        }
    });
}

#[test]
fn reads_that_are_not_answered_do_not_keep_a_daemon_from_ending() {
    in_virtual_time(async {
        let (ended, after, written) = ends_at("DescribeServices", Fate::NeverAnswers, shuts_down).await;
        assert_eq!(ended, Ended::Asked);
        assert!(after < Duration::from_secs(2), "{after:?}");
        assert!(!written.contains(&"CreateRole".to_owned()), "{written:?}");
    });
}
