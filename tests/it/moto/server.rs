//! The emulator: one real process for all tests of this one, told apart by account.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::http::{self, Message};

/// Starts moto and ends it, by its own process id, when standard input closes: at the end of the tests, however that
/// comes.
const KEEPER: &str = r#""$0" -H 127.0.0.1 -p 0 & moto=$!; cat; kill "$moto"; wait "$moto""#;

/// Its start takes a second; the rest is for a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

struct Server {
    port: u16,
    /// Held open for as long as this process lives; the kernel closes it, also after a panic or a kill.
    _alive: ChildStdin,
}

/// The port of moto on the loopback interface.
pub(crate) fn port() -> u16 {
    static SERVER: LazyLock<Result<Server, String>> = LazyLock::new(start);
    match &*SERVER {
        Ok(server) => server.port,
        Err(why) => panic!("{why}: run make test, which installs moto"),
    }
}

fn start() -> Result<Server, String> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/moto_server");
    if !program.exists() {
        return Err(format!("{} is missing", program.display()));
    }
    let mut keeper = Command::new("/bin/sh")
        .args(["-c", KEEPER])
        .arg(&program)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("PYTHONUNBUFFERED", "1")
        // That many tasks run as soon as a service is created: its rollout counts as COMPLETED.
        .env("MOTO_ECS_SERVICE_RUNNING", "1000")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("no shell: {error}"))?;
    let (alive, log) = (keeper.stdin.take().unwrap(), keeper.stderr.take().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        // Read to its end, so that moto never waits for a reader; after the start nobody listens.
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            let _nobody_listens = tell.send(line);
        }
        let _ended = keeper.wait();
    });
    let port = chosen_port(&told)?;
    match http::exchange(port, &Message::get("/moto-api/")) {
        Ok(answer) if answer.is_ok() => Ok(Server { port, _alive: alive }),
        other => Err(format!("moto does not answer: {other:?}")),
    }
}

/// moto takes a free port, and names it in its log.
fn chosen_port(log: &Receiver<String>) -> Result<u16, String> {
    let mut said = String::new();
    while let Ok(line) = log.recv_timeout(PATIENCE) {
        let port = line.split("Running on http://127.0.0.1:").nth(1).and_then(|port| port.trim().parse().ok());
        match port {
            Some(port) => return Ok(port),
            None => said.extend([&line, "\n"]),
        }
    }
    Err(format!("moto does not start: {said}"))
}
