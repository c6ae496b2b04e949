//! What a client of the port may take: size, time, connections; and who is not answered at all.

use std::time::Duration;

use evenkeel::sandbox::{Sandbox, Socket, World, stopped_clock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::sandbox::support::{ACCOUNT, REGION, START};

const CALLER: &str = "host: localhost\r\nx-amz-target: secretsmanager.ListSecrets\r\n\
                      authorization: AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/secretsmanager/aws4_request\r\n";

/// A served sandbox in this process, on tokio's paused clock: what waits for nothing but time does not wait long.
pub(super) struct Port {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinSet<()>,
}

impl Port {
    pub(super) async fn open() -> Self {
        let sandbox = Sandbox::new(World::new(ACCOUNT, REGION, 7, START), stopped_clock(START));
        let socket = Socket::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = socket.address();
        let (stop, stopped) = oneshot::channel();
        let mut served = tokio::task::JoinSet::new();
        served.spawn(socket.serve(sandbox.http_client(), async {
            let _sent = stopped.await;
        }));
        Self { address, stop, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends this and reads until the other side closes or the answer is there.
    async fn say(&self, text: &str) -> String {
        String::from_utf8(self.say_bytes(text).await).unwrap()
    }

    /// Likewise, where the answer is no text.
    pub(super) async fn say_bytes(&self, text: &str) -> Vec<u8> {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        read_bytes(&mut stream).await
    }
}

async fn read(stream: &mut TcpStream) -> String {
    String::from_utf8(read_bytes(stream).await).unwrap()
}

async fn read_bytes(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset after an answer is an end too.
    let _end = stream.read_to_end(&mut bytes).await;
    bytes
}

pub(super) fn status(answer: &str) -> u16 {
    answer.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no HTTP: {answer:?}"))
}

#[tokio::test(start_paused = true)]
async fn web_pages_reads_strangers_and_giants_are_refused() {
    let port = Port::open().await;
    let request = |headers: &str| format!("POST / HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
    let cases = [
        (request(&format!("{CALLER}content-length: 2\r\n")) + "{}", 200, "SecretList"),
        (request(&format!("{CALLER}content-length: 2\r\norigin: http://example.com\r\n")) + "{}", 403, "web pages"),
        (request("host: localhost\r\ncontent-length: 0\r\n"), 403, "MissingAuthenticationToken"),
        (format!("GET / HTTP/1.1\r\nconnection: close\r\n{CALLER}\r\n"), 405, "POST"),
        (request(&format!("{CALLER}content-length: 3000000\r\n")), 413, "2 MiB"),
        (request(&format!("{CALLER}x: {}\r\n", "x".repeat(200 * 1024))), 431, ""),
        ("nonsense\r\n\r\n".to_owned(), 400, ""),
    ];
    for (sent, expected, text) in cases {
        let answer = port.say(&sent).await;
        assert_eq!(status(&answer), expected, "{answer}");
        assert!(answer.contains(text), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_too_long_is_let_go() {
    let port = Port::open().await;
    let begun = Instant::now();
    // Half a head: hyper ends the connection, with or without a word.
    let answer = port.say("POST / HTTP/1.1\r\nhost: x\r\n").await;
    assert!(answer.is_empty() || status(&answer) == 408, "{answer}");
    // Half a body.
    let answer = port.say(&format!("POST / HTTP/1.1\r\n{CALLER}content-length: 9\r\n\r\n{{")).await;
    assert_eq!(status(&answer), 408, "{answer}");
    assert!(begun.elapsed() >= Duration::from_secs(59), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_connection_too_many_waits_for_a_place() {
    let port = Port::open().await;
    let mut idle = Vec::new();
    for _ in 0..128 {
        idle.push(port.connect().await);
    }
    let request = format!("POST / HTTP/1.1\r\nconnection: close\r\n{CALLER}content-length: 2\r\n\r\n{{}}");
    let mut late = port.connect().await;
    late.write_all(request.as_bytes()).await.unwrap();
    assert!(timeout(Duration::from_secs(5), read(&mut late)).await.is_err(), "there are 128 places");
    drop(idle);
    assert_eq!(status(&read(&mut late).await), 200);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let mut port = Port::open().await;
    let mut idle = port.connect().await;
    let mut half = port.connect().await;
    half.write_all(format!("POST / HTTP/1.1\r\n{CALLER}content-length: 9\r\n\r\n").as_bytes()).await.unwrap();
    port.stop.send(()).unwrap();
    port.served.join_next().await.unwrap().unwrap();
    assert_eq!(read(&mut idle).await, "");
    assert!(TcpStream::connect(port.address).await.is_err(), "the port is free");
}
