//! As much of HTTP/1.1 as moto and the SDK speak with each other: one exchange a connection, lengths stated.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// No call to moto takes that long, not even the first of a service.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request or an answer.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The first line and the headers, without the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn get(path: &str) -> Self {
        Self { head: format!("GET {path} HTTP/1.1\r\nhost: moto"), body: Vec::new() }
    }

    /// A call of an AWS service by an account, unsigned: moto reads the scope of a signature and nothing else of it.
    pub(crate) fn call((account, region): (&str, &str), service: &str, headers: &str, body: &str) -> Self {
        let scope = format!("AWS4-HMAC-SHA256 Credential=TEST/20260101/{region}/{service}/aws4_request");
        let head = format!(
            "POST / HTTP/1.1\r\nhost: moto\r\nauthorization: {scope}\r\nx-moto-account-id: {account}\r\n{headers}\r\n\
             content-length: {}",
            body.len()
        );
        Self { head, body: body.as_bytes().to_vec() }
    }

    /// An answer.
    pub(crate) fn answer(status: &str, kind: &str, body: &str) -> Self {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close");
        Self { head, body: body.as_bytes().to_vec() }
    }

    /// Reads one from a connection.
    pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 * 1024];
        let (head, rest) = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes.split_off(end + 4));
            }
            match stream.read(&mut chunk)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => bytes.extend_from_slice(&chunk[..read]),
            }
        };
        let mut message = Self { head, body: rest };
        let length = message.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let missing = u64::try_from(length).unwrap_or(u64::MAX).saturating_sub(message.body.len() as u64);
        stream.take(missing).read_to_end(&mut message.body)?;
        if message.body.len() < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(message) }
    }

    /// Writes it to a connection.
    pub(crate) fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        let bytes = [self.head.as_bytes(), b"\r\n\r\n", &self.body].concat();
        stream.write_all(&bytes)
    }

    /// A header, whose name is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.head.starts_with("HTTP/1.1 200")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One request to a port of this machine, and its answer.
pub(crate) fn exchange(port: u16, request: &Message) -> io::Result<Message> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    request.write(&mut stream)?;
    Message::read(&mut stream)
}
