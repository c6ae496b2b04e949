//! The workflows: YAML whose steps use what there is, and give nobody more than they must.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::folder::Folder;

const WORKFLOWS: [&str; 3] =
    [".github/workflows/ci.yaml", ".github/workflows/release.yaml", "deploy/github/pull-request.yml"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn workflow(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn steps(workflow: &Value) -> Vec<Value> {
    let jobs = workflow["jobs"].as_object().unwrap().values();
    jobs.flat_map(|job| job["steps"].as_array().cloned().unwrap_or_default()).collect()
}

/// Every command of a workflow: lines of its scripts, cut where a shell would begin another command.
fn commands(path: &str) -> Vec<Vec<String>> {
    let scripts = steps(&workflow(path)).into_iter().filter_map(|step| step["run"].as_str().map(str::to_owned));
    let joined = scripts.map(|script| script.replace("\\\n", " ")).collect::<Vec<_>>().join("\n");
    let parts = joined.split(['\n', ';', '|', '&', '(', ')']);
    let words = |part: &str| -> Vec<String> {
        let words = part.split_whitespace().take_while(|word| !word.starts_with('>'));
        words.map(|word| word.replace('"', "")).collect()
    };
    parts.map(words).filter(|words| !words.is_empty()).collect()
}

/// The arguments of those that run evenkeel.
fn of_evenkeel(path: &str) -> Vec<Vec<String>> {
    let is_evenkeel = |words: &Vec<String>| Path::new(&words[0]).file_name().is_some_and(|name| name == "evenkeel");
    commands(path).into_iter().filter(is_evenkeel).map(|words| words[1..].to_vec()).collect()
}

#[test]
fn every_command_of_evenkeel_is_one_that_it_knows() {
    let mut seen = 0;
    for path in WORKFLOWS {
        for arguments in of_evenkeel(path) {
            // Everything before --help is read first, so a wrong flag is an error.
            let output = Command::new(env!("CARGO_BIN_EXE_evenkeel"))
                .env_clear()
                .args(&arguments)
                .arg("--help")
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{path}: evenkeel {arguments:?}: {said}");
            seen += 1;
        }
    }
    assert!(seen >= 7, "{seen}");
    let unknown =
        Command::new(env!("CARGO_BIN_EXE_evenkeel")).env_clear().args(["diff", "--markdown", "--help"]).output();
    assert_eq!(unknown.unwrap().status.code(), Some(2), "a wrong flag is seen");
}

#[test]
fn the_pull_requests_workflow_annotates_then_comments_and_takes_steps_for_no_failure() {
    let path = "deploy/github/pull-request.yml";
    let verbs: Vec<String> = of_evenkeel(path).iter().map(|arguments| arguments.join(" ")).collect();
    assert_eq!(
        verbs,
        ["check -f $MANIFESTS --config $CONFIG -o github", "diff -f $MANIFESTS --config $CONFIG -o markdown"]
    );
    let workflow = workflow(path);
    let permissions = serde_json::json!({"contents": "read", "id-token": "write", "pull-requests": "write"});
    assert_eq!(workflow["permissions"], permissions);
    assert!(workflow["on"] == "pull_request", "never pull_request_target, which would run a stranger's files");
    let steps = steps(&workflow);
    let forks = "github.event.pull_request.head.repo.full_name == github.repository";
    let assumes = steps.iter().find(|step| step["with"]["role-to-assume"].is_string()).unwrap();
    assert_eq!(assumes["if"], forks);
    // What CloudTrail records of a session says whose it is.
    assert_eq!(assumes["with"]["role-session-name"], "evenkeel-prod");
    // Its script with the exit codes of diff, as a shell runs it.
    let script = steps.iter().find(|step| step["id"] == "diff").unwrap()["run"].as_str().unwrap();
    for (code, failed) in [(0, ""), (1, ""), (2, "failed=2\n"), (5, "failed=5\n")] {
        let place = Folder::new();
        let fake = format!("evenkeel() {{ return {code}; }}\n{script}");
        let run = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &fake])
            .env("GITHUB_OUTPUT", place.join("out"))
            .current_dir(place.join(""))
            .output()
            .unwrap();
        assert!(run.status.success(), "{code}: {run:?}");
        assert_eq!(std::fs::read_to_string(place.join("out")).unwrap_or_default(), failed, "{code}");
    }
}

/// The trust of the README lets in what GitHub's token says of a pull request of this repository, and nothing else.
#[test]
fn the_role_of_the_diff_trusts_pull_requests_of_one_repository_alone() {
    let page = text("deploy/github/README.md");
    let block = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let trust: Value = serde_json::from_str(block).unwrap();
    let [statement] = trust["Statement"].as_array().unwrap().as_slice() else { panic!("{trust}") };
    assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
    let says = serde_json::json!({
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/infra:pull_request",
    });
    assert_eq!(statement["Condition"], serde_json::json!({"StringEquals": says}));
    assert_eq!(workflow("deploy/github/pull-request.yml")["on"], "pull_request", "what the token's subject ends in");
}

