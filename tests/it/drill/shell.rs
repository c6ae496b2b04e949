//! One shell for the whole page, as a person has one. What it starts ends with it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::source::variable;
use crate::support::folder::Folder;
use crate::support::leaks::assert_clean;

/// Before the exit code of a command; nothing else prints it.
const MARK: char = '\u{1e}';

pub(super) struct Shell {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    folder: Folder,
}

#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
pub(super) fn deadline(patience: Duration) -> Instant {
    Instant::now() + patience
}

#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
pub(super) fn is_over(deadline: Instant) -> bool {
    Instant::now() > deadline
}

impl Shell {
    /// In the checkout, with evenkeel and the AWS CLI in the path, and a temporary folder and a Git identity of its own.
    pub(super) fn start(root: &Path) -> Self {
        let folder = Folder::new();
        let program = Path::new(env!("CARGO_BIN_EXE_evenkeel")).parent().unwrap();
        let system = variable("PATH").unwrap().into_string().unwrap();
        let path = format!("{}:{}:{system}", program.display(), root.join(".venv/bin").display());
        let mut child = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .env_clear()
            .envs([("LC_ALL", "C.UTF-8"), ("NO_COLOR", "1"), ("COLUMNS", "100"), ("PATH", path.as_str())])
            .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.com")])
            .envs([("GIT_COMMITTER_NAME", "Ann"), ("GIT_COMMITTER_EMAIL", "ann@example.com")])
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("AWS_PAGER", "")])
            .env("HOME", folder.join(""))
            .env("TMPDIR", folder.join(""))
            .current_dir(root)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (tell, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"exec 2>&1\n").unwrap();
        Self { child, input, lines, folder }
    }

    /// Types a command; its exit code, and what it shows.
    pub(super) fn run(&mut self, command: &str, patience: Duration) -> (i32, Vec<String>) {
        writeln!(self.input, "{command}\nprintf '\\n{MARK}%s\\n' \"$?\"").unwrap();
        let mut shown = Vec::new();
        loop {
            let line = self.lines.recv_timeout(patience);
            let line = line.unwrap_or_else(|gone| panic!("{gone}: $ {command}\n{}\n{}", shown.join("\n"), self.logs()));
            if let Some(status) = line.strip_prefix(MARK) {
                while shown.last().is_some_and(String::is_empty) {
                    shown.pop();
                }
                assert_clean("the shell", &shown.join("\n"));
                return (status.parse().unwrap(), shown);
            }
            shown.push(line);
        }
    }

    /// The ends of what the programs in the background wrote.
    pub(super) fn logs(&self) -> String {
        let mut logs = Vec::new();
        for place in std::fs::read_dir(self.folder.join("")).unwrap().map(|entry| entry.unwrap().path()) {
            for name in ["sandbox.log", "log.jsonl", "audit.jsonl"] {
                let Ok(text) = std::fs::read_to_string(place.join(name)) else { continue };
                let from = text.len().saturating_sub(3_000);
                logs.push(format!("{name}: …{}", text.get(from..).unwrap_or(&text)));
            }
        }
        logs.join("\n")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The shell and all that it has started.
        let group = format!("-{}", self.child.id());
        let _ended = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _reaped = self.child.wait();
    }
}
