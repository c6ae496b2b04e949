//! The daemon in this process, on a sandbox, in virtual time: calls and passes are counted, not milliseconds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use evenkeel::aws::{ANSWER_WITHIN, Aws, Settings, SharedHttpClient};
use evenkeel::cloud::clock::Clock;
use evenkeel::daemon::board::Board;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::record::Record;
use evenkeel::daemon::schedule::Intervals;
use evenkeel::daemon::source::Snapshot;
use evenkeel::daemon::{Daemon, Rules};
use evenkeel::manifest::files::Files;
use evenkeel::model::desired::Policy;
use evenkeel::model::id::Installation;
use evenkeel::model::time::Timestamp;
use evenkeel::sandbox::{Millis, Sandbox, Service, World};
use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};

use super::apps::{START, call, furnish, manifests};

/// An hour in which nothing changes.
pub(crate) struct Hour {
    pub(crate) calls: u64,
    pub(crate) passes: u64,
    pub(crate) by_operation: String,
}

/// Seconds of virtual time, and passes.
pub(crate) struct Speed {
    pub(crate) by_event: u64,
    pub(crate) by_sweep: u64,
    pub(crate) by_late_list: u64,
    pub(crate) storm: u64,
}

pub(crate) fn hour(apps: usize) -> Hour {
    beside(apps, async |bench| {
        tokio::time::sleep(Duration::from_mins(90)).await;
        let (before, passes) = (bench.aws.calls(), bench.passes());
        tokio::time::sleep(Duration::from_hours(1)).await;
        let after = bench.aws.calls();
        let more = |name: &String, count: u64| count - before.get(name).copied().unwrap_or(0);
        let all: Vec<(u64, &String)> =
            after.iter().map(|(name, count)| (more(name, *count), name)).filter(|(count, _)| *count > 0).collect();
        let by_operation = all.iter().map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ");
        Hour { calls: all.iter().map(|(count, _)| count).sum(), passes: bench.passes() - passes, by_operation }
    })
}

pub(crate) fn speed() -> Speed {
    beside(10, async |bench| {
        tokio::time::sleep(Duration::from_mins(31)).await;
        let by_event = bench.seconds_to_update(true).await;
        tokio::time::sleep(Duration::from_mins(30)).await;
        let by_sweep = bench.seconds_to_update(false).await;
        tokio::time::sleep(Duration::from_mins(30)).await;
        bench.sandbox.with_world(|world| world.secrets.set_list_lag(Duration::from_mins(5)));
        let by_late_list = bench.seconds_to_update(false).await;
        tokio::time::sleep(Duration::from_mins(30)).await;
        let before = bench.passes();
        let mut waiting = Vec::new();
        for _ in 0..1_000 {
            waiting.push(bench.tell().await);
        }
        for done in waiting {
            done.await.expect("the pass is made");
        }
        Speed { by_event, by_sweep, by_late_list, storm: bench.passes() - before }
    })
}

/// A daemon under way.
struct Bench {
    sandbox: Sandbox,
    aws: Aws,
    board: Board,
    say: mpsc::Sender<Event>,
}

impl Bench {
    fn passes(&self) -> u64 {
        let page = self.board.numbers();
        let counts = page.lines().filter(|line| line.starts_with("evenkeel_reconcile_total{"));
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// An event says that a secret has changed.
    async fn tell(&self) -> oneshot::Receiver<()> {
        let (done, told) = oneshot::channel();
        let secrets = BTreeSet::from(["bench/3".to_owned()]);
        self.say.send(Event::SecretChanged { secrets, done }).await.expect("the daemon listens");
        told
    }

    async fn seconds_to_update(&self, tell: bool) -> u64 {
        let updates = || self.aws.calls().get("ecs:UpdateService").copied().unwrap_or(0);
        let before = updates();
        let body = json!({"SecretId": "bench/3", "SecretString": "another"});
        call(&self.sandbox, Service::SecretsManager, "PutSecretValue", &body);
        if tell {
            drop(self.tell().await);
        }
        for second in 0..3_600 {
            if updates() > before {
                return second;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        unreachable!("a new version is rolled out within an hour")
    }
}

fn beside<T>(apps: usize, story: impl AsyncFnOnce(&Bench) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let clock = Clock::starting_at(Timestamp::from_millis(START), 1);
        let time = Arc::new(move || Millis(clock.now().as_millis()));
        let sandbox = Sandbox::new(World::new("123456789012", "eu-west-1", 1, Millis(START)), time);
        furnish(&sandbox, apps);
        let settings = Settings {
            clock,
            scale: 1.0,
            answer_within: ANSWER_WITHIN,
            bulk_roles: true,
            installation: Installation::new("bench"),
            region: Some("eu-west-1".into()),
            values: std::sync::Arc::new(evenkeel::values::Vault::default()),
            stand_in: Some(SharedHttpClient::new(sandbox.http_client())),
        };
        let aws = Aws::connect(settings).await.expect("the sandbox answers");
        let policy = Policy { max_concurrent: apps, ..Policy::default() };
        let intervals = Intervals::default();
        let rules = Rules { installation: Installation::new("bench"), policy, intervals, dry_run: false };
        let (_rules, in_force) = watch::channel(rules);
        let (say, events) = mpsc::channel(2_000);
        let board = Board::new(clock, aws.traffic(), false);
        let record = (Record::new(clock, Box::new(|_| {})), board.clone());
        let mut files = Files::default();
        for (name, text) in manifests(apps) {
            files.take(name, text.into_bytes());
        }
        let lineage = BTreeSet::new();
        let snapshot = Snapshot { commit: None, lineage, files, verified: false, asks: None, settled: true };
        say.send(Event::SourceMoved(Ok(Some(Box::new(snapshot))))).await.expect("there is room");
        let daemon = Daemon::new(aws.clone(), clock, in_force, record, 7).run(events);
        let bench = Bench { sandbox, aws, board, say };
        tokio::select! {
            told = story(&bench) => told,
            _ended = daemon => unreachable!("nobody asked it to"),
        }
    })
}
