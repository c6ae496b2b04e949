//! Traces over OTLP, to a collector on this machine: what the daemon does is in them, and no value is.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use super::running::shop_folder;
use crate::support::folder::Folder;
use crate::support::leaks::assert_clean;
use crate::support::program::{Program, evenkeel};

/// One request as a collector gets it.
struct Received {
    path: String,
    headers: String,
    body: Vec<u8>,
}

fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = String::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        headers += &line.to_lowercase();
    }
    let length = headers.lines().find_map(|line| line.strip_prefix("content-length: "))?.trim().parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n").ok()?;
    Some(Received { path, headers, body })
}

/// A collector that passes on what it gets.
fn collector() -> (String, mpsc::Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, received) = mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let tell = tell.clone();
            std::thread::spawn(move || {
                while let Some(request) = read(&mut stream) {
                    if tell.send(request).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (address, received)
}

fn run(endpoint: &str) -> (Program, Folder) {
    let folder = shop_folder();
    let sandbox = format!("--sandbox={}", folder.join("state.json").display());
    let source = folder.join("manifests").display().to_string();
    let look = ["diff", "-f", source.as_str(), sandbox.as_str()];
    let furnished = evenkeel(&look).output().unwrap();
    assert_eq!(furnished.status.code(), Some(1), "{}", String::from_utf8_lossy(&furnished.stderr));
    let arguments = ["run", "--speed", "60", "--http-listen", "127.0.0.1:0", "--source-dir", &source, &sandbox];
    let mut command = evenkeel(&arguments);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop")
        .env("OTEL_BSP_SCHEDULE_DELAY", "100");
    (Program::start(command), folder)
}

#[test]
fn a_collector_gets_spans_of_passes_looks_and_calls_and_no_value() {
    let (endpoint, received) = collector();
    let (program, _folder) = run(&endpoint);
    let wanted =
        ["pass", "look", "call", "ecs:CreateService", "iam:PutRolePolicy", "Service/web", "Missing", "evenkeel"];
    let mut all = Vec::new();
    let has = |all: &[u8], text: &str| all.windows(text.len()).any(|window| window == text.as_bytes());
    while !wanted.iter().all(|text| has(&all, text)) {
        let Ok(Received { path, headers, body }) = received.recv_timeout(Duration::from_mins(1)) else {
            let missing: Vec<_> = wanted.iter().filter(|text| !has(&all, text)).collect();
            panic!("nothing more comes; {missing:?} are missing: {:?}", program.end("-TERM"));
        };
        assert_eq!(path, "/v1/traces");
        assert!(headers.contains("x-tenant: shop") && headers.contains("application/x-protobuf"), "{headers}");
        all.extend(body);
    }
    assert_eq!(program.end("-TERM").0, Some(0));
    // What is left is sent at the end.
    while let Ok(more) = received.try_recv() {
        all.extend(more.body);
    }
    assert_clean("the traces", &String::from_utf8_lossy(&all));
    // Spans of the SDK's own, whatever they hold, stay here.
    assert!(!has(&all, "orchestrator") && !has(&all, "try_attempt"));
}

#[test]
fn a_collector_that_is_away_or_elsewhere_in_plain_text_is_no_trouble() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for endpoint in [format!("http://{gone}"), "http://192.0.2.1:4318".to_owned()] {
        let (mut program, _folder) = run(&endpoint);
        program.says("manifests loaded");
        assert_eq!(program.end("-TERM").0, Some(0));
    }
}
