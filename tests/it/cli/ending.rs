//! `run` is asked to end while a call is under way that changes something: no other is begun, that one is finished where it
//! ends in time, and within ten seconds the program is gone.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::{Place, SHOP, code, program, run};
use crate::moto::http::{Message, exchange};
use crate::socket::program::Served;
use crate::support::program::signal;

/// What is held up.
const HELD: &str = "Action=CreateRole";

/// A door before a served sandbox, which keeps the first call of an operation until it is opened.
struct Door {
    port: u16,
    open: Arc<(Mutex<bool>, Condvar)>,
    /// What arrives, reads left out.
    writes: Receiver<String>,
}

impl Door {
    fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = Arc::new((Mutex::new(false), Condvar::new()));
        let (tell, writes) = channel();
        let held = Arc::clone(&open);
        // They end with the process: the door stands for as long as anyone may knock.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (held, tell) = (Arc::clone(&held), tell.clone());
                std::thread::spawn(move || {
                    let Ok(request) = Message::read(&mut stream) else { return };
                    let text = request.text();
                    let form = text.split('&').find(|pair| pair.starts_with("Action="));
                    let name = request.header("x-amz-target").or(form).unwrap_or_default().to_owned();
                    let verb = name.rsplit(['.', '=']).next().unwrap_or_default();
                    if !["Describe", "Get", "List"].iter().any(|read| verb.starts_with(read)) {
                        let _over = tell.send(name.clone());
                    }
                    if name == HELD {
                        let (is_open, bell) = &*held;
                        let _open = bell.wait_while(is_open.lock().unwrap(), |open| !*open).unwrap();
                    }
                    pass_on(&mut stream, server, &request);
                });
            }
        });
        Self { port, open, writes }
    }

    fn open(&self) {
        *self.open.0.lock().unwrap() = true;
        self.open.1.notify_all();
    }
}

/// One exchange a connection.
fn pass_on(stream: &mut TcpStream, server: u16, request: &Message) {
    let Ok(mut answer) = exchange(server, request) else { return };
    answer.head.push_str("\r\nconnection: close");
    let _gone = answer.write(stream);
}

/// Processes take real time.
#[expect(clippy::disallowed_methods, reason = "how long another process takes is measured")]
fn now() -> Instant {
    Instant::now()
}

/// A daemon whose first call that changes anything is under way, and is kept; asked to end, at this moment.
fn asked_to_end_in_a_call(place: &Place) -> (Served, Door, Child, Instant) {
    assert_eq!(code(&run(&["diff", "-f", SHOP, &place.sandbox()])), 1, "it furnishes the sandbox");
    let served = Served::start(&[&place.0.join("state.json").display().to_string()]);
    let door = Door::before(served.address.port());
    let child = program(&["run", "--source-dir", SHOP, "--http-listen", "127.0.0.1:0"])
        .envs([("AWS_ACCESS_KEY_ID", "sandbox"), ("AWS_SECRET_ACCESS_KEY", "sandbox"), ("AWS_REGION", "eu-west-1")])
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", door.port))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // There are two roles, and both are made at once.
    for _ in 0..2 {
        assert_eq!(door.writes.recv_timeout(Duration::from_mins(1)).as_deref(), Ok(HELD));
    }
    signal(&child, "-TERM");
    (served, door, child, now())
}

#[test]
fn a_call_that_ends_in_time_is_finished_and_written_down_and_no_other_is_begun() {
    let place = Place::new("finished");
    let (_served, door, mut child, _) = asked_to_end_in_a_call(&place);
    let mut err = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(err.any(|line| line.contains("\"stopping\"")));
    door.open();
    let mut audit = String::new();
    child.stdout.take().unwrap().read_to_string(&mut audit).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let entries: Vec<serde_json::Value> = audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let done: Vec<_> = entries.iter().map(|entry| (&entry["operation"], &entry["result"])).collect();
    assert_eq!(done, [(&"iam:CreateRole".into(), &"done".into()), (&"iam:CreateRole".into(), &"done".into())]);
    assert_eq!(door.writes.try_iter().collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_call_that_does_not_end_keeps_the_program_for_less_than_ten_seconds() {
    let place = Place::new("unfinished");
    let (_served, door, mut child, since) = asked_to_end_in_a_call(&place);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{said}");
    let took = since.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(10)).contains(&took), "{took:?}");
    assert!(said.contains("calls under way were not finished in time"), "{said}");
    assert_eq!(door.writes.try_iter().collect::<Vec<_>>(), Vec::<String>::new());
}
