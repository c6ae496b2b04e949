//! Where data goes, and what a terminal is given of texts that others have written.

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

#[test]
fn nothing_that_acts_on_a_terminal_gets_to_one_out_of_a_manifest_or_its_name() {
    let place = Place::new("controls");
    let set = place.0.join("set");
    std::fs::create_dir_all(&set).unwrap();
    // What YAML takes as it is: characters that turn the direction of text round, and a line break that goes back.
    let texts = [
        ("a\u{1b}[2Jb.yaml", SECRET.replace("Secret", "\"Sec\\e[31mret\"")),
        ("c.yaml", SECRET.replace("{}", "{\"desc\\e]0;title\\aription\": x} # \u{202e}txet\u{202c}")),
        ("d.yaml", SECRET.replace("spec: {}", "spec: {description: [\"\u{200b}\"]} # a\rspec: {}")),
    ];
    for (name, text) in &texts {
        std::fs::write(set.join(name), text).unwrap();
    }
    let set = set.display().to_string();
    let acts =
        |c: &char| c.is_control() && *c != '\n' || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
    let check = run(&["check", "-f", &set, "--no-color"]);
    assert_eq!(code(&check), 2);
    let shown = stdout(&check);
    assert_eq!(shown.chars().filter(acts).collect::<String>(), "", "{shown:?}");
    for words in ["a\\u{1b}[2Jb.yaml:2:7", "unknown kind `Sec\\u{1b}[31mret`", "desc\\u{1b}]0;title\\u{7}ription"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let nothing = run(&["check", "-f", "no\u{1b}[31mthing.yaml"]);
    assert!(stderr(&nothing).contains("could not read no\\u{1b}[31mthing.yaml"), "{:?}", stderr(&nothing));
}
