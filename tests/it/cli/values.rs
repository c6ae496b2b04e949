//! `secret get` and `secret encrypt`, and values that `apply` writes.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

use evenkeel::sandbox::Service;

use super::{Place, code, program, run, stderr, stdout};
use crate::socket::program::Served;
use crate::support::leaks::{CANARY, FILED};
use crate::support::values::age_files;

/// A folder with a generated secret and one that Debian's age has encrypted, both applied to a sandbox.
fn applied(name: &str) -> Place {
    let place = Place::new(name);
    let generated = "json: {template: {username: shop, port: 5432}, key: password}";
    let manifests = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {{name: made}}\nspec: {{secretName: shop/made, value: {{generate: {{{generated}}}}}}}\n\
         ---\napiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {{name: kept}}\nspec: {{secretName: shop/kept, value: {{encrypted: {{file: kept.age, format: age}}}}}}\n"
    );
    std::fs::create_dir_all(place.0.join("manifests")).unwrap();
    std::fs::write(place.0.join("manifests/all.yaml"), manifests).unwrap();
    std::fs::copy(age_files().join("json.age"), place.0.join("manifests/kept.age")).unwrap();
    let apply = place.run(&["apply", "-f", &place.manifests(), "--yes"]);
    assert_eq!(code(&apply), 0, "{}", stderr(&apply));
    assert_eq!(stdout(&place.run(&["diff", "-f", &place.manifests()])), "", "it is quiet");
    place
}

impl Place {
    pub(super) fn manifests(&self) -> String {
        self.0.join("manifests").display().to_string()
    }

    /// A run with the identity injected, on the sandbox; nothing of it shows a value.
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        let output = self.shown(arguments);
        crate::support::leaks::assert_clean("stdout", &stdout(&output));
        crate::support::leaks::assert_clean("stderr", &stderr(&output));
        output
    }

    /// The same where a value is asked for: everything but stdout is searched.
    pub(super) fn shown(&self, arguments: &[&str]) -> Output {
        let identity = std::fs::read_to_string(age_files().join("x25519.key")).unwrap();
        let output = program(arguments).arg(self.sandbox()).env("EVENKEEL_AGE_IDENTITY", identity).output().unwrap();
        crate::support::leaks::assert_clean("stderr", &stderr(&output));
        assert!(!stderr(&output).contains("AGE-SECRET-KEY"));
        output
    }
}

#[test]
fn a_value_is_printed_whole_by_key_and_by_version() {
    let place = applied("secret-get");
    let manifests = place.manifests();
    let whole = place.shown(&["secret", "get", "shop/kept", "-vv"]);
    let value: serde_json::Value = serde_json::from_str(&stdout(&whole)).unwrap();
    assert_eq!(value["password"], format!("{FILED}1"));
    let by_manifest = place.shown(&["secret", "get", "kept", "-f", &manifests, "--key", "username"]);
    assert_eq!(stdout(&by_manifest), format!("{FILED}\n"));
    let number = place.shown(&["secret", "get", "shop/made", "--key", "port"]);
    assert_eq!(stdout(&number), "5432\n");
    // Another ciphertext is the next version; the one before is still there.
    std::fs::copy(age_files().join("json-next.age"), place.0.join("manifests/kept.age")).unwrap();
    let apply = place.run(&["apply", "-f", &manifests, "--yes", "-vv"]);
    assert_eq!(code(&apply), 0, "{}", stderr(&apply));
    for (options, password) in [(&[][..], "2"), (&["--stage", "AWSPREVIOUS"], "1"), (&["--stage", "AWSCURRENT"], "2")] {
        let read = place.shown(&[&["secret", "get", "shop/kept", "--key", "password"], options].concat());
        assert_eq!(stdout(&read), format!("{FILED}{password}\n"), "{options:?}");
    }
}

