//! The program on what was made: written, checked, compared, taken over.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::corpus::{Account, CLUSTER, Made, assert_only_tagged, tags_of_everything};
use crate::support::leaks::assert_clean;

/// How it went.
pub(super) struct Ran {
    pub(super) exit: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs the program; what it says holds no value.
pub(super) fn run(mut command: Command, arguments: &[&str]) -> Ran {
    command.args(arguments).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_clean("stdout", &out);
    assert_clean("stderr", &err);
    Ran { exit: status.code(), out, err }
}

/// Imports everything into a folder, and holds that nothing differs, before and after it is taken over; and that taking over
/// sets two tags on each service and nothing else. The files, by name.
pub(super) fn import_and_adopt(
    account: &impl Account,
    made: &Made,
    folder: &Path,
    program: impl Fn() -> Command,
) -> BTreeMap<String, String> {
    let here = folder.to_str().unwrap();
    let before = tags_of_everything(account, made);
    let init = run(program(), &["init", "service", "--all", CLUSTER, "-d", here]);
    assert_eq!(init.exit, Some(0), "{}{}", init.out, init.err);
    assert!(init.err.contains(": nothing differs"), "{}", init.err);
    let written: BTreeMap<String, String> = init
        .out
        .lines()
        .map(|path| (path.rsplit('/').next().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    // A file for each application, and one for what they share.
    assert_eq!(written.len(), made.task_definitions + 1, "{:?}", written.keys());

    let check = run(program(), &["check", "-f", here]);
    assert_eq!((check.exit, check.out.as_str()), (Some(0), "no problems\n"), "{}", check.err);
    let diff = run(program(), &["diff", "-f", here]);
    assert_eq!((diff.exit, diff.out.as_str()), (Some(0), ""), "{}{}", diff.out, diff.err);
    assert_eq!(tags_of_everything(account, made), before, "looking writes nothing");

    let asked = run(program(), &["adopt", "--all", "-f", here]);
    assert_eq!(asked.exit, Some(5), "{}{}", asked.out, asked.err);
    assert!(asked.out.contains("Then nothing differs"), "{}", asked.out);
    assert_eq!(tags_of_everything(account, made), before, "nobody agreed");
    let adopted = run(program(), &["adopt", "--all", "-f", here, "--yes"]);
    assert_eq!(adopted.exit, Some(0), "{}{}", adopted.out, adopted.err);
    let count = made.services.len();
    assert!(adopted.err.contains(&format!("{count} of {count} taken over")), "{}", adopted.err);
    assert_only_tagged(&before, &tags_of_everything(account, made), made);

    let again = run(program(), &["adopt", "--all", "-f", here, "--yes"]);
    assert_eq!(again.exit, Some(0), "{}{}", again.out, again.err);
    assert!(again.err.contains("nothing to take over"), "{}", again.err);
    let diff = run(program(), &["diff", "-f", here]);
    assert_eq!((diff.exit, diff.out.as_str()), (Some(0), ""), "{}{}", diff.out, diff.err);
    assert!(!diff.err.contains("not taken over yet"), "{}", diff.err);
    written
}
