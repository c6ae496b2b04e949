//! Law 5: a credential that stands in the configuration, where only the name of its variable or file belongs, is not shown.

use super::{Place, SHOP, code, run, stderr, stdout};
use crate::support::leaks::CANARY;

/// The part of the canary that a URL and a plain word take.
const WORD: &str = "c4n4ryS3cr3tK7q9x";

const HEAD: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: prod\n";

#[test]
fn law_5_an_excerpt_of_the_configuration_shows_no_credential() {
    let place = Place::new("config-credentials");
    let config = place.0.join("evenkeel.yaml").display().to_string();
    let quoted = serde_json::to_string(CANARY).unwrap();
    let url = "https://example.com/a.git";
    for body in [
        format!("age: {{identityenv: {quoted}}}\n"),
        format!("age: {{identity: {quoted}}}\n"),
        format!("age: {quoted}\n"),
        format!("age:\n  identityEnv: {quoted}\n  wrong: 1\n"),
        format!("age:\n  identityFile: {quoted}\n  wrong: 1\n"),
        format!("age: {{recipients: [AGE-SECRET-KEY-{WORD}], wrong: 1}}\n"),
        format!("identity: {quoted}\n"),
        format!("token: [{quoted}]\n"),
        format!("source:\n  git:\n    url: https://me:{WORD}@example.com/a.git\n    wrong: 1\n"),
        format!("source: {{git: {{url: \"{url}\", auth: {{tokenEnv: {quoted}, wrong: 1}}}}}}\n"),
        format!("source: {{git: {{url: \"{url}\", auth: {{token: {quoted}}}}}}}\n"),
        format!("source:\n  git:\n    url: {url}\n    auth: {quoted}\n"),
        format!("events: {{queueUrl: [\"-----BEGIN OPENSSH PRIVATE KEY-----\\n{WORD}\"]}}\n"),
        // In a field that nobody knows, and that is like one that may be shown.
        format!("source: {{git: {{url: \"{url}\", pat: ghp_{WORD}}}}}\n"),
        format!("source: {{git: {{url: \"{url}\", pat: {WORD}}}}}\n"),
        format!("source: {{git: {{url: \"{url}\", ref: {{tags: {WORD}}}}}}}\n"),
        format!("source: {{dirr: {WORD}}}\n"),
        format!("sorce: {WORD}\n"),
        // In the right field, and of another form than that has.
        format!("age: [{WORD}]\n"),
        format!("age:\n  - {WORD}\n"),
        format!("source: {{git: {WORD}}}\n"),
        format!("source: [{WORD}]\n"),
        format!("source: {{git: {{url: [{WORD}]}}}}\n"),
        format!("source: {{git: {{url: {{token: {WORD}}}}}}}\n"),
        format!("age: {{recipients: {WORD}}}\n"),
        format!("age: {{recipients: [age1shown, {WORD}], wrong: 1}}\n"),
        format!("age: {{recipients: [\" age-secret-key-1{WORD}\"], wrong: 1}}\n"),
        // In an address.
        format!("source:\n  git:\n    url: me:{WORD}@example.com:a.git\n    wrong: 1\n"),
        format!("source:\n  git:\n    url: https://me:pa/{WORD}@example.com/a.git\n    wrong: 1\n"),
        format!("source:\n  git:\n    url: {url}?private_token={WORD}\n    wrong: 1\n"),
        // As a name.
        format!("ghp_{WORD}: 1\n"),
        format!("ghp_{WORD}: 1\nghp_{WORD}: 1\n"),
        format!("ghp_{WORD}:\n"),
        format!("age: {{AGE-SECRET-KEY-{WORD}: [1]}}\n"),
        format!("envelope: {{glpat-{WORD}: [1]}}\n"),
        // In a comment.
        format!("# tokenEnv: {WORD}\nwrong: 1\n"),
        format!("wrong: 1 # {WORD}\n"),
    ] {
        std::fs::write(&config, format!("{HEAD}{body}")).unwrap();
        for format in ["text", "github", "json"] {
            let refused = run(&["check", "-f", SHOP, "--config", &config, "-o", format]);
            assert_eq!(code(&refused), 2, "{body}: {}", stderr(&refused));
            let told = stdout(&refused) + &stderr(&refused);
            assert!(format != "text" || told.contains("******"), "the excerpt is there, and masked: {body}{told}");
        }
    }
    // Nobody knows where the values of what is no YAML are.
    std::fs::write(&config, format!("{HEAD}age: {{identityEnv: {quoted}\n")).unwrap();
    assert_eq!(code(&run(&["check", "-f", SHOP, "--config", &config])), 2);
}

