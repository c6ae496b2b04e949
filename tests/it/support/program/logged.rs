//! A program whose log is read, told to end by signals; it is killed when it is dropped.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use crate::support::leaks::assert_clean;

/// Sends a signal (`-TERM`, `-INT`).
pub(crate) fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// A program whose log is read line by line.
pub(crate) struct Program {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// The line of its log whose message begins so, the next ones passed over until it comes.
    pub(crate) fn says(&mut self, message: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.log.read_line(&mut line).unwrap() > 0, "it has ended before it said `{message}`");
            assert_clean("the log", &line);
            let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("a line of log is JSON: {line}"));
            if line["message"].as_str().is_some_and(|said| said.starts_with(message)) {
                return line;
            }
        }
    }

    /// Sends a signal and waits for the end: exit code, and the rest of its log.
    pub(crate) fn end(mut self, how: &str) -> (Option<i32>, String) {
        signal(&self.child, how);
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        assert_clean("the log", &rest);
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
