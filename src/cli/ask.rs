//! Asks a running daemon for its status: one GET over plain HTTP, on this machine alone.
//!
//! HTTP/1.0, so that the answer ends where the connection does, and needs no library to be read.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

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
    let bare = bare.strip_prefix("localhost:").map_or_else(|| bare.to_owned(), |port| format!("127.0.0.1:{port}"));
    let address: Result<SocketAddr, _> = bare.parse();
    let address = address.or_else(|_| bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 8080)));
    match address {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(_) => Err(format!("{text} is another machine: the status is served in plain text, on loopback alone")),
        Err(_) => Err(format!("`{text}` is no URL such as http://{}:8080", Ipv4Addr::LOCALHOST)),
    }
}

/// What the daemon knows.
pub(crate) fn ask(address: SocketAddr) -> Result<Report, AskError> {
    let answer = get(address).map_err(|error| AskError::Connection(address, error))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        let shown: String = status.chars().filter(|c| !c.is_control()).take(80).collect();
        return Err(AskError::Refused(address, shown));
    }
    let document: serde_json::Value = serde_json::from_str(body).map_err(|error| AskError::NoStatus(address, error))?;
    if let Some(version) = document["formatVersion"].as_str().filter(|version| *version != FORMAT_VERSION) {
        return Err(AskError::OtherVersion { address, version: version.to_owned() });
    }
    serde_json::from_value(document).map_err(|error| AskError::NoStatus(address, error))
}

fn get(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET /status HTTP/1.0\r\nHost: {address}\r\nAccept: application/json\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(LARGEST).read_to_string(&mut answer)?;
    Ok(answer)
}
