//! `--reading`: set for a world that is served, kept in its state file, listed in `--help`.

use std::process::Command;

use evenkeel::sandbox::Reading;

use super::program::Served;

/// Makes a secret where there is none, and deletes it twice: the answer to the second.
fn deleted_twice(served: &Served) -> String {
    served.ask("CreateSecret", r#"{"Name":"db"}"#);
    served.ask("DeleteSecret", r#"{"SecretId":"db"}"#);
    served.ask("DeleteSecret", r#"{"SecretId":"db"}"#)
}

#[test]
fn a_reading_is_set_for_a_world_and_stays_in_its_state_file() {
    let folder = std::env::temp_dir().join(format!("evenkeel-readings-{}", std::process::id()));
    let file = folder.join("world.json").display().to_string();
    let runs: [(&[&str], bool); 4] = [
        (&[], false),
        (&["--reading", "deleted-again=planned-anew", "--reading", "secrets-order=oldest-first"], true),
        (&[], true),
        (&["--reading", "deleted-again=refused"], false),
    ];
    for (arguments, planned_anew) in runs {
        let served = Served::start(&[&[file.as_str()], arguments].concat());
        let answer = deleted_twice(&served);
        assert_eq!(answer.contains("DeletionDate"), planned_anew, "{arguments:?}: {answer}");
        let (_, said) = served.end("-INT");
        let told = "the sandbox reads otherwise: deleted-again=planned-anew, secrets-order=oldest-first";
        assert_eq!(said.contains(told), planned_anew, "{said}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

pub(super) fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_evenkeel")).args(arguments).env_clear().output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn what_is_no_reading_is_refused_and_help_lists_all_of_them() {
    let (code, said) = run(&["sandbox", "--reading", "deleted=refused"]);
    assert!(
        code == Some(2) && said.contains("there is no reading `deleted`") && said.contains("deleted-again"),
        "{said}"
    );
    let (code, said) = run(&["sandbox", "--reading", "deleted-again=maybe"]);
    assert!(code == Some(2) && said.contains("`deleted-again` is `refused` or `planned-anew`"), "{said}");
    let (code, said) = run(&["diff", "-f", "none", "--reading", "deleted-again=refused"]);
    assert!(code == Some(2) && said.contains("--reading"), "{said}");
    let (code, said) = run(&["sandbox", "--help"]);
    assert_eq!(code, Some(0));
    // Lines are wrapped.
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for reading in Reading::ALL {
        let [usual, other] = reading.values();
        assert!(said.contains(&format!("{}={usual}|{other}", reading.name())), "{}: {said}", reading.name());
        assert!(said.contains(reading.about()), "{said}");
    }
}
