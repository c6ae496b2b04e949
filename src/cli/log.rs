//! Logs, on stderr. What the SDK would print of requests and responses is cut off here, whatever anyone asks for.

use tracing_subscriber::filter::{EnvFilter, FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Targets that print bodies of requests and responses when they say more than this.
const CAPPED: [&str; 4] = ["aws_", "hyper", "h2", "rustls"];

/// Begins to log: warnings, with `-v` what happens, with `-vv` why. `EVENKEEL_LOG` takes tracing's directives.
pub(super) fn to_stderr(verbose: u8) {
    let level = match verbose {
        // Looking for credentials in every place is no reason to warn in each.
        0 => "warn,aws_config=error",
        1 => "info",
        _ => "debug",
    };
    let asked = EnvFilter::try_from_env("EVENKEEL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let harmless = filter_fn(|event| {
        let is_capped = CAPPED.iter().any(|prefix| event.target().starts_with(prefix));
        !is_capped || *event.level() <= tracing_subscriber::filter::LevelFilter::INFO
    });
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).without_time();
    let filtered = layer.with_filter(asked.and(harmless));
    // A second subscriber, in a test for instance, changes nothing.
    let _already_set = tracing_subscriber::registry().with(filtered).try_init();
}
