//! `evenkeel run` and `evenkeel healthcheck` as a supervisor starts them: the port, the logs, the end.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::running::{edit, shop_folder};
use crate::status::document::assert_valid;
use crate::support::folder::Folder;
use crate::support::program::{Program, evenkeel};

/// A daemon in a process of its own.
struct Daemon {
    program: Program,
    address: String,
    _folder: Folder,
}

impl Daemon {
    /// Starts one on a sandbox, and waits until its first pass is over.
    fn start() -> Self {
        Self::on(shop_folder())
    }

    /// The same with other manifests.
    fn on(folder: Folder) -> Self {
        let sandbox = format!("--sandbox={}", folder.join("state.json").display());
        let source = folder.join("manifests").display().to_string();
        let settings = ["run", "--dry-run", "--http-listen", "127.0.0.1:0", "--source-dir", &source, &sandbox];
        let mut program = Program::start(evenkeel(&settings));
        let listening = program.says("listening");
        assert_eq!(listening["level"], "INFO");
        let address = listening["address"].as_str().unwrap().to_owned();
        let daemon = Self { program, address, _folder: folder };
        while !daemon.ask("GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n").starts_with("HTTP/1.1 200") {}
        daemon
    }

    /// One request as it is, and everything that is answered.
    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // What is refused half-way is answered all the same.
        let _cut = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _cut = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.address))
    }
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn health(address: &str) -> (Option<i32>, String) {
    let output = evenkeel(&["healthcheck", "--http-listen", address]).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_port_shows_pages_refuses_the_rest_and_is_gone_with_the_program() {
    let daemon = Daemon::start();
    assert!(daemon.get("/livez").ends_with("\r\n\r\nok\n"));
    assert!(body(&daemon.get("/readyz?verbose")).contains("ok: the source"));
    assert!(body(&daemon.get("/metrics")).contains("evenkeel_build_info{version="));
    let plan: Value = serde_json::from_str(body(&daemon.get("/plan"))).unwrap();
    assert_eq!(plan["formatVersion"], "1");
    assert!(!plan["steps"].as_array().unwrap().is_empty() || !plan["held"].as_array().unwrap().is_empty());
    let status: Value = serde_json::from_str(body(&daemon.get("/status"))).unwrap();
    assert!(!status["resources"].as_array().unwrap().is_empty(), "{status}");
    let asked = evenkeel(&["get", "--daemon", &format!("http://{}", daemon.address)]).output().unwrap();
    assert!(String::from_utf8_lossy(&asked.stderr).contains(" of 7 ready"), "{asked:?}");
    assert!(daemon.get("/nothing").starts_with("HTTP/1.1 404"));
    let head = daemon.ask("HEAD /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200") && body(&head).is_empty(), "{head}");
    let put = daemon.ask("POST /plan HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n");
    assert!(put.starts_with("HTTP/1.1 405") && put.contains("allow: GET, HEAD"), "{put}");
    // A name that someone made lead here.
    assert!(daemon.ask("GET /plan HTTP/1.1\r\nhost: evil.example:80\r\n\r\n").starts_with("HTTP/1.1 403"));
    let long = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(20_000));
    assert!(daemon.ask(&long).starts_with("HTTP/1.1 4"), "too long");
    assert!(daemon.ask("nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
    // Those who take a place and say nothing keep nobody out for long, and 33 are one too many.
    let idle: Vec<TcpStream> = (0..33).map(|_| TcpStream::connect(&daemon.address).unwrap()).collect();
    assert!(daemon.get("/livez").starts_with("HTTP/1.1 200"), "after ten seconds");
    drop(idle);
    assert_eq!(health(&daemon.address), (Some(0), String::new()));
    let Daemon { program, address, _folder } = daemon;
    let (code, rest) = program.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(rest.lines().last().is_some_and(|line| line.contains("\"stopped\"")), "{rest}");
    let (code, said) = health(&address);
    assert!(code == Some(1) && said.contains("does not answer"), "{code:?} {said}");
}

/// A message is for whoever acts on it: one that is read and deleted by a daemon that only looks is lost to that.
#[test]
fn a_dry_run_leaves_the_queue_to_others() {
    let folder = shop_folder();
    let sandbox = format!("--sandbox={}", folder.join("state.json").display());
    let source = folder.join("manifests").display().to_string();
    let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/none";
    let settings =
        ["run", "--http-listen", "127.0.0.1:0", "--source-dir", &source, "--events-queue-url", queue, &sandbox];
    let mut program = Program::start(evenkeel(&settings));
    program.says("queue failing");
    program.end("-TERM");
    let mut program = Program::start(evenkeel(&[&settings as &[&str], &["--dry-run"]].concat()));
    program.says("the queue is left to others");
    program.says("manifests loaded");
    let (code, rest) = program.end("-TERM");
    assert!(code == Some(0) && !rest.contains("queue failing"), "{code:?} {rest}");
}

/// Law 12, for those who read no pull request.
#[test]
fn what_is_wrong_with_manifests_is_said_by_the_log_the_status_and_the_exit_code() {
    let folder = shop_folder();
    std::fs::write(folder.join("manifests/bad.yaml"), "kind: [\n").unwrap();
    edit(&folder, "worker.yaml", "kind: Service", "<<<<<<< HEAD\nkind: Service\n=======");
    let mut daemon = Daemon::on(folder);
    for file in ["/manifests/bad.yaml:", "/manifests/worker.yaml:"] {
        let refused = daemon.program.says("manifest refused");
        assert_eq!(refused["level"], "WARN");
        assert!(refused["at"].as_str().unwrap().contains(file), "{refused}");
        assert!(!refused["why"].as_str().unwrap().is_empty(), "{refused}");
    }
    let status: Value = serde_json::from_str(body(&daemon.get("/status"))).unwrap();
    assert_valid("/status", &status);
    assert_eq!(status["manifests"]["errors"], 2, "{status}");
    let url = format!("http://{}", daemon.address);
    for verb in [&["get"] as &[&str], &["tree"], &["explain", "Service/web"], &["explain", "Service/worker"]] {
        let output = evenkeel(&[verb, &["--daemon", &url]].concat()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{verb:?}: {said}");
        assert!(said.contains("2 errors") && said.contains("/manifests/bad.yaml:"), "{verb:?}: {said}");
        assert!(said.contains("/manifests/worker.yaml:"), "{verb:?}: {said}");
    }
}

#[test]
fn a_port_that_is_taken_or_no_port_is_said_before_anything_is_done() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = shop_folder();
    let sandbox = format!("--sandbox={}", folder.join("state.json").display());
    let source = folder.join("manifests").display().to_string();
    for (listen, code, words, last_words) in [
        (taken.local_addr().unwrap().to_string(), 3, "http.listen", "http.listen"),
        ("999.0.0.1:8080".to_owned(), 2, "http.listen", "http.listen"),
        ("127.0.0.1:99999".to_owned(), 2, "--http-listen", "the configuration has errors"),
        ("8080".to_owned(), 2, "--http-listen", "the configuration has errors"),
    ] {
        let output = evenkeel(&["run", "--http-listen", &listen, "--source-dir", &source, &sandbox]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
        // Whatever reads the log reads this too.
        let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let last = lines.last().unwrap();
        assert_eq!((last["level"].as_str(), last["message"].as_str()), (Some("ERROR"), Some("failed")), "{said}");
        assert!(last["error"].as_str().unwrap().contains(last_words), "{last}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn who_stops_it_while_aws_does_not_answer_at_all_is_heard() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = shop_folder();
    let source = folder.join("manifests").display().to_string();
    for how in ["-TERM", "-INT"] {
        let mut command = evenkeel(&["run", "--http-listen", "127.0.0.1:0", "--source-dir", &source]);
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        command.envs([("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_REGION", "eu-west-1")]);
        command.envs([("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "no-key-of-anyone")]);
        let mut program = Program::start(command);
        program.says("listening");
        let (_asked, _) = silent.accept().unwrap();
        let since = Instant::now();
        let (code, rest) = program.end(how);
        assert!(since.elapsed() < Duration::from_secs(5), "{how}: {:?}", since.elapsed());
        assert!(code == Some(0) && rest.contains("\"stopped\""), "{how}: {code:?} {rest}");
    }
}

/// Git obeys what stands in a repository, so nobody else on the machine may write into it, or make it first.
#[test]
fn what_is_fetched_stands_in_a_folder_of_its_own_that_goes_with_the_program() {
    let folder = shop_folder();
    let temporary = folder.join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let sandbox = format!("--sandbox={}", folder.join("state.json").display());
    let repository = ["--source-git-url", "https://127.0.0.1:1/none.git"];
    let mut command = evenkeel(&["run", "--dry-run", "--http-listen", "127.0.0.1:0", &sandbox]);
    command.args(repository).env("TMPDIR", &temporary);
    let mut program = Program::start(command);
    program.says("listening");
    let made: Vec<_> = std::fs::read_dir(&temporary).unwrap().map(Result::unwrap).collect();
    let [own] = made.as_slice() else { panic!("{made:?}") };
    assert_eq!(own.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let (code, rest) = program.end("-TERM");
    assert!(code == Some(0) && rest.contains("\"stopped\""), "{code:?} {rest}");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}
