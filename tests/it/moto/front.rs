//! A door before moto, of one test: it counts what passes, by operation, and decides what becomes of each call. It works
//! on sockets, so the SDK of this process and that of the real program meet the same faults.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::gaps;
use super::http::Message;

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes through.
    Pass,
    /// The caller may not do that.
    Denied,
    /// It takes effect, and the answer never arrives.
    ReplyLost,
    /// It gets the answer that the operation got before: for reads that lag behind.
    Stale,
}

/// How often each operation was called, for example `ecs:DescribeServices`.
pub(crate) type Counts = BTreeMap<String, usize>;

const INVENTORY: &str = "tag:GetResources";

type Rule = Box<dyn FnMut(&str) -> Fate + Send>;

/// The door.
pub(crate) struct Front {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    rule: Rule,
    calls: Vec<(String, Message)>,
    /// The newest answer of each operation.
    answers: BTreeMap<String, Message>,
    open: bool,
}

impl Front {
    /// A door before the server at that port.
    pub(crate) fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().unwrap().port();
        let state = State { rule: Box::new(|_| Fate::Pass), calls: Vec::new(), answers: BTreeMap::new(), open: true };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if !lock(&shared).open {
                    break;
                }
                let shared = Arc::clone(&shared);
                // A connection that breaks is the caller's to notice.
                std::thread::spawn(move || drop(serve(stream, server, &shared)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Begins to count anew, and lets everything through.
    pub(crate) fn reset(&self) {
        self.rule(|_| Fate::Pass);
    }

    /// Begins to count anew, under another rule.
    fn rule(&self, rule: impl FnMut(&str) -> Fate + Send + 'static) {
        let mut state = lock(&self.state);
        state.rule = Box::new(rule);
        state.calls.clear();
    }

    /// Denies these operations.
    pub(crate) fn deny(&self, operations: &'static [&'static str]) {
        self.rule(move |operation| if operations.contains(&operation) { Fate::Denied } else { Fate::Pass });
    }

    /// Loses the answer to the first call of an operation.
    pub(crate) fn lose_first_reply(&self, of: &'static str) {
        let mut done = false;
        self.rule(move |operation| {
            let first = operation == of && !done;
            done |= first;
            if first { Fate::ReplyLost } else { Fate::Pass }
        });
    }

    /// Answers an operation as it was answered before.
    pub(crate) fn lag(&self, of: &'static str) {
        self.rule(move |operation| if operation == of { Fate::Stale } else { Fate::Pass });
    }

    /// All calls since the rule was set.
    pub(crate) fn calls(&self) -> Counts {
        let mut calls = self.all_calls();
        calls.remove(INVENTORY);
        calls
    }

    /// The same with the inventory of what nobody wants, which is counted apart.
    pub(crate) fn all_calls(&self) -> Counts {
        let mut counts = Counts::new();
        for (operation, _) in &lock(&self.state).calls {
            *counts.entry(operation.clone()).or_default() += 1;
        }
        counts
    }

    /// Those of the calls that are no reads.
    pub(crate) fn writes(&self) -> Counts {
        let reads = ["Get", "List", "Describe"];
        let is_read = |operation: &str| reads.iter().any(|read| operation.contains(&format!(":{read}")));
        self.calls().into_iter().filter(|(operation, _)| !is_read(operation)).collect()
    }

    /// What the calls of an operation in a JSON protocol said.
    pub(crate) fn sent(&self, operation: &str) -> Vec<Value> {
        let state = lock(&self.state);
        let of = state.calls.iter().filter(|(name, _)| name == operation);
        of.map(|(_, request)| serde_json::from_slice(&request.body).unwrap()).collect()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        lock(&self.state).open = false;
        // The listener wakes up, and sees that it is over.
        let _woken = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn serve(mut stream: TcpStream, server: u16, state: &Mutex<State>) -> io::Result<()> {
    let request = Message::read(&mut stream)?;
    let operation = operation(&request);
    let (fate, number) = {
        let mut state = lock(state);
        let fate = (state.rule)(&operation);
        state.calls.push((operation.clone(), request.clone()));
        (fate, state.calls.len())
    };
    let answer = match fate {
        Fate::Denied => denial(&operation, number),
        Fate::Stale => lock(state).answers[&operation].clone(),
        Fate::Pass | Fate::ReplyLost => gaps::forward(server, &operation, &request)?,
    };
    lock(state).answers.insert(operation, answer.clone());
    if fate == Fate::ReplyLost { Ok(()) } else { answer.write(&mut stream) }
}

/// The service, from the scope of the signature, and the operation, from the header or the form that names it.
fn operation(request: &Message) -> String {
    let service = request.header("authorization").and_then(|scope| scope.split('/').nth(3)).unwrap_or_default();
    let service = if service == "tagging" { "tag" } else { service };
    let body = request.text();
    let form = || body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
    let operation = request.header("x-amz-target").map_or_else(form, |target| target.rsplit('.').next().unwrap());
    format!("{service}:{operation}")
}

/// How AWS words it, in the protocol of the service. Each refusal has a request id of its own, as AWS's have.
fn denial(operation: &str, number: usize) -> Message {
    let text = format!("User is not authorized to perform: {operation} because no identity-based policy allows it");
    if operation.starts_with("iam:") || operation.starts_with("sts:") {
        let error = format!("<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{text}</Message></Error>");
        let body = format!("<ErrorResponse>{error}<RequestId>denied-{number}</RequestId></ErrorResponse>");
        return Message::answer("403 Forbidden", "text/xml", &body);
    }
    let body = serde_json::json!({"__type": "AccessDeniedException", "message": text}).to_string();
    Message::answer("400 Bad Request", "application/x-amz-json-1.1", &body)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