#[test]
fn the_comment_that_is_there_is_written_anew() {
    let workflow = workflow("deploy/github/pull-request.yml");
    let steps = steps(&workflow);
    let script = steps.iter().find(|step| step["name"] == "Comment").unwrap()["run"].as_str().unwrap();
    let marker = "<!-- evenkeel:diff:prod -->";
    // A `gh` that has two comments, of which the second is ours, or none of ours.
    let gh = r#"gh() { case "$*" in *--paginate*) printf "$COMMENTS" ;; *) echo "$*" >> calls ;; esac; }"#;
    for (comments, expected) in [
        (
            "11\\tHello\\n22\\t<!-- evenkeel:diff:prod -->\\n",
            "api -X PATCH repos/acme/infra/issues/comments/22 -F body=@comment.md\n",
        ),
        (
            "11\\tHello\\n22\\t<!-- evenkeel:diff:test -->\\n",
            "api repos/acme/infra/issues/7/comments -F body=@comment.md\n",
        ),
        ("", "api repos/acme/infra/issues/7/comments -F body=@comment.md\n"),
    ] {
        let place = Folder::new();
        std::fs::write(place.join("comment.md"), format!("{marker}\n**6 to create**\n")).unwrap();
        let run = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &format!("{gh}\n{script}")])
            .envs([("COMMENTS", comments), ("NUMBER", "7"), ("REPO", "acme/infra")])
            .current_dir(place.join(""))
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
        assert_eq!(std::fs::read_to_string(place.join("calls")).unwrap(), expected);
    }
}

#[test]
fn workflows_pin_what_they_use_ask_for_what_they_need_and_paste_nothing_into_scripts() {
    for path in WORKFLOWS {
        let parsed = workflow(path);
        assert!(parsed["permissions"].is_object(), "{path} names its permissions");
        for line in text(path).lines().filter(|line| line.contains("uses: ") && !line.contains("uses: ./")) {
            let (action, tag) = line.split_once(" # v").unwrap_or_else(|| panic!("{path}: {line} has no tag"));
            let commit = action.split_once('@').unwrap().1;
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {line}");
            assert_eq!(tag.split('.').count(), 3, "{path}: {line}");
        }
        for step in steps(&parsed) {
            // What is pasted is read by the shell; a variable is not.
            assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{path}: {step}");
        }
        for (name, job) in parsed["jobs"].as_object().unwrap().iter().filter(|(_, job)| job["uses"].is_null()) {
            assert!(job["timeout-minutes"].is_number(), "{path}: {name} ends at some time");
        }
    }
}

#[test]
fn ci_takes_the_toolchain_of_the_package_and_tools_of_one_version() {
    let path = ".github/workflows/ci.yaml";
    let ci = workflow(path);
    let toolchain = ci["env"]["RUSTUP_TOOLCHAIN"].as_str().unwrap();
    assert!(text("Cargo.toml").contains(&format!("rust-version = \"{toolchain}\"")), "{toolchain}");
    for (name, job) in ci["jobs"].as_object().unwrap() {
        let told: Vec<&str> = job["steps"].as_array().unwrap().iter().filter_map(|step| step["run"].as_str()).collect();
        assert!(told[0].starts_with("rustup toolchain install \"$RUSTUP_TOOLCHAIN\""), "{name}: {told:?}");
        for install in told.iter().filter(|told| told.contains("cargo install")) {
            let version = install.rsplit('@').next().unwrap();
            assert!(version.split('.').count() == 3 && install.contains("--locked"), "{name}: {install}");
        }
    }
}

#[test]
fn a_release_builds_what_there_is() {
    let path = ".github/workflows/release.yaml";
    let release = workflow(path);
    let told: Vec<String> = commands(path).into_iter().map(|words| words.join(" ")).collect();
    let tells = |command: &str| assert!(told.iter().any(|told| told.starts_with(command)), "{command} in {told:#?}");
    tells("cargo +1.95 build --locked --release");
    tells("docker build --file deploy/container/Dockerfile");
    tells("sha256sum evenkeel-*.tar.gz");
    tells("gh release create $GITHUB_REF_NAME --verify-tag");
    assert!(text("Cargo.toml").contains("rust-version = \"1.95\""));
    assert!(text("deploy/container/Dockerfile").contains("FROM rust:1.95-"));
    let targets: Vec<&str> = release["jobs"]["binary"]["strategy"]["matrix"]["include"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["target"].as_str().unwrap())
        .collect();
    assert_eq!(targets, ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"]);
    let attested = steps(&release)
        .iter()
        .filter(|step| step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/attest@")))
        .count();
    assert_eq!(attested, 2, "binaries and the image");
    assert!(root().join(release["jobs"]["test"]["uses"].as_str().unwrap()).exists());
    // What users download is what the release makes.
    let made = r#"name="evenkeel-$GITHUB_REF_NAME-$TARGET""#;
    assert!(text(path).contains(made), "{made}");
    assert!(text("deploy/github/pull-request.yml").contains(r#"name="evenkeel-v$EVENKEEL-x86_64-unknown-linux-gnu""#));
}

#[test]
fn a_releases_notes_are_its_section_of_the_changelog_and_all_three_must_agree() {
    let place = Folder::new();
    let put = |name: &str, text: &str| {
        let path: PathBuf = place.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put(".ci/notes", &text(".ci/notes"));
    put(
        "Cargo.toml",
        "[package]\nname = \"evenkeel\"\nversion = \"1.2.0\"\n\n[dependencies]\nx = { version = \"1\" }\n",
    );
    let notes = |tag: &str| {
        let output = Command::new("bash").arg(place.join(".ci/notes")).arg(tag).output().unwrap();
        let said = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    put(
        "CHANGELOG.md",
        "# Changelog\n\n## Unreleased\n\n- Later.\n\n## 1.2.0 - 2026-12-01\n\n### Added\n\n- This.\n\n## 1.1.0\n\n- Before.\n",
    );
    let (good, said) = notes("v1.2.0");
    assert!(good && said.trim() == "### Added\n\n- This.", "{said}");
    assert_eq!(notes("v1.1.0"), (false, "the tag is for 1.1.0, and Cargo.toml has 1.2.0\n".to_owned()));
    put("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Later.\n\n## 1.2.0\n\n## 1.1.0\n\n- Before.\n");
    assert_eq!(notes("v1.2.0"), (false, "CHANGELOG.md has no section 1.2.0\n".to_owned()));
}
