//! Mistakes in manifests, one a file under `tests/mistakes`, beside what `check` prints for it.
//!
//! The first lines of a mistake say what is found in it, and whether the published schema refuses it too.

mod bounds;
mod files;
mod formats;
mod refusals;
mod schemas;
mod taken;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use evenkeel::model::credential;

use crate::golden::Golden;

/// Stands wherever a value can stand, and must never be printed.
const CANARY: &str = "hunter2-canary";

/// One file with a mistake.
struct Mistake {
    name: String,
    text: String,
    /// `error 7:13, warning 9:3`.
    finds: String,
    /// Does the published schema refuse it?
    schema: bool,
}

/// What the program says of each mistake, in the order of [`all`], by format.
static RUNS: LazyLock<BTreeMap<&str, Vec<Output>>> = LazyLock::new(|| {
    let run = |format| {
        let arguments: Vec<_> = all().iter().map(|mistake| formats::arguments(&mistake.file(), format)).collect();
        (format, run_all(&arguments))
    };
    ["text", "json", "github"].into_iter().map(run).collect()
});

#[test]
fn every_mistake_is_printed_as_it_was_agreed_on() {
    let mut golden = Golden::new();
    let mistakes = all();
    assert!(mistakes.len() >= 60, "only {} mistakes", mistakes.len());
    for (mistake, output) in mistakes.iter().zip(&RUNS["text"]) {
        let text = stdout(output);
        let exit = if mistake.finds.contains("error") { 2 } else { 0 };
        if output.status.code() != Some(exit) {
            golden.wrong(&mistake.name, &format!("ended with {:?}, not {exit}", output.status.code()));
        }
        golden.check(&mistake.name, &folder().join(format!("{}.txt", mistake.name)), &text);
    }
    golden.finish();
}

#[test]
fn every_mistake_gives_exactly_the_findings_that_it_says() {
    let mistakes = all();
    let mut wrong = Vec::new();
    for (mistake, output) in mistakes.iter().zip(&RUNS["json"]) {
        let found: Vec<String> = formats::findings(&stdout(output))
            .iter()
            .map(|found| format!("{} {}:{}", found["severity"].as_str().unwrap(), found["line"], found["column"]))
            .collect();
        let found = found.join(", ");
        if found != mistake.finds {
            wrong.push(format!("{}: says {}, gives {found}", mistake.name, mistake.finds));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_mistake_shows_a_value_in_any_format() {
    let mistakes = all();
    let with_values = |mistake: &&Mistake| {
        let places = ["environment:", "resourcePolicy:", "splunk-token:", "stringData:", "\n  value:"];
        places.iter().any(|place| mistake.text.contains(place))
    };
    let without: Vec<&str> = mistakes
        .iter()
        .filter(with_values)
        .filter(|mistake| !mistake.text.contains(CANARY) && !only_names_a_file(&mistake.text))
        .map(|mistake| mistake.name.as_str())
        .collect();
    assert_eq!(without, Vec::<&str>::new(), "a place of a value without a canary");
    for (format, outputs) in RUNS.iter() {
        for (mistake, output) in mistakes.iter().zip(outputs) {
            for stream in [stdout(output), String::from_utf8(output.stderr.clone()).unwrap()] {
                assert!(!stream.contains("hunter2"), "{} as {format}:\n{stream}", mistake.name);
            }
        }
    }
}

/// The name of an encrypted file is no value, and is shown.
fn only_names_a_file(mistake: &str) -> bool {
    let path = mistake.lines().find_map(|line| line.strip_prefix("    encrypted: {file: "));
    path.and_then(|path| path.split([',', '}']).next()).is_some_and(|path| credential::encrypted_file(path).is_some())
}

#[test]
fn every_finding_says_what_to_do() {
    let mut silent = Vec::new();
    for (mistake, output) in all().iter().zip(&RUNS["json"]) {
        let found = formats::findings(&stdout(output));
        let without = found.iter().filter(|found| found["help"].as_str().is_none_or(str::is_empty));
        silent.extend(without.map(|found| format!("{}: {}", mistake.name, found["message"])));
    }
    assert!(silent.is_empty(), "without a help: {silent:#?}");
}

#[test]
fn odd_but_legal_manifests_have_no_findings() {
    let files = listed(&folder().join("good"));
    assert!(files.len() >= 5, "{files:?}");
    let arguments =
        files.iter().map(|file| formats::arguments(&file.display().to_string(), "text")).collect::<Vec<_>>();
    for (file, output) in files.iter().zip(run_all(&arguments)) {
        assert_eq!(stdout(&output), "no problems\n", "{}", file.display());
    }
}

impl Mistake {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let says = |word: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("# {word}: ")));
            line.unwrap_or_else(|| panic!("{name} does not say what it {word}")).to_owned()
        };
        let (finds, schema) = (says("finds"), says("schema"));
        let refused = match schema.as_str() {
            "yes" => true,
            reason if reason.starts_with("no (") && reason.len() > 8 => false,
            other => panic!("{name}: `{other}` is neither `yes` nor `no (reason)`"),
        };
        Self { finds, schema: refused, name, text }
    }

    fn file(&self) -> String {
        format!("{}.yaml", self.name)
    }
}

fn all() -> Vec<Mistake> {
    let files = listed(&folder()).into_iter().filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.map(|path| Mistake::read(&path)).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes")
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs the program once for each list of arguments, some at a time; the answers are in their order.
fn run_all(arguments: &[Vec<String>]) -> Vec<Output> {
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let mut outputs = Vec::new();
    for some in arguments.chunks(at_once) {
        let started: Vec<_> = some.iter().map(|arguments| program(arguments, &folder()).spawn().unwrap()).collect();
        outputs.extend(started.into_iter().map(|child| child.wait_with_output().unwrap()));
    }
    outputs
}

fn program(arguments: &[impl AsRef<std::ffi::OsStr>], place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    command.env_clear().env("COLUMNS", "100").env("NO_COLOR", "1").args(arguments).current_dir(place);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}
