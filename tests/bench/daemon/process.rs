//! The program at rest, in a process of its own, on a sandbox that listens on loopback: what it takes of the machine.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::apps::{manifests, memory};

/// Two sweeps at least are in it.
const WATCHED: Duration = Duration::from_secs(130);

/// Until it has made everything and has found nothing to do.
const PATIENCE: Duration = Duration::from_mins(20);

/// What it takes.
pub(crate) struct Idle {
    pub(crate) cpu_ms_a_minute: f64,
    pub(crate) mib: u64,
    pub(crate) peak_mib: u64,
    pub(crate) sigterm_ms: f64,
}

/// Ended with the bench.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub(crate) fn idle(apps: usize) -> Idle {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("daemon-{apps}"));
    let _left = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("manifests")).expect("a folder");
    for (name, text) in manifests(apps) {
        std::fs::write(folder.join("manifests").join(name), text).expect("a file");
    }
    let manifests = folder.join("manifests").display().to_string();
    let mut sandbox = Ending(
        program(&["sandbox", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs"),
    );
    let mut first = String::new();
    BufReader::new(sandbox.0.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    let endpoint = first.trim().rsplit('=').next().expect("an address").to_owned();
    furnish(endpoint.trim_start_matches("http://"), apps);
    // What is made, is made as fast as the sandbox can; at rest the rates are not met.
    let run = ["run", "--source-dir", &manifests, "--http-listen", "127.0.0.1:0", "--limits-scale", "0"];
    let mut daemon = Ending(
        program(&run)
            .args(["--rollouts-max-concurrent", &apps.to_string()])
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "sandbox")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs"),
    );
    let mut lines = BufReader::new(daemon.0.stderr.take().expect("a pipe")).lines();
    let address = lines.by_ref().map_while(Result::ok).find(|line| line.contains("\"listening\"")).expect("it listens");
    let address =
        address.split("\"address\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address").to_owned();
    // It writes a line for each call: one that nobody reads would stop it in the end.
    std::thread::spawn(move || lines.for_each(drop));
    let begun = Instant::now();
    while !is_at_rest(&ask(&address, "/metrics")) {
        assert!(daemon.0.try_wait().expect("a child").is_none(), "it goes on");
        assert!(begun.elapsed() < PATIENCE, "it comes to rest");
        // Asking is work for it.
        nap(Duration::from_secs(2));
    }
    let id = daemon.0.id();
    let (before, since) = (cpu_ms(id), Instant::now());
    nap(WATCHED);
    let minutes = since.elapsed().as_secs_f64() / 60.0;
    let cpu_ms_a_minute = (cpu_ms(id) - before) / minutes;
    let (mib, peak_mib) = (memory(id, "VmRSS"), memory(id, "VmHWM"));
    let since = Instant::now();
    let told = Command::new("kill").args(["-TERM", &id.to_string()]).status().expect("kill runs");
    assert!(told.success() && daemon.0.wait().expect("it ends").success());
    let sigterm_ms = since.elapsed().as_secs_f64() * 1000.0;
    Idle { cpu_ms_a_minute, mib, peak_mib, sigterm_ms }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

/// A sweep had nothing to do, nothing is held, nothing is under way.
fn is_at_rest(page: &str) -> bool {
    page.contains("look=\"sweep\",result=\"quiet\"")
        && !page.contains("evenkeel_held{")
        && page.lines().any(|line| line == "evenkeel_rollouts_in_progress 0")
}

/// What the manifests refer to: a cluster, and secrets of someone else.
fn furnish(sandbox: &str, apps: usize) {
    let call = |service: &str, target: &str, body: &str| {
        let scope = format!("AWS4-HMAC-SHA256 Credential=sandbox/20260101/eu-west-1/{service}/aws4_request");
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {sandbox}\r\nauthorization: {scope}\r\nx-amz-target: {target}\r\n\
             content-type: application/x-amz-json-1.1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(sandbox, &head);
        assert!(answer.starts_with("HTTP/1.1 200"), "{target}: {answer}");
    };
    call("ecs", "AmazonEC2ContainerServiceV20141113.CreateCluster", r#"{"clusterName": "bench"}"#);
    for app in 0..apps {
        let body = format!(r#"{{"Name": "bench/{app}", "SecretString": "x", "ClientRequestToken": "{app:032}"}}"#);
        call("secretsmanager", "secretsmanager.CreateSecret", &body);
    }
}

#[expect(clippy::disallowed_methods, reason = "another process comes to rest, and rests, in real time")]
fn nap(time: Duration) {
    std::thread::sleep(time);
}

fn ask(address: &str, page: &str) -> String {
    exchange(address, &format!("GET {page} HTTP/1.1\r\nhost: localhost\r\n\r\n"))
}

/// One request as it is, and everything that is answered.
fn exchange(address: &str, request: &str) -> String {
    let mut answer = String::new();
    let Ok(mut stream) = TcpStream::connect(address) else { return answer };
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
    let sent = stream.write_all(request.as_bytes());
    let _read = sent.and_then(|()| stream.read_to_string(&mut answer));
    answer
}

/// Of a process so far, in ticks of ten milliseconds.
fn cpu_ms(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("a Linux machine");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u32>().ok()).map_or(0.0, f64::from);
    (ticks(11) + ticks(12)) * 10.0
}
