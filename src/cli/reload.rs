//! The configuration, while the daemon runs: another one comes into force, a bad one does not.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::config_args::ConfigArgs;
use super::{CliError, failure};
use crate::cloud::clock::Clock;
use crate::daemon::Rules;
use crate::daemon::event::Event;
use crate::manifest::config::{AgeSpec, AwsSpec, ConfigSpec, EventsSpec, HttpSpec, LimitsSpec, SourceSpec};

/// Between two looks at the file.
const PAUSE: Duration = Duration::from_secs(5);

/// Looks at the configuration again and again. What only a start can change is said to need one; what a start would refuse
/// is refused as a whole, as nobody would know before the next one, and so is what is meant for elsewhere.
pub(super) async fn follow(
    args: &ConfigArgs,
    clock: Clock,
    rules: &watch::Sender<Rules>,
    tell: &mpsc::Sender<Event>,
    read: impl Fn(&ConfigSpec) -> Result<Rules, CliError>,
) {
    let mut fixed = args.resolve().ok().map(Start::of);
    let mut refused = None;
    loop {
        clock.sleep(PAUSE).await;
        match args.resolve().and_then(|config| Ok((read(&config)?, config))) {
            Ok((read, config)) => {
                refused = None;
                if rules.send_if_modified(|in_force| std::mem::replace(in_force, read.clone()) != read) {
                    tracing::info!("configuration reloaded");
                    let _ended = tell.send(Event::WakeUp).await;
                }
                let start = Some(Start::of(config));
                if start != fixed {
                    tracing::warn!("configuration changed in what takes effect after a restart");
                    fixed = start;
                }
            }
            Err(error) => {
                let error = failure::line(&error);
                if refused.as_ref() != Some(&error) {
                    tracing::warn!(error, "configuration refused, the last good one stays in force");
                    refused = Some(error);
                }
            }
        }
    }
}

/// What only a start can change.
#[derive(Clone, PartialEq)]
struct Start {
    aws: AwsSpec,
    source: Option<SourceSpec>,
    events: EventsSpec,
    limits: LimitsSpec,
    age: AgeSpec,
    http: HttpSpec,
}

impl Start {
    fn of(config: ConfigSpec) -> Self {
        let ConfigSpec {
            aws,
            source,
            events,
            limits,
            age,
            http,
            installation: _,
            sweep: _,
            rollouts: _,
            envelope: _,
            prune: _,
        } = config;
        Self { aws, source, events, limits, age, http }
    }
}
