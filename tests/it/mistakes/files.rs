//! Files that cannot be used: each is a finding beside all others, and harms only what needs it.

use std::path::PathBuf;

use super::formats::{arguments, findings};
use super::{program, stdout};

const DB: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: db}\nspec: {secretName: shop/db}\n";

/// A folder of its own, gone with the test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("evenkeel-files-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join("set")).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }

    /// What is found in the folder `set`, as `file:line:column message`.
    fn found(&self) -> Vec<String> {
        let output = program(&arguments("set", "json"), &self.0).output().unwrap();
        let text = |found: &serde_json::Value| {
            let (file, message) = (found["file"].as_str().unwrap(), found["message"].as_str().unwrap());
            format!("{file}:{}:{} {message}", found["line"], found["column"])
        };
        findings(&stdout(&output)).iter().map(text).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_that_is_no_text_is_a_finding_beside_all_others() {
    let place = Place::new("binary");
    place.write("set/a.yaml", b"kind: Secret\nname: \xff\xfe\n");
    place.write("set/b.yaml", DB.replace("secretName", "secretNam"));
    assert_eq!(
        place.found(),
        [
            "set/a.yaml:0:0 the file is not UTF-8 text: line 2 is the first that is none",
            "set/b.yaml:4:8 unknown field `secretNam`"
        ]
    );
}

#[test]
fn a_file_of_more_than_a_mebibyte_is_a_finding_beside_all_others() {
    let place = Place::new("large");
    place.write("set/a.yaml", format!("# {}ä", "x".repeat((1 << 20) - 2)));
    place.write("set/b.yaml", DB);
    assert_eq!(place.found(), ["set/a.yaml:0:0 the file is larger than 1024 KiB"]);
}

#[test]
fn a_file_of_exactly_a_mebibyte_is_read() {
    let place = Place::new("limit");
    place.write("set/a.yaml", format!("{DB}# {}", "x".repeat((1 << 20) - DB.len() - 2)));
    assert_eq!(place.found(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn a_link_that_leaves_the_folder_is_a_finding_and_is_not_followed() {
    let place = Place::new("link");
    place.write("outside.yaml", "password: hunter2-canary\n");
    place.write("set/b.yaml", DB);
    std::os::unix::fs::symlink("../outside.yaml", place.0.join("set/a.yaml")).unwrap();
    std::os::unix::fs::symlink("nowhere.yaml", place.0.join("set/c.yaml")).unwrap();
    std::os::unix::fs::symlink("b.yaml", place.0.join("set/README")).unwrap();
    let found = place.found();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[0], "set/a.yaml:0:0 the file is a link that leads out of the folder");
    assert!(found[1].starts_with("set/c.yaml:0:0 the file cannot be read: "), "{found:#?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_a_finding_and_nobody_waits_for_it() {
    let place = Place::new("pipe");
    place.write("set/b.yaml", DB);
    let made = std::process::Command::new("mkfifo").arg(place.0.join("set/a.yaml")).status().unwrap();
    assert!(made.success());
    assert_eq!(place.found(), ["set/a.yaml:0:0 the file is neither a file nor a folder"]);
}

#[test]
fn what_an_unreadable_file_may_hold_is_not_reported_as_missing_for_every_use() {
    let place = Place::new("causes");
    place.write("set/a.yaml", b"\xff");
    let container =
        "  - {name: web, image: web, memory: 64, secrets: {A: {secretRef: {name: db}}, B: {secretRef: {name: mail}}}}";
    place.write(
        "set/b.yaml",
        format!("apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: web}}\nspec:\n  executionRoleArn: arn:aws:iam::123456789012:role/web\n  containerDefinitions:\n  {container}\n"),
    );
    assert_eq!(place.found().len(), 1);
    let output = program(&arguments("set", "text"), &place.0).output().unwrap();
    assert!(stdout(&output).contains("perhaps here: Secret/db, Secret/mail"), "{}", stdout(&output));
}

#[test]
fn a_set_without_a_manifest_is_not_said_to_have_no_problems() {
    let place = Place::new("nothing");
    place.write("set/a.yaml", "# to be written\n");
    place.write("set/b.yaml", "---\n");
    for verb in ["check", "diff"] {
        let output = program(&[verb, "-f", "set"], &place.0).output().unwrap();
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{verb}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("no manifests in set"), "{verb}");
    }
    let comments = std::fs::File::open(place.0.join("set/a.yaml")).unwrap();
    let output = program(&["check", "-f", "-"], &place.0).stdin(comments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: no manifests in standard input\n"), "{said}");
    place.write("set/c.yaml", DB);
    assert_eq!(place.found(), Vec::<String>::new());
}

#[test]
fn a_path_that_is_not_there_ends_the_verb() {
    let place = Place::new("absent");
    let output = program(&arguments("nothing", "text"), &place.0).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("could not read nothing"));
}