#[test]
fn what_is_not_there_is_said_clearly() {
    let place = applied("secret-get-none");
    for (arguments, exit, words) in [
        (&["secret", "get"][..], 2, "<NAME>"),
        (&["secret", "get", "shop/other"], 3, "can't find the specified secret"),
        (&["secret", "get", "shop/kept", "--stage", "NEXT"], 3, "NEXT"),
        (
            &["secret", "get", "shop/kept", "--version-id", "00000000-0000-4000-8000-000000000000"],
            3,
            "ResourceNotFound",
        ),
        (&["secret", "get", "shop/kept", "--key", "token"], 3, "has no key `token`; it has `password`, `username`"),
        (
            &["secret", "get", "shop/kept", "--stage", "A", "--version-id", "00000000-0000-4000-8000-000000000000"],
            2,
            "cannot be used with",
        ),
    ] {
        let refused = place.run(arguments);
        assert_eq!(code(&refused), exit, "{arguments:?}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(words), "{arguments:?}: {}", stderr(&refused));
        assert_eq!(stdout(&refused), "");
    }
}

#[test]
fn a_member_that_is_no_text_is_printed_as_it_stands_in_the_value() {
    let place = applied("secret-get-numbers");
    let value = r#"{"n":12345678901234567890123,"f":1.10,"e":1e3,"o":{"a": [1.0, null]},"t":"\u00e9"}"#;
    let body = serde_json::json!({"Name": "shop/numbers", "SecretString": value}).to_string();
    crate::imports::call(&place.0.join("state.json"), Service::SecretsManager, "CreateSecret", body);
    for (key, text) in
        [("n", "12345678901234567890123"), ("f", "1.10"), ("e", "1e3"), ("o", r#"{"a": [1.0, null]}"#), ("t", "é")]
    {
        let got = place.shown(&["secret", "get", "shop/numbers", "--key", key]);
        assert_eq!(stdout(&got), format!("{text}\n"), "{key}: {}", stderr(&got));
    }
}

#[test]
fn what_no_secret_can_be_called_is_bad_usage_and_nobody_is_asked() {
    let place = Place::new("secret-names");
    let recipient = ["--recipient", "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"];
    let kms = ["--format", "kms", "--kms-key", "alias/shop"];
    for (arguments, extra, words) in [
        (&["secret", "get", ""][..], &[][..], "has 1 to 512 letters"),
        (&["secret", "get", "not a name"], &[], "has 1 to 512 letters"),
        (&["secret", "get", "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"], &[], "ARN of something else"),
        (&["secret", "get", "shop/db", "--version-id", "0000"], &[], "32 to 64 characters, this has 4"),
        (&["secret", "get", "shop/db", "--stage", ""], &[], "1 to 256 characters"),
        (&["secret", "encrypt", ""], &recipient, "has 1 to 512 letters"),
        (&["secret", "encrypt", "not a name at all"], &kms, "has 1 to 512 letters"),
        (
            &["secret", "encrypt", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-a1b2c3"],
            &kms,
            "letters",
        ),
    ] {
        let refused = place.run(&[arguments, extra].concat());
        assert_eq!(code(&refused), 2, "{arguments:?}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(words), "{arguments:?}: {}", stderr(&refused));
        assert_eq!(stdout(&refused), "");
    }
}

#[test]
fn a_binary_value_goes_to_a_file_or_is_printed_in_base64_alone() {
    let place = applied("secret-get-binary");
    let body = serde_json::json!({"Name": "shop/binary", "SecretBinary": "/wABYzRuNHJ5"}).to_string();
    crate::imports::call(&place.0.join("state.json"), Service::SecretsManager, "CreateSecret", body);
    for extra in [&[][..], &["--key", "password"]] {
        let refused = place.run(&[&["secret", "get", "shop/binary"], extra].concat());
        assert_ne!(code(&refused), 0);
        assert!(stderr(&refused).contains("binary"), "{}", stderr(&refused));
        assert_eq!(stdout(&refused), "");
    }
    assert_eq!(stdout(&place.shown(&["secret", "get", "shop/binary", "--base64"])), "/wABYzRuNHJ5\n");
    let path = place.0.join("binary");
    let to = path.display().to_string();
    let written = place.run(&["secret", "get", "shop/binary", "--to", &to]);
    assert_eq!((code(&written), stdout(&written).as_str()), (0, ""), "{}", stderr(&written));
    assert_eq!(std::fs::read(&path).unwrap(), b"\xff\0\x01c4n4ry");
}

#[test]
fn a_secret_that_waits_for_its_deletion_says_so() {
    let place = applied("secret-get-deleted");
    let body = serde_json::json!({"SecretId": "shop/kept", "RecoveryWindowInDays": 7}).to_string();
    crate::imports::call(&place.0.join("state.json"), Service::SecretsManager, "DeleteSecret", body);
    let refused = place.run(&["secret", "get", "shop/kept"]);
    assert_eq!(code(&refused), 3);
    assert!(stderr(&refused).contains("marked for deletion"), "{}", stderr(&refused));
    // Its manifest still wants it: it is brought back with the value that it had.
    let apply = place.run(&["apply", "-f", &place.manifests(), "--yes"]);
    assert_eq!(code(&apply), 0, "{}", stderr(&apply));
    let value = stdout(&place.shown(&["secret", "get", "shop/kept", "--key", "username"]));
    assert_eq!(value, format!("{FILED}\n"));
}

#[test]
fn a_value_goes_into_a_new_file_for_its_owner() {
    let place = applied("secret-get-to");
    let path = place.0.join("value");
    let to = path.display().to_string();
    let written = place.run(&["secret", "get", "shop/kept", "--key", "username", "--to", &to]);
    assert_eq!((code(&written), stdout(&written).as_str()), (0, ""), "{}", stderr(&written));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), FILED);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let again = place.run(&["secret", "get", "shop/kept", "--to", &to]);
    assert_eq!(code(&again), 3, "what is there is not written over");
}

#[test]
fn a_part_of_a_value_stays_nowhere() {
    let place = Place::new("secret-get-part");
    let state = place.0.join("state.json");
    let body = serde_json::json!({"Name": "shop/long", "SecretString": "x".repeat(5000)}).to_string();
    crate::imports::call(&state, Service::SecretsManager, "CreateSecret", body);
    let served = Served::start(&[&state.display().to_string()]);
    let to = place.0.join("value");
    // No file may have more than a block; whoever does not look away is told so by a signal.
    let limited = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, "sh", env!("CARGO_BIN_EXE_evenkeel"), "secret", "get", "shop/long", "--to"]).arg(&to);
    command.env_clear().env("AWS_ENDPOINT_URL", served.url()).env("AWS_REGION", "eu-west-1");
    command.env("AWS_ACCESS_KEY_ID", "sandbox").env("AWS_SECRET_ACCESS_KEY", "sandbox");
    let output = command.output().unwrap();
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("could not write"), "{}", stderr(&output));
    assert!(!to.exists(), "a part of the value is left");
}

