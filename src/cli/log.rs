//! Logs, on stderr. What the SDK would print of requests and responses is cut off here, whatever anyone asks for.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::{EnvFilter, FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Targets that print bodies of requests and responses when they say more than this.
const CAPPED: [&str; 4] = ["aws_", "hyper", "h2", "rustls"];

/// Begins to log: warnings, with `-v` what happens, with `-vv` why. `EVENKEEL_LOG` takes tracing's directives.
/// Where those are no directives, says so. A daemon tells what happens without being asked; to anything but a terminal,
/// in JSON.
pub(super) fn to_stderr(verbose: u8, daemon: bool) -> Option<String> {
    let level = match verbose {
        // Looks are no changes of state.
        0 if daemon => {
            "warn,evenkeel=info,evenkeel::aws=warn,aws_config=error,aws_smithy_runtime::client::http::connection_poisoning=off"
        }
        // Looking for credentials in every place is no reason to warn in each; and a sandbox has no connection to give up.
        0 => "warn,aws_config=error,aws_smithy_runtime::client::http::connection_poisoning=off",
        1 => "info",
        _ => "debug",
    };
    let (asked, wrong) = match directives().map(EnvFilter::try_new) {
        None => (EnvFilter::new(level), None),
        Some(Ok(asked)) => (asked, None),
        Some(Err(error)) => (EnvFilter::new(level), Some(format!("EVENKEEL_LOG is left aside: {error}"))),
    };
    let harmless = filter_fn(|event| {
        let is_capped = CAPPED.iter().any(|prefix| event.target().starts_with(prefix));
        !is_capped || *event.level() <= tracing_subscriber::filter::LevelFilter::INFO
    });
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = if daemon && is_for_programs() {
        layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
    } else {
        layer.without_time().boxed()
    };
    let filtered = layer.with_filter(asked.and(harmless));
    let subscriber = tracing_subscriber::registry().with(filtered);
    #[cfg(feature = "otlp")]
    let (traces, untraced) = if daemon { super::otlp::layer() } else { (None, None) };
    #[cfg(feature = "otlp")]
    let (subscriber, wrong) = (subscriber.with(traces), wrong.or(untraced));
    // A second subscriber, in a test for instance, changes nothing.
    let _already_set = subscriber.try_init();
    wrong
}

/// Does a program read stderr, and no person?
pub(super) fn is_for_programs() -> bool {
    !std::io::stderr().is_terminal()
}

/// What the variable says; set to nothing, it counts as absent.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn directives() -> Option<String> {
    let value = std::env::var_os("EVENKEEL_LOG")?;
    (!value.is_empty()).then(|| value.to_string_lossy().into_owned())
}
