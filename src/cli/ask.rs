//! Asks a running daemon for its status: over plain HTTP, on this machine alone.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::address;
use super::get::Get;
use crate::manifest::config::HttpSpec;
use crate::status::report::{FORMAT_VERSION, Report};

/// A daemon on the same machine answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// A thousand applications are about ten megabytes.
const LARGEST: u64 = 64 << 20;

/// Why a daemon did not say how everything is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("nothing answers at {0}: is `evenkeel run` there, and does its http.listen say so?")]
    Connection(SocketAddr, #[source] std::io::Error),
    #[error("{0} answered `{1}`")]
    Refused(SocketAddr, String),
    #[error("{0} answered with something else than a status")]
    NoStatus(SocketAddr, #[source] serde_json::Error),
    #[error("{address} speaks version {version} of the status, and this program version {FORMAT_VERSION}")]
    OtherVersion { address: SocketAddr, version: String },
}

/// Where a daemon listens: `http://127.0.0.1:8080`, with or without the scheme. No name is looked up.
pub(crate) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    let with_port =
        || Some(SocketAddr::new(bare.parse::<IpAddr>().ok()?, HttpSpec::LISTEN.parse::<SocketAddr>().ok()?.port()));
    match address::parse(bare).or_else(with_port) {
        Some(address) if address.ip().is_loopback() => Ok(address),
        Some(_) => Err(format!("{text} is another machine: the status is served in plain text, on loopback alone")),
        None => Err(format!("`{text}` is no URL such as http://{}", HttpSpec::LISTEN)),
    }
}

/// What the daemon knows.
pub(crate) fn ask(address: SocketAddr) -> Result<Report, AskError> {
    let host = address.to_string();
    let get = Get { address, host: &host, path: "/status", patience: PATIENCE, largest: LARGEST };
    let answer = get.send().map_err(|error| AskError::Connection(address, error))?;
    if !answer.is_good() {
        return Err(AskError::Refused(address, answer.line));
    }
    let no_status = |error| AskError::NoStatus(address, error);
    let document: serde_json::Value = serde_json::from_slice(&answer.body).map_err(no_status)?;
    if let Some(version) = document["formatVersion"].as_str().filter(|version| *version != FORMAT_VERSION) {
        return Err(AskError::OtherVersion { address, version: version.to_owned() });
    }
    serde_json::from_value(document).map_err(no_status)
}
