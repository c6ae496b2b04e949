//! A daemon under way beside a test.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use evenkeel::aws::Aws;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::record::Record;
use evenkeel::daemon::schedule::Intervals;
use evenkeel::daemon::source::{FolderSource, Source};
use evenkeel::daemon::{Daemon, Ended, Rules, feed};
use evenkeel::model::desired::Policy;
use evenkeel::model::id::Installation;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use crate::support::folder::Folder;
use crate::support::lab::Lab;
use crate::support::leaks::assert_clean;

/// What a test has of a daemon.
pub(crate) struct Running<'l> {
    pub(crate) folder: &'l Folder,
    pub(crate) tell: mpsc::Sender<Event>,
    pub(crate) rules: watch::Sender<Rules>,
    audit: Rc<RefCell<Vec<String>>>,
}

pub(crate) fn rules() -> Rules {
    Rules {
        installation: Installation::new("default"),
        policy: Policy::default(),
        intervals: Intervals::default(),
        dry_run: false,
    }
}

/// Runs a daemon on a folder for as long as the test's story takes; then it is asked to end.
pub(crate) async fn beside<T>(
    lab: &Lab,
    folder: &Folder,
    rules: Rules,
    story: impl AsyncFnOnce(Running<'_>) -> T,
) -> T {
    beside_with(lab.aws.clone(), lab, folder, rules, story).await
}

/// The same with a connection of its own.
pub(crate) async fn beside_with<T>(
    aws: Aws,
    lab: &Lab,
    folder: &Folder,
    rules: Rules,
    story: impl AsyncFnOnce(Running<'_>) -> T,
) -> T {
    Box::pin(told_beside(aws, lab, folder, rules, story)).await
}

async fn told_beside<T>(
    aws: Aws,
    lab: &Lab,
    folder: &Folder,
    rules: Rules,
    story: impl AsyncFnOnce(Running<'_>) -> T,
) -> T {
    let (rules, in_force) = watch::channel(rules);
    let (tell, events) = mpsc::channel(2_000);
    let audit: Rc<RefCell<Vec<String>>> = Rc::default();
    let lines = audit.clone();
    let write = Box::new(move |line: &str| {
        assert_clean("the audit", line);
        lines.borrow_mut().push(line.to_owned());
    });
    let daemon = Daemon::new(aws, lab.clock, in_force, Record::new(lab.clock, write), 7);
    let source = Source::Folder(FolderSource::new(folder.join("manifests")));
    let feed = feed::follow(source, Duration::from_secs(5), lab.clock, 7, tell.clone());
    let running = Running { folder, tell: tell.clone(), rules, audit };
    let story = async {
        let told = story(running).await;
        tell.send(Event::Shutdown).await.ok();
        told
    };
    let daemon = daemon.run(events);
    let both = async { tokio::join!(daemon, story) };
    tokio::select! {
        (ended, told) = both => {
            assert_eq!(ended, Ended::Asked);
            told
        }
        // It ends with the daemon.
        () = async { feed.await; std::future::pending().await } => unreachable!(),
    }
}

impl Running<'_> {
    /// What was written down so far.
    pub(crate) fn audit(&self) -> Vec<Value> {
        self.audit.borrow().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// `resource operation why result`, one a call.
    pub(crate) fn calls(&self) -> Vec<String> {
        let text = |entry: &Value, member: &str| entry[member].as_str().unwrap().to_owned();
        let line =
            |entry: &Value| ["resource", "operation", "why", "result"].map(|member| text(entry, member)).join(" ");
        self.audit().iter().map(line).collect()
    }

    pub(crate) async fn minutes(&self, minutes: u64) {
        tokio::time::sleep(Duration::from_mins(minutes)).await;
    }
}

/// A folder with the shop's manifests.
pub(crate) fn shop_folder() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.join("manifests")).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples/shop");
    for name in ["database.yaml", "web.yaml", "worker.yaml"] {
        std::fs::copy(from.join(name), folder.join("manifests").join(name)).unwrap();
    }
    folder
}

/// Changes a manifest.
pub(crate) fn edit(folder: &Folder, name: &str, from: &str, to: &str) {
    let path = folder.join("manifests").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{name} has no {from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}