#[test]
fn law_5_what_is_harmless_in_the_configuration_is_shown() {
    let place = Place::new("config-harmless");
    let config = place.0.join("evenkeel.yaml").display().to_string();
    std::fs::write(&config, format!("{HEAD}rollouts: {{maxconcurrent: 7}}\nhttp: {{listen: 1, listne: here}}\n"))
        .unwrap();
    let told = stderr(&run(&["check", "-f", SHOP, "--config", &config]));
    assert!(told.contains("maxconcurrent: 7") && told.contains("listne: here"), "{told}");
    let git = "url: \"https://example.com/a.git\", ref: {branch: trunk}, interval: 5m, verify: {mode: Some}";
    let roles = "passRoles: [\"arn:aws:iam::123456789012:role/a@b\"]";
    let body = format!(
        "source: {{git: {{{git}}}}}\nenvelope: {{{roles}, bucket: 1}}\nage: {{recipients: [age1shown], x: 1}}\n"
    );
    std::fs::write(&config, format!("{HEAD}{body}")).unwrap();
    let told = stderr(&run(&["check", "-f", SHOP, "--config", &config]));
    assert!(told.contains(git) && told.contains(roles) && told.contains("[age1shown]"), "{told}");
}

#[test]
fn law_5_a_message_repeats_no_credential_that_is_taken_for_a_name() {
    let place = Place::new("mistaken-names");
    let sandbox = place.sandbox();
    let git = ["run", &sandbox, "--source-git-url", "https://example.com/a.git"];
    let refused = run(&[git.as_slice(), &["--source-git-auth-token-env", WORD]].concat());
    assert_eq!(code(&refused), 2);
    let says = "the variable that is named there holds no token";
    assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
    let folder = place.0.join("manifests");
    std::fs::create_dir_all(&folder).unwrap();
    let head = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: kept}\n";
    let secret = "spec: {secretName: shop/kept, value: {encrypted: {file: kept.age, format: age}}}\n";
    std::fs::write(folder.join("kept.yaml"), format!("{head}{secret}")).unwrap();
    std::fs::copy(crate::support::values::age_files().join("json.age"), folder.join("kept.age")).unwrap();
    let folder = folder.display().to_string();
    let of_age = format!("AGE-SECRET-KEY-{WORD}");
    let lower = format!(" {}", of_age.to_lowercase()).replace(&WORD.to_lowercase(), WORD);
    let of_ssh = format!("-----BEGIN OPENSSH PRIVATE KEY-----\na/b{WORD}\n-----END OPENSSH PRIVATE KEY-----");
    let (env, file) = ("the variable that is named there", "what age.identityFile names");
    for (flag, identity, says) in [
        ("--age-identity-env", &of_age, env),
        ("--age-identity-env", &of_ssh, env),
        ("--age-identity-file", &of_age, file),
        ("--age-identity-file", &lower, file),
        ("--age-identity-file", &of_ssh, file),
        ("--age-identity-file", &format!("a/b\n{WORD}"), file),
    ] {
        let setting = format!("{flag}={identity}");
        let settings = ["-f", &folder, &sandbox, &setting, "-vv"];
        assert_eq!(code(&run(&[&["diff"], settings.as_slice()].concat())), 1, "{flag}");
        let failed = run(&[&["apply", "--yes"], settings.as_slice()].concat());
        let told = stdout(&failed) + &stderr(&failed);
        assert_eq!(code(&failed), 3, "{flag}: {told}");
        assert!(told.contains(says), "{flag}: {told}");
    }
}

#[test]
fn law_5_a_key_that_is_taken_for_a_flag_is_not_repeated() {
    let key = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{WORD}\n-----END OPENSSH PRIVATE KEY-----");
    for typed in [&["--age-identity-file", &key][..], &[&key], &[&format!("--age-identity-fil={key}")]] {
        let refused = run(&[&["diff", "-f", SHOP], typed].concat());
        assert_eq!(code(&refused), 2, "{}", stderr(&refused));
        assert!(stderr(&refused).starts_with("error: unexpected argument '"), "{}", stderr(&refused));
    }
}
