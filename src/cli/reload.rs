//! The configuration, while the daemon runs: another one comes into force, a bad one does not.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::config_args::ConfigArgs;
use crate::cloud::clock::Clock;
use crate::daemon::Rules;
use crate::daemon::event::Event;
use crate::manifest::config::ConfigSpec;

/// Between two looks at the file.
const PAUSE: Duration = Duration::from_secs(5);

/// Looks at the configuration again and again. What only a start can change is said to need one.
pub(super) async fn follow(
    args: &ConfigArgs,
    clock: Clock,
    rules: &watch::Sender<Rules>,
    tell: &mpsc::Sender<Event>,
    read: impl Fn(&ConfigSpec) -> Rules,
) {
    let mut fixed = args.resolve().map(|config| of_the_start(&config)).unwrap_or_default();
    let mut refused = false;
    loop {
        clock.sleep(PAUSE).await;
        match args.resolve() {
            Ok(config) => {
                refused = false;
                let start = of_the_start(&config);
                if start != fixed {
                    tracing::warn!("configuration changed in what takes effect after a restart");
                    fixed = start;
                }
                let wanted = Rules { installation: rules.borrow().installation.clone(), ..read(&config) };
                if rules.send_if_modified(|in_force| std::mem::replace(in_force, wanted.clone()) != wanted) {
                    tracing::info!("configuration reloaded");
                    let _ended = tell.send(Event::WakeUp).await;
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut refused, true) {
                    tracing::warn!(error = %error, "configuration refused, the last good one stays in force");
                }
            }
        }
    }
}

/// What the process was started with, for comparison.
fn of_the_start(config: &ConfigSpec) -> String {
    let ConfigSpec { installation, aws, source, events, limits, http, sweep: _, rollouts: _, envelope: _, prune: _ } =
        config;
    format!("{installation:?} {aws:?} {source:?} {events:?} {limits:?} {http:?}")
}
