//! The real program, as a user starts it: its own process, the SDK's own settings, and nothing else of the environment.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::http::Message;
use super::lab::{Lab, REGION, ask, elements};
use crate::support::leaks::assert_clean;
use crate::support::program::evenkeel;

/// How it went.
pub(crate) struct Ran {
    pub(crate) exit: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The role that the program has in every account.
pub(crate) const ROLE: &str = "evenkeel";

impl Lab {
    /// Runs a verb on manifests given on standard input, as an assumed role of this account, logging all that it can. What
    /// it says holds no value.
    pub(crate) fn evenkeel(&self, verb: &[&str], manifests: &str) -> Ran {
        let mut program = self
            .program()
            .args(verb)
            .args(["-f", "-", "-vv"])
            .env("EVENKEEL_LOG", "trace")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        program.stdin.take().unwrap().write_all(self.placed(manifests).as_bytes()).unwrap();
        let output = program.wait_with_output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_clean("stdout", &out);
        assert_clean("stderr", &err);
        Ran { exit: output.status.code(), out, err }
    }

    /// The program, as an assumed role of this account.
    pub(crate) fn program(&self) -> Command {
        let form = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::{}:role/{ROLE}&RoleSessionName=test",
            self.account
        );
        let kind = "content-type: application/x-www-form-urlencoded";
        let answer = ask(&Message::call((&self.account, REGION), "sts", kind, &form));
        let credential = |name: &str| elements(&answer, name).remove(0);
        let mut program = evenkeel(&[]);
        program
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.front.port()))
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", credential("AccessKeyId"))
            .env("AWS_SECRET_ACCESS_KEY", credential("SecretAccessKey"))
            .env("AWS_SESSION_TOKEN", credential("SessionToken"));
        program
    }
}