#[test]
fn without_an_identity_the_step_fails_with_what_to_do() {
    let place = applied("secret-no-identity");
    std::fs::copy(age_files().join("json-next.age"), place.0.join("manifests/kept.age")).unwrap();
    let apply = run(&["apply", "-f", &place.manifests(), "--yes", &place.sandbox()]);
    assert_eq!(code(&apply), 3);
    let told = stdout(&apply) + &stderr(&apply);
    assert!(told.contains("no age identity is known"), "{told}");
    let diff = run(&["diff", "-f", &place.manifests(), &place.sandbox()]);
    assert_eq!(code(&diff), 1, "to look at it needs none: {}", stderr(&diff));
    let named = ["-f", &place.manifests(), &place.sandbox(), "--age-identity-env", "NOBODY_SETS_IT"];
    let diff = run(&[&["diff"], named.as_slice()].concat());
    assert_eq!(code(&diff), 1, "nor does it where a variable is named: {}", stderr(&diff));
    let apply = run(&[&["apply", "--yes"], named.as_slice()].concat());
    assert_eq!(code(&apply), 3);
    let told = stdout(&apply) + &stderr(&apply);
    assert!(told.contains("the variable NOBODY_SETS_IT: age.identityEnv names it, and it holds no text"), "{told}");
}

