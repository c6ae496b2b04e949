//! How it begins and ends.

use std::process::Command;

use super::program::Served;

#[test]
fn what_was_written_is_there_again_after_either_signal() {
    let folder = std::env::temp_dir().join(format!("evenkeel-socket-{}", std::process::id()));
    let file = folder.join("world.json");
    let path = file.display().to_string();
    for (signal, name) in [("-TERM", "a"), ("-INT", "b")] {
        let served = Served::start(&[&path]);
        assert!(served.ask("CreateSecret", &format!(r#"{{"Name":"{name}","SecretString":"v"}}"#)).contains("ARN"));
        let (code, said) = served.end(signal);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("Ctrl-C ends it") && said.contains(&format!("saved in {path}")), "{said}");
    }
    let served = Served::start(&[&path, "--speed", "10"]);
    let list = served.ask("ListSecrets", "{}");
    assert!(list.contains(r#""Name":"a""#) && list.contains(r#""Name":"b""#), "{list}");
    drop(served);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn it_prints_what_a_shell_needs() {
    let served = Served::start(&[]);
    let exported: Vec<&str> =
        served.exports.split_whitespace().filter_map(|word| word.split_once('=')).map(|(name, _)| name).collect();
    let needed = ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    assert_eq!(exported, needed);
    let (code, said) = served.end("-INT");
    assert_eq!(code, Some(0));
    assert!(said.contains("gone"), "{said}");
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "192.0.2.1:4566", "[::]:0", "example.com:4566", "4566"] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_evenkeel")).args(["sandbox", "--listen", address]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{address}: {said}");
        assert!(said.contains("127.0.0.1:4566"), "{said}");
    }
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let served = Served::start(&[]);
    let address = served.address.to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_evenkeel")).args(["sandbox", "--listen", &address]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
}
