//! The program as people run it: exit codes, streams, settings, signals. On a sandbox, in processes of their own.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::support::leaks::assert_clean;
use crate::support::program::{evenkeel, signal};

mod ciphertexts;
mod columns;
mod credentials;
mod daemon;
mod ending;
mod furnishing;
mod gitops;
mod left;
mod playing;
mod preflight;
mod repaired;
mod settings;
mod status;
mod streams;
mod values;
mod waiting;

/// A folder of its own for a test's state, gone with it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("evenkeel-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn sandbox(&self) -> String {
        format!("--sandbox={}", self.0.join("state.json").display())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

const SHOP: &str = "deploy/examples/shop";

/// The shop in a new folder of a place, with one text in the stead of another.
fn shop_with(place: &Place, name: &str, text: &str, instead: &str) -> String {
    let folder = place.0.join(name);
    std::fs::create_dir(&folder).unwrap();
    let mut changed = false;
    for entry in std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(SHOP)).unwrap() {
        let path = entry.unwrap().path();
        let before = std::fs::read_to_string(&path).unwrap();
        changed |= before.contains(text);
        std::fs::write(folder.join(path.file_name().unwrap()), before.replace(text, instead)).unwrap();
    }
    assert!(changed, "the shop has no {text}");
    folder.display().to_string()
}

fn program(arguments: &[&str]) -> Command {
    let mut command = evenkeel(arguments);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn run(arguments: &[&str]) -> Output {
    let output = program(arguments).output().unwrap();
    assert_clean("stdout", &stdout(&output));
    assert_clean("stderr", &stderr(&output));
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", stderr(output)))
}

#[test]
fn diff_says_no_then_apply_makes_it_so_then_diff_says_yes_and_prints_nothing() {
    let place = Place::new("story");
    let sandbox = place.sandbox();
    let diff = ["diff", "-f", SHOP, &sandbox];
    let first = run(&diff);
    assert_eq!(code(&first), 1, "{}", stderr(&first));
    assert!(stdout(&first).contains("6 to create"));
    let applied = run(&["apply", "-f", SHOP, &sandbox, "--yes", "--rollouts-settle", "1s"]);
    assert_eq!(code(&applied), 0, "{}", stderr(&applied));
    let second = run(&diff);
    assert_eq!(code(&second), 0, "{}", stdout(&second));
    assert_eq!(stdout(&second), "");
}

#[test]
fn apply_without_a_terminal_and_without_yes_does_nothing() {
    let place = Place::new("yes");
    let sandbox = place.sandbox();
    let output = run(&["apply", "-f", SHOP, &sandbox]);
    assert_eq!(code(&output), 5);
    assert!(stderr(&output).contains("--yes"));
    assert_eq!(code(&run(&["diff", "-f", SHOP, &sandbox])), 1);
}

#[test]
fn only_takes_what_it_names_and_what_that_needs() {
    let place = Place::new("only");
    let sandbox = place.sandbox();
    let arguments = ["diff", "-f", SHOP, &sandbox, "-o", "json", "--only", "Service/worker"];
    let output = run(&arguments);
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let resources: Vec<&str> =
        object["steps"].as_array().unwrap().iter().map(|step| step["resource"].as_str().unwrap()).collect();
    assert_eq!(resources, ["ExecutionRole/worker", "ExecutionRole/worker", "TaskDefinition/worker", "Service/worker"]);
    assert_eq!(object["steps"][3]["needs"], serde_json::json!([1, 2, 3]));
    let unknown = run(&["diff", "-f", SHOP, &sandbox, "--only", "Service/wrker"]);
    assert_eq!(code(&unknown), 2);
}

#[test]
fn the_json_object_has_the_members_of_the_contract() {
    let place = Place::new("json");
    let output = run(&["diff", "-f", SHOP, &place.sandbox(), "-o", "json"]);
    assert_eq!(stdout(&output).lines().count(), 1);
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let members = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        members(&object),
        [
            "account",
            "calls",
            "commit",
            "complete",
            "formatVersion",
            "held",
            "installation",
            "observedAt",
            "planDigest",
            "region",
            "steps",
            "summary"
        ]
    );
    assert_eq!(members(&object["summary"]), ["create", "delete", "held", "redeploy", "unchanged", "update"]);
    assert_eq!(members(&object["steps"][0]), ["action", "changes", "id", "needs", "resource", "risk", "why"]);
    assert_eq!(members(&object["steps"][0]["changes"][0]), ["after", "at", "before", "path"]);
    assert_eq!(members(&object["calls"]), ["byOperation", "total"]);
}

#[test]
fn manifests_come_from_standard_input_too() {
    let place = Place::new("stdin");
    let manifest = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: db}\nspec: {secretName: a/b}\n";
    let mut command = program(&["diff", "-f", "-", &place.sandbox()]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), manifest.as_bytes()).unwrap();
    assert_eq!(code(&child.wait_with_output().unwrap()), 0);
}

