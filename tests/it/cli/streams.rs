//! Where data goes, and what becomes of what does not get there.

use std::fs::File;
use std::process::Stdio;

use super::{Place, code, program, run, stderr, stdout};

/// Data and errors of one run whose stdout is this.
fn written_to(arguments: &[&str], out: impl Into<Stdio>) -> (i32, String) {
    let child = program(arguments).stdout(out).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    (code(&output), stderr(&output))
}

const SECRET: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: db}\nspec: {}\n";

#[test]
fn data_that_does_not_get_where_it_should_is_a_failure_unless_its_reader_has_gone() {
    let place = Place::new("streams");
    let sandbox = place.sandbox();
    let manifest = place.0.join("db.yaml");
    std::fs::write(&manifest, SECRET).unwrap();
    let manifest = manifest.display().to_string();
    assert_eq!(code(&run(&["diff", "-f", &manifest, &sandbox])), 0, "it furnishes the sandbox");
    for arguments in [
        &["secret", "get", "db", &sandbox][..],
        &["secret", "get", "db", "--base64", &sandbox],
        &["check", "-f", &manifest],
        &["schema", "Secret"],
        &["completions", "bash"],
    ] {
        let (exit, said) = written_to(arguments, File::options().write(true).open("/dev/full").unwrap());
        assert_eq!(exit, 3, "{arguments:?}: {said}");
        assert!(said.contains("not all of the data could be written to standard output: No space left"), "{said}");
        assert!(said.contains("help: do not use what is there of it"), "{said}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (exit, said) = written_to(arguments, writer);
        assert_eq!((exit, said.as_str()), (0, ""), "{arguments:?}");
    }
    // What is wrong with the manifests is worse.
    std::fs::write(&manifest, SECRET.replace("kind", "knd")).unwrap();
    let (exit, _) = written_to(&["check", "-f", &manifest], File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(exit, 2);
}
