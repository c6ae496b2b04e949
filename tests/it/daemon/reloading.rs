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
    let folder = shop_folder();
    configure(&folder, "sweep: {interval: 1m}");
    let mut program = start(&folder);
    configure(&folder, "sweep: {interval: soon}");
    let refused = program.says("configuration");
    assert_eq!(refused["message"], "configuration refused, the last good one stays in force");
    assert_eq!(refused["level"], "WARN");
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