#[test]
fn a_manifest_with_errors_ends_with_2_and_nothing_is_asked() {
    let output = run(&["diff", "-f", "docs/examples/mistakes.yaml", "--sandbox=/nowhere/at/all.json"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("2 errors"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("hunter2"));
}

#[test]
fn keep_going_leaves_the_broken_ones_out() {
    let place = Place::new("keep");
    let output = run(&["diff", "-f", SHOP, "-f", "docs/examples/mistakes.yaml", &place.sandbox(), "--keep-going"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).contains("Service/worker"));
    assert!(stdout(&output).contains("InvalidManifest"));
}

#[test]
fn it_refuses_to_start_where_the_sdk_would_print_values() {
    for variable in ["LOG_SIGNABLE_BODY", "LOG_SENSITIVE_BODIES"] {
        for arguments in [&["diff", "-f", SHOP, "--sandbox=/nowhere.json"] as &[_], &["diff", "-f", SHOP], &["demo"]] {
            let output = program(arguments).env(variable, "true").output().unwrap();
            assert_eq!(code(&output), 2, "{arguments:?}");
            assert!(stderr(&output).contains(variable), "{arguments:?}: {}", stderr(&output));
        }
    }
}

#[test]
fn the_sdk_logs_no_bodies_whatever_is_asked() {
    let place = Place::new("log");
    let mut command = program(&["apply", "-f", SHOP, &place.sandbox(), "--yes", "--rollouts-settle", "0s", "-vv"]);
    command.env("EVENKEEL_LOG", "trace,aws_smithy_runtime=trace,aws_smithy_runtime::client::orchestrator=trace");
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0);
    for line in stderr(&output).lines() {
        let capped =
            (line.contains("aws_") || line.contains("hyper")) && (line.contains("TRACE") || line.contains("DEBUG"));
        assert!(!capped, "{line}");
    }
}

#[test]
fn another_account_than_the_configured_one_is_refused() {
    let place = Place::new("account");
    let output = run(&["diff", "-f", SHOP, &place.sandbox(), "--aws-account-id", "999999999999"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("999999999999"));
}

#[test]
fn a_plain_text_endpoint_on_another_machine_is_refused() {
    let mut command = program(&["diff", "-f", SHOP]);
    command.envs([("AWS_ENDPOINT_URL", "http://192.0.2.1:4566"), ("AWS_REGION", "eu-west-1")]);
    command.envs([("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")]);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("plain text"), "{}", stderr(&output));
}

#[test]
fn without_credentials_it_says_whose_are_missing_and_what_to_do() {
    let mut command = program(&["diff", "-f", SHOP]);
    command.envs([("AWS_REGION", "eu-west-1"), ("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent")]);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("without valid credentials"), "{}", stderr(&output));
    assert!(stderr(&output).contains("AWS_PROFILE"), "{}", stderr(&output));
}

#[test]
fn without_a_region_it_says_how_to_name_one() {
    let mut command = program(&["diff", "-f", SHOP]);
    command.envs([("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x"), ("AWS_EC2_METADATA_DISABLED", "true")]);
    command.env("HOME", "/nonexistent");
    let output = command.output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("AWS_REGION"), "{}", stderr(&output));
}

#[test]
fn every_key_of_the_configuration_is_a_flag_and_a_variable_over_the_file() {
    let place = Place::new("config");
    let config = place.0.join("evenkeel.yaml");
    let text = "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: from-file\nrollouts: {settle: 1s}\n";
    std::fs::write(&config, text).unwrap();
    let file = config.display().to_string();
    let installation = |command: &mut Command| {
        let output = command.output().unwrap();
        let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        object["installation"].as_str().unwrap().to_owned()
    };
    let sandbox = place.sandbox();
    let arguments = ["diff", "-f", SHOP, &sandbox, "-o", "json", "--config", &file];
    assert_eq!(installation(&mut program(&arguments)), "from-file");
    assert_eq!(installation(program(&arguments).env("EVENKEEL_INSTALLATION", "from-variable")), "from-variable");
    let flagged: Vec<&str> = arguments.iter().copied().chain(["--installation", "from-flag"]).collect();
    assert_eq!(installation(program(&flagged).env("EVENKEEL_INSTALLATION", "from-variable")), "from-flag");
}

