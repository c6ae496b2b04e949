//! The configuration while the program runs: another one comes into force, a bad one does not, and what only a start can
//! change is said to need one.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use super::running::shop_folder;
use crate::support::folder::Folder;

/// The program on a sandbox whose time runs fast; killed when it is dropped.
struct Program {
    child: Child,
    lines: BufReader<ChildStderr>,
    folder: Folder,
}

impl Program {
    fn start() -> Self {
        let folder = shop_folder();
        configure(&folder, "sweep: {interval: 1m}");
        let (config, state) = (folder.join("evenkeel.yaml"), folder.join("state.json"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .env_clear()
            .args(["run", "--dry-run", "--speed", "60", "--config", &config.display().to_string()])
            .arg(format!("--sandbox={}", state.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        let mut program = Self { child, lines, folder };
        program.says("manifests loaded");
        program
    }

    /// Waits for a line of the log.
    fn says(&mut self, message: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it has ended before it said `{message}`");
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["message"].as_str().is_some_and(|said| said.starts_with(message)) {
                return line;
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn configure(folder: &Folder, more: &str) {
    let text = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: default\nsource: {{dir: {}}}\nhttp: {{listen: \"127.0.0.1:0\"}}\n{more}\n",
        folder.join("manifests").display()
    );
    // Never half of it.
    std::fs::write(folder.join("next"), text).unwrap();
    std::fs::rename(folder.join("next"), folder.join("evenkeel.yaml")).unwrap();
}

#[test]
fn another_configuration_comes_into_force_and_a_bad_one_does_not() {
    let mut program = Program::start();
    configure(&program.folder, "sweep: {interval: soon}");
    let refused = program.says("configuration");
    assert_eq!(refused["message"], "configuration refused, the last good one stays in force");
    assert_eq!(refused["level"], "WARN");
    // It goes on, says nothing twice, and takes the next good one.
    configure(&program.folder, "sweep: {interval: 2m}");
    assert_eq!(program.says("configuration")["message"], "configuration reloaded");
    configure(
        &program.folder,
        "sweep: {interval: 2m}\nevents: {queueUrl: \"https://sqs.eu-west-1.amazonaws.com/123456789012/events\"}",
    );
    let restart = program.says("configuration");
    assert_eq!(restart["message"], "configuration changed in what takes effect after a restart");
    let told = Command::new("kill").args(["-TERM", &program.child.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
}
