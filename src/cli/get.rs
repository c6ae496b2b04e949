//! One GET over plain HTTP, of a daemon. Knows nothing of what is asked for.
//!
//! HTTP/1.0, so that the answer ends where the connection does, and needs no library to be read.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What is asked for, and what the answer may take.
pub(super) struct Get<'a> {
    pub(super) address: SocketAddr,
    /// As the server is called.
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    /// For each of connecting, asking, and waiting for more.
    pub(super) patience: Duration,
    /// In bytes; what comes after is not read.
    pub(super) largest: u64,
}

pub(super) struct Answer {
    /// The first line, for example `HTTP/1.0 200 OK`; of what comes over the network only what a terminal may show.
    pub(super) line: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn is_good(&self) -> bool {
        self.line.split(' ').nth(1) == Some("200")
    }
}

impl Get<'_> {
    /// # Errors
    /// Nothing answers, or not in time.
    pub(super) fn send(&self) -> io::Result<Answer> {
        let Self { address, host, path, patience, largest } = self;
        let mut stream = TcpStream::connect_timeout(address, *patience)?;
        stream.set_read_timeout(Some(*patience))?;
        stream.set_write_timeout(Some(*patience))?;
        write!(stream, "GET {path} HTTP/1.0\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.take(*largest).read_to_end(&mut answer)?;
        let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(answer.len());
        let body = answer.get(head + 4..).unwrap_or_default().to_vec();
        let line = String::from_utf8_lossy(&answer[..head]).lines().next().unwrap_or_default().to_owned();
        Ok(Answer { line: line.chars().filter(|c| !c.is_control()).take(80).collect(), body })
    }
}
