//! The configuration while the program runs: another one comes into force, a bad one does not, and what only a start can
//! change is said to need one.

use super::running::shop_folder;
use crate::support::folder::Folder;
use crate::support::program::{Program, evenkeel};

/// The program on a sandbox whose time runs fast.
fn start(folder: &Folder) -> Program {
    let (config, state) = (folder.join("evenkeel.yaml"), folder.join("state.json"));
    let sandbox = format!("--sandbox={}", state.display());
    let run = ["run", "--dry-run", "--speed", "60", "--config", &config.display().to_string(), &sandbox];
    let mut program = Program::start(evenkeel(&run));
    program.says("manifests loaded");
    program
}

fn configure(folder: &Folder, more: &str) {
    write(folder, &format!("{}\n{LISTEN}\n{more}", source(folder)));
}

/// Any free port of this machine.
const LISTEN: &str = "http: {listen: \"127.0.0.1:0\"}";

fn source(folder: &Folder) -> String {
    format!("source: {{dir: {}}}", folder.join("manifests").display())
}

fn write(folder: &Folder, keys: &str) {
    let text = format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: default\n{keys}\n");
    // Never half of it.
    std::fs::write(folder.join("next"), text).unwrap();
    std::fs::rename(folder.join("next"), folder.join("evenkeel.yaml")).unwrap();
}

#[test]
fn another_configuration_comes_into_force_and_a_bad_one_does_not() {
    let folder = shop_folder();
    configure(&folder, "sweep: {interval: 1m}");
    let mut program = start(&folder);
    configure(&folder, "sweep: {interval: soon}");
    let refused = program.says("configuration");
    assert_eq!(refused["message"], "configuration refused, the last good one stays in force");
    assert_eq!(refused["level"], "WARN");
    let why = refused["error"].as_str().unwrap();
    assert!(why.contains("evenkeel.yaml:6:") && why.contains("`interval` is a duration"), "{why}");
    // It goes on, says nothing twice, and takes the next good one.
    configure(&folder, "sweep: {interval: 2m}");
    assert_eq!(program.says("configuration")["message"], "configuration reloaded");
    configure(
        &folder,
        "sweep: {interval: 2m}\nevents: {queueUrl: \"https://sqs.eu-west-1.amazonaws.com/123456789012/events\"}",
    );
    let restart = program.says("configuration");
    assert_eq!(restart["message"], "configuration changed in what takes effect after a restart");
    assert_eq!(program.end("-TERM").0, Some(0));
}

/// Or the next restart would be the first to tell, and the first of many.
#[test]
fn what_no_start_would_take_is_refused_as_a_whole() {
    let folder = shop_folder();
    configure(&folder, "sweep: {interval: 1m}");
    let mut program = start(&folder);
    let git = |more: &str| format!("{LISTEN}\nsource: {{git: {{{more}}}}}");
    for (keys, says) in [
        (format!("{}\nhttp: {{listen: nonsense}}", source(&folder)), "`listen` takes ADDRESS:PORT"),
        (LISTEN.to_owned(), "names no source"),
        (git("url: \"http://example.com/x\""), "source.git.url"),
        (git("url: \"https://example.com/x\", auth: {tokenEnv: NOPE}"), "the variable NOPE holds no token"),
        (git("url: \"https://example.com/x\", verify: {mode: Head}"), "needs allowedSigners"),
        (
            format!("{}\n{LISTEN}\naws: {{accountId: \"999999999999\"}}", source(&folder)),
            "aws.accountId: `999999999999`",
        ),
        (format!("{}\n{LISTEN}\naws: {{region: us-east-1}}", source(&folder)), "aws.region: `us-east-1`"),
    ] {
        write(&folder, &format!("{keys}\nsweep: {{interval: 2m}}"));
        let refused = program.says("configuration");
        assert_eq!(refused["message"], "configuration refused, the last good one stays in force", "{keys}");
        assert!(refused["error"].as_str().unwrap().contains(says), "{keys}: {refused}");
    }
    let other = "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: other\nprune: {enabled: true}\n";
    std::fs::write(folder.join("evenkeel.yaml"), format!("{other}{}\n{LISTEN}\n", source(&folder))).unwrap();
    let refused = program.says("configuration");
    assert!(refused["error"].as_str().unwrap().contains("installation: `other`"), "{refused}");
    configure(&folder, "sweep: {interval: 2m}");
    assert_eq!(program.says("configuration")["message"], "configuration reloaded", "no rule of theirs was in force");
    assert_eq!(program.end("-TERM").0, Some(0));
}
