//! `run` as a process: what it needs to start, what it writes, and how it ends.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::{Place, SHOP, code, program, run, stderr};
use crate::moto::http::{Message, exchange};
use crate::support::program::signal;

#[test]
fn run_keeps_a_folder_applied_writes_every_call_down_and_ends_when_told_to() {
    let place = Place::new("daemon");
    let sandbox = place.sandbox();
    // The first look furnishes the sandbox.
    assert_eq!(code(&run(&["diff", "-f", SHOP, &sandbox])), 1);
    let arguments = ["run", "--source-dir", SHOP, &sandbox, "--speed", "60", "--http-listen", "127.0.0.1:0"];
    let mut daemon = program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let is_no_mark = |entry: &serde_json::Value| entry["mark"] == false;
    let lines = BufReader::new(daemon.stdout.take().unwrap()).lines();
    let entries: Vec<serde_json::Value> =
        lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).filter(is_no_mark).take(8).collect();
    let made: Vec<&str> = entries.iter().filter_map(|entry| entry["operation"].as_str()).collect();
    assert_eq!(made.iter().filter(|operation| **operation == "ecs:CreateService").count(), 2, "{made:?}");
    assert!(entries.iter().all(|entry| entry["result"] == "done"), "{entries:#?}");
    signal(&daemon, "-TERM");
    let ended = daemon.wait_with_output().unwrap();
    assert_eq!(code(&ended), 0, "{}", stderr(&ended));
    let quiet = run(&["diff", "-f", SHOP, &sandbox]);
    assert_eq!(code(&quiet), 0, "{}", stderr(&quiet));
}

#[test]
fn run_says_what_it_cannot_start_without() {
    let place = Place::new("sourceless");
    let sandbox = place.sandbox();
    let both = ["run", &sandbox, "--source-dir", SHOP, "--source-git-url", "https://example.com/x.git"];
    for (arguments, says) in [
        (vec!["run", &sandbox], "names no source"),
        (both.to_vec(), "exactly one of `dir`, `git`"),
        (vec!["run", &sandbox, "--source-git-url", "http://example.com/x.git"], "use https://"),
        (vec!["run", &sandbox, "--source-git-url", "https://me:hunter2@example.com/x.git"], "source.git.auth"),
        (
            vec![
                "run",
                &sandbox,
                "--source-git-url",
                "https://example.com/x.git",
                "--source-git-auth-token-env",
                "NONE",
            ],
            "the variable NONE holds no token",
        ),
        (
            vec!["run", &sandbox, "--source-git-url", "https://example.com/x.git", "--source-git-verify-mode", "Head"],
            "needs allowedSigners or allowedSignersEnv",
        ),
        (
            vec![
                "run",
                &sandbox,
                "--source-git-url",
                "https://example.com/x.git",
                "--source-git-verify-mode",
                "EveryCommit",
                "--source-git-verify-allowed-signers-env",
                "NONE",
            ],
            "the variable NONE holds no allowed signers",
        ),
    ] {
        let output = run(&arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(says), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("hunter2"));
    }
}

#[test]
fn a_dry_run_changes_nothing_whatever_is_reloaded_and_says_what_it_would_do() {
    let place = Place::new("dry");
    let sandbox = place.sandbox();
    assert_eq!(code(&run(&["diff", "-f", SHOP, &sandbox])), 1);
    let config = place.0.join("evenkeel.yaml");
    let configure = |more: &str| {
        let head = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: default\nsource: {{dir: {SHOP}}}\n"
        );
        let text = format!("{head}http: {{listen: \"127.0.0.1:0\"}}\n{more}\n");
        std::fs::write(place.0.join("next"), text).unwrap();
        std::fs::rename(place.0.join("next"), &config).unwrap();
    };
    configure("rollouts: {settle: 1s}");
    let arguments = ["run", "--dry-run", "--config", &config.display().to_string(), &sandbox, "--speed", "60"];
    let mut daemon = program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(daemon.stderr.take().unwrap()).lines().map_while(Result::ok);
    let listening = log.find(|line| line.contains("\"listening\"")).unwrap();
    let listening: serde_json::Value = serde_json::from_str(&listening).unwrap();
    let port = listening["address"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    let plan = || -> serde_json::Value {
        loop {
            let answer =
                exchange(port, &Message { head: "GET /plan HTTP/1.1\r\nhost: localhost".into(), body: Vec::new() })
                    .unwrap();
            if answer.is_ok() {
                return serde_json::from_slice(&answer.body).unwrap();
            }
        }
    };
    let first = plan();
    configure("rollouts: {settle: 2s}");
    assert!(log.any(|line| line.contains("configuration reloaded")));
    let next = std::iter::repeat_with(plan).find(|plan| plan["observedAt"] != first["observedAt"]).unwrap();
    for plan in [first, next] {
        assert_eq!(plan["summary"]["create"], 6, "{plan}");
    }
    signal(&daemon, "-TERM");
    let ended = daemon.wait_with_output().unwrap();
    assert_eq!((code(&ended), ended.stdout.as_slice()), (0, b"".as_slice()), "no call has a line");
    let after = run(&["diff", "-f", SHOP, &sandbox, "-o", "json"]);
    let after: serde_json::Value = serde_json::from_slice(&after.stdout).unwrap();
    assert_eq!(after["summary"]["create"], 6, "{after}");
}
