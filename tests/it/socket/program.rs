//! `evenkeel sandbox`, as a user starts it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, ChildStdout, Stdio};

use crate::moto::http::{Message, exchange};
use crate::support::program::{evenkeel, signal};

/// A running sandbox; killed when it is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it printed for a shell.
    pub(crate) exports: String,
    /// Held open: a program whose reader has gone away may not print.
    _out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
}

impl Served {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = evenkeel(&["sandbox", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let err = BufReader::new(child.stderr.take().unwrap());
        let mut exports = String::new();
        for _ in 0..3 {
            out.read_line(&mut exports).unwrap();
        }
        let url = exports.split_once("AWS_ENDPOINT_URL=http://").expect("it says where it listens").1;
        let address = url.split_whitespace().next().unwrap().parse().unwrap();
        Self { child, address, exports, _out: out, err }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks Secrets Manager, and gives the body of its answer.
    pub(crate) fn ask(&self, operation: &str, body: &str) -> String {
        let head = format!("content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.{operation}");
        let message = Message::call(("sandbox", "eu-west-1"), "secretsmanager", &head, body);
        exchange(self.address.port(), &message).unwrap().text()
    }

    /// Sends a signal, and waits for the end: exit code, and everything on stderr.
    pub(crate) fn end(mut self, how: &str) -> (Option<i32>, String) {
        signal(&self.child, how);
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        self.err.read_to_string(&mut said).unwrap();
        (code, said)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
