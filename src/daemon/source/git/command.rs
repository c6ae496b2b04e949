//! The system's `git`, run so that nothing but its arguments and the objects of one bare repository matters: no
//! configuration of the machine or the user, no hooks, no helpers, no prompts, no other protocol than the address's. All that it
//! writes stands in that repository: everything else may be read-only.
//!
//! A token goes to Git in its environment, never in its arguments, and is taken out of whatever Git says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::address::Address;
use super::token::Token;

/// What is passed on of the process's own environment: how to find programs, keys, proxies and certificates.
pub const PASSED_ON: [&str; 21] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LD_LIBRARY_PATH",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_SSH_VARIANT",
    "GIT_EXEC_PATH",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "no_proxy",
    "NO_PROXY",
    "ALL_PROXY",
];

/// Settings that hold for every command.
const SETTINGS: [&str; 14] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "credential.helper=",
    "http.followRedirects=false",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=60",
    "transfer.fsckObjects=true",
    "transfer.bundleURI=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.version=2",
    "protocol.allow=never",
];

/// A repository of our own, and how to run Git on it.
pub(super) struct Repository {
    folder: PathBuf,
    protocol: &'static str,
    environment: Vec<(OsString, OsString)>,
    limit: Duration,
}

/// Why a command did not work.
pub(super) struct Failure {
    pub(super) command: String,
    /// Its own words on one line, without control characters and without the token.
    pub(super) words: String,
}

impl Failure {
    /// Did git say nothing?
    pub(super) fn is_silent(&self) -> bool {
        self.words == SILENCE
    }
}

impl Repository {
    pub(super) fn new(folder: PathBuf, address: &Address, environment: &[(String, OsString)], limit: Duration) -> Self {
        let passed = environment.iter().filter(|(name, _)| PASSED_ON.contains(&name.as_str()));
        let passed = passed.map(|(name, value)| (OsString::from(name), value.clone()));
        let mut fixed: Vec<(OsString, OsString)> = [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            // Objects that are missing are asked for together, by us.
            ("GIT_NO_LAZY_FETCH", "1"),
            ("LC_ALL", "C"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
        if !environment.iter().any(|(name, _)| name == "GIT_SSH_COMMAND" || name == "GIT_SSH") {
            fixed.push(("GIT_SSH_COMMAND".into(), "ssh -oBatchMode=yes".into()));
        }
        // A signature that is checked goes through a file.
        fixed.push(("TMPDIR".into(), folder.clone().into()));
        let environment = passed.chain(fixed).collect();
        Self { folder, protocol: address.protocol(), environment, limit }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command, and gives it `input` to read.
    pub(super) async fn run(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>, Failure> {
        self.run_with(args, input, None).await
    }

    /// Runs a command that talks to the server.
    pub(super) async fn run_with(
        &self,
        args: &[&str],
        input: &[u8],
        token: Option<(&str, &Token)>,
    ) -> Result<Vec<u8>, Failure> {
        let is_command = |arg: &&&str| !arg.starts_with('-') && !arg.contains('=');
        let command = args.iter().find(is_command).copied().unwrap_or_default().to_owned();
        let failure = |words: String| Failure { command: command.clone(), words };
        let mut git = Command::new("git");
        git.env_clear().envs(self.environment.iter().cloned()).env("GIT_DIR", &self.folder);
        for setting in SETTINGS {
            git.args(["-c", setting]);
        }
        git.arg("-c").arg(format!("protocol.{}.allow=always", self.protocol));
        if let Some((server, token)) = token {
            git.env("GIT_CONFIG_COUNT", "1");
            git.env("GIT_CONFIG_KEY_0", format!("http.{server}.extraHeader"));
            git.env("GIT_CONFIG_VALUE_0", token.header());
        }
        git.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = git.spawn().map_err(|error| failure(format!("git cannot be run: {error}")))?;
        let stdin = child.stdin.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // Whoever reads no more has said why on stderr.
                let _early = stdin.write_all(input).await;
            }
        };
        let work = async { tokio::join!(write, child.wait_with_output()).1 };
        let output = match tokio::time::timeout(self.limit, work).await {
            Ok(output) => output.map_err(|error| failure(error.to_string()))?,
            Err(_) => return Err(failure(format!("no end after {} seconds", self.limit.as_secs()))),
        };
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(failure(words(&said, token.map(|(_, token)| token))))
    }
}

/// The end of what Git said, where the reason stands.
fn words(said: &str, token: Option<&Token>) -> String {
    let clean: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = token.map_or_else(|| clean.clone(), |token| token.taken_out_of(&clean));
    let words: Vec<&str> = clean.split_whitespace().collect();
    let text = words.join(" ");
    let from = text.char_indices().rev().nth(LONGEST).map_or(0, |(at, _)| at);
    let text = text[from..].to_owned();
    if text.is_empty() { SILENCE.to_owned() } else { text }
}

/// What is told where git has no words.
const SILENCE: &str = "git says nothing";

/// Of a message, in characters.
const LONGEST: usize = 600;