pub(super) fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut child =
        program(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses its arguments reads nothing.
    let _gone = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn a_piped_value_becomes_a_file_that_its_recipient_can_read() {
    let place = applied("secret-encrypt");
    let key = std::fs::read_to_string(age_files().join("x25519.key")).unwrap();
    let recipient = key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let path = place.0.join("manifests/kept.age").display().to_string();
    let json = format!("{{\"username\": \"piped\", \"password\": {}}}\n", serde_json::json!(CANARY));
    let encrypt = ["secret", "encrypt", "kept", "--recipient", recipient, "--json", "--to", &path];
    let made = piped(&encrypt, json.as_bytes());
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let apply = place.run(&["apply", "-f", &place.manifests(), "--yes"]);
    assert_eq!(code(&apply), 0, "{}", stderr(&apply));
    let value = stdout(&place.shown(&["secret", "get", "shop/kept"]));
    assert_eq!(value, format!("{json}\n"), "every byte of the pipe is part of it, and `secret get` ends its line");
    let by_config = piped(&["secret", "encrypt", "kept", "--age-recipients", recipient], b"value");
    assert!(stdout(&by_config).starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"), "{}", stderr(&by_config));
}

#[test]
fn the_path_of_an_encrypted_file_may_begin_with_its_own_folder() {
    let place = applied("secret-path");
    let manifest = place.0.join("manifests/all.yaml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    for (path, exit) in [("./kept.age", 0), ("././kept.age", 0), ("../manifests/kept.age", 2), (".", 2), ("./", 2)] {
        std::fs::write(&manifest, text.replace("file: kept.age", &format!("file: {path}"))).unwrap();
        let checked = program(&["check", "-f", &place.manifests()]).output().unwrap();
        assert_eq!(code(&checked), exit, "{path}: {}", stdout(&checked));
    }
    std::fs::write(&manifest, text.replace("file: kept.age", "file: ./kept.age")).unwrap();
    assert_eq!(stdout(&place.run(&["diff", "-f", &place.manifests()])), "", "it is the same file");
}

#[test]
fn what_cannot_be_a_value_is_not_encrypted() {
    let key = std::fs::read_to_string(age_files().join("x25519.key")).unwrap();
    let key = key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    for (arguments, input, words) in [
        (&["secret", "encrypt", "db"][..], &b"x"[..], "nobody to encrypt for"),
        (&["secret", "encrypt", "db", "-r", "age1"], b"x", "is no age recipient"),
        (&["secret", "encrypt", "db", "-r", key, "--kms-key", "alias/a"], b"x", "--kms-key is for --format kms"),
        (
            &["secret", "encrypt", "db", "-r", key, "--format", "kms", "--kms-key", "alias/a"],
            b"x",
            "--recipient is for --format age",
        ),
        (&["secret", "encrypt", "db", "-r", key, "-f", "-"], b"x", "standard input is the value's"),
        (&["secret", "encrypt", "db", "-r", key], b"", "it is empty"),
        (&["secret", "encrypt", "db", "-r", key], b"a\0b", "it is binary"),
        (&["secret", "encrypt", "db", "-r", key], &vec![b'x'; 65_537], "more than the 65536 bytes"),
        (&["secret", "encrypt", "db", "-r", key, "--json"], b"c4n4ry", "it is no JSON object"),
    ] {
        let refused = piped(arguments, input);
        assert_eq!(code(&refused), 2, "{}", stderr(&refused));
        assert!(stderr(&refused).contains(words) && !stderr(&refused).contains("c4n4ry"), "{}", stderr(&refused));
        assert_eq!(stdout(&refused), "");
    }
}
