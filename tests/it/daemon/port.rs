//! What a client of the port may take: size, time, connections.

use std::time::Duration;

use evenkeel::cloud::clock::Clock;
use evenkeel::cloud::traffic::Traffic;
use evenkeel::daemon::board::Board;
use evenkeel::daemon::http::Socket;
use evenkeel::manifest::config::HttpSpec;
use evenkeel::model::time::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// A port in this process, on tokio's paused clock: what waits for nothing but time does not wait long.
async fn beside(story: impl AsyncFnOnce(std::net::SocketAddr)) {
    let board = Board::new(Clock::starting_at(Timestamp::from_millis(0), 1), Traffic::default(), false);
    let socket = Socket::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = socket.address();
    tokio::select! {
        () = socket.serve(&board) => unreachable!("it serves for as long as it is let"),
        () = story(address) => {}
    }
}

async fn said(address: std::net::SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // What is refused half-way is answered all the same.
    let _cut = stream.write_all(text.as_bytes()).await;
    stream
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after an answer is an end too.
    let _end = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

const REQUEST: &str = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn a_connection_too_many_waits_for_a_place() {
    beside(async |address| {
        let mut idle = Vec::new();
        for _ in 0..32 {
            idle.push(said(address, "").await);
        }
        let mut late = said(address, REQUEST).await;
        assert!(timeout(Duration::from_secs(5), answer(&mut late)).await.is_err(), "there are 32 places");
        drop(idle);
        assert!(answer(&mut late).await.starts_with("HTTP/1.1 200"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_too_long_for_a_request_is_let_go() {
    beside(async |address| {
        let since = Instant::now();
        let answered = answer(&mut said(address, "GET /livez HTTP/1.1\r\nhost: lo").await).await;
        assert!(answered.is_empty() || answered.starts_with("HTTP/1.1 408"), "{answered}");
        let took = since.elapsed();
        assert!((Duration::from_secs(9)..Duration::from_secs(12)).contains(&took), "{took:?}");
    })
    .await;
}

/// As many bytes again and again, each in time: the head has ten seconds in all.
#[tokio::test(start_paused = true)]
async fn who_keeps_on_saying_a_little_is_let_go_too() {
    beside(async |address| {
        let mut stream = said(address, "GET /livez HTTP/1.1\r\nhost: localhost\r\n").await;
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(40) {
            tokio::time::sleep(Duration::from_secs(2)).await;
            if stream.write_all(b"x: y\r\n").await.is_err() {
                break;
            }
        }
        assert!(since.elapsed() <= Duration::from_secs(16), "{:?}", since.elapsed());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_head_has_sixteen_kibibytes_and_a_connection_one_request() {
    beside(async |address| {
        let long = |bytes: usize| format!("GET /livez HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(bytes));
        assert!(answer(&mut said(address, &long(15_000)).await).await.starts_with("HTTP/1.1 200"));
        assert!(answer(&mut said(address, &long(17_000)).await).await.starts_with("HTTP/1.1 431"));
        let twice = answer(&mut said(address, &REQUEST.repeat(2)).await).await;
        assert_eq!(twice.matches("HTTP/1.1 200").count(), 1, "{twice}");
    })
    .await;
}

#[test]
fn where_nothing_else_is_said_no_other_machine_can_ask() {
    assert!(HttpSpec::LISTEN.parse::<std::net::SocketAddr>().unwrap().ip().is_loopback());
}
