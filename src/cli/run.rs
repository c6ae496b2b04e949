//! `run`: the daemon, with what it needs of the world: a source, AWS, signals, and somewhere to write its records.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::args::{Common, RunArgs};
use super::exit::Exit;
use super::out::Out;
use super::source::{self, Configured};
use super::stop::asked_to_stop;
use super::{CliError, reload, world};
use crate::daemon::board::Board;
use crate::daemon::event::Event;
use crate::daemon::http::Socket;
use crate::daemon::record::Record;
use crate::daemon::schedule::Intervals;
use crate::daemon::{Daemon, Ended, Rules, feed, queue};
use crate::manifest::Period;
use crate::manifest::config::{AwsSpec, ConfigSpec, HttpSpec};
use crate::model::arn::Scope;
use crate::model::desired::Desired;
use crate::model::id::Installation;

/// After it was asked to end: a container that takes longer is killed.
const LAST_CALLS: Duration = Duration::from_secs(9);

pub(super) async fn run(args: RunArgs, common: Common, config: ConfigSpec, out: Out) -> Result<Exit, CliError> {
    let mut asked = pin!(asked_to_stop()?);
    let Configured { source, interval, folder: _until_the_end } = source::configured(&config, args.state_dir.clone())?;
    let port = listen(&config).await?;
    let nothing = Desired::empty(config.installation());
    // AWS may take minutes to say who we are, or to say nothing.
    let aws = tokio::select! {
        aws = world::connect(&common, &config, &nothing, out) => aws?,
        () = &mut asked => {
            tracing::info!("stopped");
            return Ok(Exit::Yes);
        }
    };
    let aws = aws.looking_briefly();
    let here = (config.installation(), aws.scope().clone());
    let clock = aws.clock();
    let (rules_in_force, rules) = watch::channel(rules_of(&config, args.dry_run));
    let record = Record::new(clock, Box::new(|line| Out::data(&format!("{line}\n"))));
    // A message is for whoever acts on it, and gone when it was read.
    let queue = config.events.queue_url.as_deref().filter(|_| !args.dry_run).map(|url| aws.queue(url));
    let board = Board::new(clock, aws.traffic(), queue.is_some());
    let seed = u64::from(std::process::id()) ^ u64::try_from(clock.now().as_millis()).unwrap_or(0);
    let (tell, events) = mpsc::channel(64);
    tracing::info!(installation = %config.installation(), dry_run = args.dry_run, "started");
    if config.events.queue_url.is_some() && queue.is_none() {
        tracing::info!("the queue is left to others");
    }
    let daemon = Daemon::new(aws, clock, rules, (record, board.clone()), seed).run(events);
    let listening = async {
        match queue {
            Some(queue) => queue::listen(queue, clock, seed, board.clone(), tell.clone()).await,
            None => std::future::pending().await,
        }
    };
    let source = feed::follow(source, interval, clock, seed, tell.clone());
    let stopping = async {
        asked.await;
        tracing::info!("stopping");
        let _ended = tell.send(Event::Shutdown).await;
        tokio::time::sleep(LAST_CALLS).await;
    };
    let reloading =
        reload::follow(&args.config, clock, &rules_in_force, &tell, |config| startable(config, &here, args.dry_run));
    let ended = tokio::select! {
        ended = daemon => ended,
        () = reloading => return Err(CliError::TaskEnded("the configuration's")),
        () = source => return Err(CliError::TaskEnded("the source's")),
        () = listening => return Err(CliError::TaskEnded("the queue's")),
        () = port.serve(&board) => return Err(CliError::TaskEnded("the server's")),
        () = stopping => {
            tracing::error!("calls under way were not finished in time");
            return Ok(Exit::Failed);
        }
    };
    tracing::info!("stopped");
    match ended {
        Ended::Asked => Ok(Exit::Yes),
        Ended::Abandoned => Err(CliError::TaskEnded("every")),
    }
}

/// Where others may see how it goes.
async fn listen(config: &ConfigSpec) -> Result<Socket, CliError> {
    let socket = Socket::bind(address(config)?).await.map_err(CliError::Listen)?;
    let address = socket.address();
    if socket.is_loopback() {
        tracing::info!(%address, "listening");
    } else {
        tracing::warn!(%address, "listening where other machines may ask, and nobody is asked who they are");
    }
    Ok(socket)
}

/// Where a configuration has the daemon listen.
pub(super) fn address(config: &ConfigSpec) -> Result<SocketAddr, CliError> {
    let text = config.http.listen.as_deref().unwrap_or(HttpSpec::LISTEN);
    let wrong = || CliError::Setting(format!("http.listen: `{text}` is no ADDRESS:PORT such as {}", HttpSpec::LISTEN));
    super::address::parse(text).ok_or_else(wrong)
}

/// The rules of a configuration with which the daemon could be started, where it works: those for elsewhere are none for here.
fn startable(config: &ConfigSpec, here: &(Installation, Scope), dry_run: bool) -> Result<Rules, CliError> {
    let (installation, Scope { partition: _, account, region }) = here;
    let elsewhere = |key: &str, theirs: &str, ours: &str| {
        CliError::Setting(format!("{key}: `{theirs}`, and this daemon works for `{ours}`: start another one there"))
    };
    if config.installation() != *installation {
        return Err(elsewhere("installation", config.installation().as_str(), installation.as_str()));
    }
    let AwsSpec { account_id, region: their_region } = &config.aws;
    if let Some(theirs) = account_id.as_deref().filter(|theirs| *theirs != account.as_str()) {
        return Err(elsewhere("aws.accountId", theirs, account.as_str()));
    }
    if let Some(theirs) = their_region.as_deref().filter(|theirs| *theirs != region.as_str()) {
        return Err(elsewhere("aws.region", theirs, region.as_str()));
    }
    source::refuse_unusable(config)?;
    address(config)?;
    Ok(rules_of(config, dry_run))
}

fn rules_of(config: &ConfigSpec, dry_run: bool) -> Rules {
    let default = Intervals::default();
    let Intervals { sweep, full } = default;
    let intervals = Intervals {
        sweep: config.sweep.interval.map_or(sweep, |Period(interval)| interval),
        full: config.sweep.full.map_or(full, |Period(full)| full),
    };
    Rules { installation: config.installation(), policy: config.policy(), intervals, dry_run }
}
