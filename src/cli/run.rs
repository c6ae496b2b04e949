//! `run`: the daemon, with what it needs of the world: a source, AWS, signals, and somewhere to write its records.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::args::{Common, RunArgs};
use super::exit::Exit;
use super::out::Out;
use super::stop::asked_to_stop;
use super::{CliError, reload, world};
use crate::daemon::board::Board;
use crate::daemon::event::Event;
use crate::daemon::http::{self, Socket};
use crate::daemon::record::Record;
use crate::daemon::schedule::Intervals;
use crate::daemon::source::git::{Address, GitSettings, GitSource, Mode, PASSED_ON, Signers, Token, TokenFrom, Wanted};
use crate::daemon::source::{FolderSource, Source};
use crate::daemon::{Daemon, Ended, Rules, feed, queue};
use crate::manifest::Period;
use crate::manifest::config::{AuthSpec, ConfigSpec, GitSpec, SourceSpec, VerifySpec};
use crate::model::desired::Desired;
use crate::model::id::Commit;

/// After it was asked to end: a container that takes longer is killed.
const LAST_CALLS: Duration = Duration::from_secs(9);

/// Between two looks at a folder, and at the configuration file.
const FOLDER: Duration = Duration::from_secs(5);

/// Between two fetches, where the configuration does not say.
const FETCH: Duration = Duration::from_mins(1);

pub(super) async fn run(args: RunArgs, common: Common, config: ConfigSpec, out: Out) -> Result<Exit, CliError> {
    let (source, interval) = source(&config, args.state_dir.clone())?;
    let nothing = Desired::empty(config.installation());
    let aws = world::connect(&common, &config, &nothing, out).await?;
    let clock = aws.clock();
    let (rules_in_force, rules) = watch::channel(rules_of(&config, args.dry_run));
    let record = Record::new(clock, Box::new(|line| Out::data(&format!("{line}\n"))));
    let queue = config.events.queue_url.as_deref().map(|url| aws.queue(url));
    let board = Board::new(clock, aws.traffic(), queue.is_some());
    let port = listen(&config).await?;
    let seed = u64::from(std::process::id()) ^ u64::try_from(clock.now().as_millis()).unwrap_or(0);
    let (tell, events) = mpsc::channel(64);
    tracing::info!(installation = %config.installation(), dry_run = args.dry_run, "started");
    let daemon = Daemon::new(aws, clock, rules, (record, board.clone()), seed).run(events);
    let listening = async {
        match queue {
            Some(queue) => queue::listen(queue, clock, seed, board.clone(), tell.clone()).await,
            None => std::future::pending().await,
        }
    };
    let source = feed::follow(source, interval, clock, seed, tell.clone());
    let stopping = async {
        asked_to_stop().await;
        tracing::info!("stopping");
        let _ended = tell.send(Event::Shutdown).await;
        tokio::time::sleep(LAST_CALLS).await;
    };
    let reloading =
        reload::follow(&args.config, clock, &rules_in_force, &tell, |config| rules_of(config, args.dry_run));
    let ended = tokio::select! {
        ended = daemon => ended,
        () = reloading => return Err(CliError::TaskEnded("the configuration's")),
        () = source => return Err(CliError::TaskEnded("the source's")),
        () = listening => return Err(CliError::TaskEnded("the queue's")),
        () = port.serve(&board) => return Err(CliError::TaskEnded("the server's")),
        () = stopping => {
            out.say("calls under way were not finished in time");
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
    let text = config.http.listen.as_deref().unwrap_or(http::DEFAULT);
    let wrong = || CliError::Setting(format!("http.listen: `{text}` is no ADDRESS:PORT such as {}", http::DEFAULT));
    super::address::parse(text).ok_or_else(wrong)
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

/// What the configuration names, and how often to look at it.
fn source(config: &ConfigSpec, state: Option<PathBuf>) -> Result<(Source, Duration), CliError> {
    match &config.source {
        Some(SourceSpec { dir: Some(dir), git: _ }) => {
            Ok((Source::Folder(FolderSource::new(PathBuf::from(dir)).watched()), FOLDER))
        }
        Some(SourceSpec { git: Some(git), dir: None }) => {
            let interval = git.interval.map_or(FETCH, |Period(interval)| interval);
            Ok((Source::Git(Box::new(GitSource::new(settings(git, state)?))), interval))
        }
        Some(SourceSpec { git: None, dir: None }) | None => Err(CliError::NoSource),
    }
}

fn settings(git: &GitSpec, state: Option<PathBuf>) -> Result<GitSettings, CliError> {
    let GitSpec { url, r#ref, path, interval: _, auth, rewind_from, verify } = git;
    let wanted = match r#ref {
        None => Wanted::Branch(None),
        Some(named) => match (&named.branch, &named.tag, &named.commit) {
            (branch, None, None) => Wanted::Branch(branch.clone()),
            (None, Some(tag), None) => Wanted::Tag(tag.clone()),
            (None, None, Some(commit)) => Wanted::Commit(Commit::new(commit)),
            _ => return Err(CliError::Source("source.git.ref takes one of branch, tag and commit".to_owned())),
        },
    };
    Ok(GitSettings {
        address: Address::parse(url).map_err(|why| CliError::Source(format!("source.git.url: {why}")))?,
        wanted,
        path: path.clone().unwrap_or_default(),
        token: auth.as_ref().map(token).transpose()?,
        rewind_from: rewind_from.iter().flatten().map(Commit::new).collect::<BTreeSet<_>>(),
        signers: verify.as_ref().map(signers).transpose()?.flatten(),
        cache: state.unwrap_or_else(|| std::env::temp_dir().join(format!("evenkeel-{}", std::process::id()))),
        environment: environment(),
    })
}

fn token(auth: &AuthSpec) -> Result<TokenFrom, CliError> {
    let wrong = |text: String| CliError::Source(format!("source.git.auth: {text}"));
    match (&auth.token_env, &auth.token_file) {
        (Some(name), None) => {
            let text = variable(name).and_then(|text| text.into_string().ok());
            let token = text.as_deref().and_then(Token::new);
            let token = token.ok_or_else(|| wrong(format!("the variable {name} holds no token")))?;
            Ok(TokenFrom::Variable { name: name.clone(), token })
        }
        (None, Some(file)) => Ok(TokenFrom::File(PathBuf::from(file))),
        _ => Err(wrong("takes exactly one of tokenEnv and tokenFile".to_owned())),
    }
}

fn signers(verify: &VerifySpec) -> Result<Option<Signers>, CliError> {
    let mode = match verify.mode.as_str() {
        "Head" => Mode::Head,
        "EveryCommit" => Mode::EveryCommit,
        _ => return Ok(None),
    };
    let missing = || CliError::Source(format!("source.git.verify: mode {} needs allowedSigners", verify.mode));
    let allowed = PathBuf::from(verify.allowed_signers.as_ref().ok_or_else(missing)?);
    let allowed =
        allowed.canonicalize().map_err(|source| CliError::Read { path: allowed.display().to_string(), source })?;
    Ok(Some(Signers { mode, allowed }))
}

fn environment() -> Vec<(String, OsString)> {
    PASSED_ON.into_iter().filter_map(|name| Some((name.to_owned(), variable(name)?))).collect()
}

#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