#[test]
fn a_configuration_with_errors_ends_with_2() {
    let place = Place::new("badconfig");
    let config = place.0.join("evenkeel.yaml");
    std::fs::write(&config, "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstalation: prod\n").unwrap();
    let output = run(&["diff", "-f", SHOP, &place.sandbox(), "--config", &config.display().to_string()]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `installation`?"), "{}", stderr(&output));
}

#[test]
fn ctrl_c_ends_with_130_and_says_what_was_done() {
    let place = Place::new("interrupt");
    let sandbox = place.sandbox();
    // It waits for the role to settle, for longer than anyone would.
    let arguments = ["apply", "-f", SHOP, &sandbox, "--yes", "--rollouts-settle", "100s"];
    let mut child = program(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut reader = std::io::BufReader::new(child.stderr.take().unwrap());
    while !said.contains("waiting up to") {
        assert!(std::io::BufRead::read_line(&mut reader, &mut said).unwrap() > 0, "it never waits: {said}");
    }
    signal(&child, "-INT");
    std::io::Read::read_to_string(&mut reader, &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let done = said.split("stopped: ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    assert!(done.is_some_and(|done| done >= 2) && said.contains("steps were done, and no other is begun"), "{said}");
}

#[test]
fn waiting_has_a_limit_and_ends_with_4_and_with_what_was_still_going_on() {
    let place = Place::new("timeout");
    let sandbox = place.sandbox();
    let verb = ["apply", "-f", SHOP, &sandbox, "--yes", "--rollouts-settle", "0s", "--wait", "--timeout", "1s"];
    let output = run(&verb);
    let said = stderr(&output);
    assert_eq!(code(&output), 4, "{said}");
    assert!(said.contains("failed: Service/web: shop-web:1 is still going on after"), "{said}");
    assert!(said.contains("failed: Service/worker: shop-worker:1 is still going on after"), "{said}");
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "plain lines, where no terminal is: {said:?}");
    assert_eq!(code(&run(&["apply", "-f", SHOP, &sandbox, "--timeout", "1s"])), 2, "only --wait has a limit");
    for nothing in ["soon", "0s", "0m", "0ms"] {
        let refused = run(&["apply", "-f", SHOP, &sandbox, "--yes", "--wait", "--timeout", nothing]);
        assert_eq!(code(&refused), 2, "{nothing}: {}", stderr(&refused));
    }
}

#[test]
fn markdown_is_a_comment_with_a_marker_for_what_is_to_be_done_and_for_what_was_done() {
    let place = Place::new("markdown");
    let sandbox = place.sandbox();
    let diff = ["diff", "-f", SHOP, &sandbox, "-o", "markdown", "--installation", "prod"];
    let first = run(&diff);
    assert_eq!(code(&first), 1);
    let comment = stdout(&first);
    assert!(comment.starts_with("<!-- evenkeel:diff:prod -->\n"), "{comment}");
    assert!(comment.contains("**6 to create, 0 to change"), "{comment}");
    assert_eq!(comment.matches("<details>").count(), 6);
    assert_eq!(comment, stdout(&run(&diff)), "equal plans, equal comments");
    let declined = run(&["apply", "-f", SHOP, &sandbox, "-o", "markdown", "--installation", "prod"]);
    assert_eq!((code(&declined), stdout(&declined).as_str()), (5, ""));
    assert!(stderr(&declined).contains("+ Service/web"), "what is asked about is shown beside the data");
    let verb =
        ["apply", "-f", SHOP, &sandbox, "-o", "markdown", "--installation", "prod", "--yes", "--rollouts-settle", "0s"];
    let applied = run(&verb);
    assert_eq!(code(&applied), 0, "{}", stderr(&applied));
    let comment = stdout(&applied);
    assert!(comment.starts_with("<!-- evenkeel:apply:prod -->\n"), "{comment}");
    assert!(comment.contains("**8 done, 0 failed, 0 not done, 0 held**"), "{comment}");
    assert!(
        comment
            .contains("| done | <code>Service/web</code> | <code>ecs&#58;CreateService</code> | it does not exist |")
    );
    assert!(stdout(&run(&diff)).contains("**No differences**: all 7 resources are as they should be."));
}

#[test]
fn the_demo_tells_its_whole_story_and_ends_well() {
    let output = run(&["demo", "--speed", "200"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    for chapter in ["── 1", "── 2", "── 3", "── 4", "RolloutFailed", "no differences"] {
        assert!(text.contains(chapter), "{chapter} is missing:\n{text}");
    }
    let explained = text.split("❯ evenkeel explain -f shop Service/web\n").nth(1).unwrap();
    assert!(explained.starts_with("✗ Service/web  not ready: RolloutFailed\n"), "{explained}");
    assert!(explained.contains("what to do    look at the container's log"), "{explained}");
    let typed = text.lines().filter_map(|line| line.strip_prefix("❯ ")?.split(" && ").last());
    let typed: Vec<&str> = typed.collect();
    assert!(typed.len() >= 6, "{typed:?}");
    for command in typed {
        let words: Vec<&str> = command.split(' ').skip(2).collect();
        assert!(words.starts_with(&["-f", "shop"]), "{command}");
        // Nobody is asked in the story.
        assert!(!command.contains(" apply ") || words.contains(&"--yes"), "{command}");
    }
    let running: Vec<&str> = text.lines().filter(|line| line.contains("its tasks run with version ")).collect();
    assert!(running.len() == 2 && running.iter().all(|line| line.matches('…').count() == 1), "{running:?}");
    assert!(!text.contains('\u{1b}'), "it is plain when piped");
}

#[test]
fn schemas_completions_and_the_manual_page_are_printed() {
    for arguments in [
        ["schema", "Service"].as_slice(),
        &["schema", "Secret", "--crd"],
        &["schema", "Config"],
        &["completions", "bash"],
        &["man"],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}");
        assert!(stdout(&output).len() > 500, "{arguments:?}");
    }
    assert_eq!(code(&run(&["schema", "Nonsense"])), 2);
}
