//! A daemon under way beside a test.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use evenkeel::aws::Aws;
use evenkeel::daemon::board::Board;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::record::Record;
use evenkeel::daemon::schedule::Intervals;
use evenkeel::daemon::source::{FolderSource, Source};
use evenkeel::daemon::{Daemon, Ended, Rules, feed, queue};
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
    pub(crate) board: Board,
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
    Box::pin(told_beside((aws, None), lab, folder, rules, story)).await
}

/// The same, with a daemon that listens to a queue.
pub(crate) async fn hearing<T>(lab: &Lab, folder: &Folder, url: &str, story: impl AsyncFnOnce(Running<'_>) -> T) -> T {
    Box::pin(told_beside((lab.aws.clone(), Some(url)), lab, folder, rules(), story)).await
}

async fn told_beside<T>(
    (aws, url): (Aws, Option<&str>),
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
    let board = Board::new(lab.clock, aws.traffic(), url.is_some());
    let queue = url.map(|url| aws.queue(url));
    let record = (Record::new(lab.clock, write), board.clone());
    let daemon = Daemon::new(aws, lab.clock, in_force, record, 7);
    let hear = async {
        if let Some(queue) = queue {
            queue::listen(queue, lab.clock, 7, board.clone(), tell.clone()).await;
        }
        std::future::pending::<()>().await;
    };
    let source = Source::Folder(FolderSource::new(folder.join("manifests")));
    let feed = feed::follow(source, Duration::from_secs(5), lab.clock, 7, tell.clone());
    let running = Running { folder, tell: tell.clone(), rules, board: board.clone(), audit };
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
        () = hear => unreachable!(),
    }
}

impl Running<'_> {
    /// What was written down so far.
    pub(crate) fn audit(&self) -> Vec<Value> {
        self.audit.borrow().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// `resource operation why result`, one a call; the marks beside them are left out.
    pub(crate) fn calls(&self) -> Vec<String> {
        let text = |entry: &Value, member: &str| entry[member].as_str().unwrap().to_owned();
        let line =
            |entry: &Value| ["resource", "operation", "why", "result"].map(|member| text(entry, member)).join(" ");
        self.audit().iter().filter(|entry| entry["mark"] == false).map(line).collect()
    }

    /// One of the daemon's numbers; 0 where it has not counted yet.
    pub(crate) fn number(&self, name: &str) -> i64 {
        let page = self.board.numbers();
        assert_clean("the metrics", &page);
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |number| number.parse().unwrap())
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
