//! Encrypted files are found beside their manifests, in folders and in commits, and nowhere else.

use std::collections::BTreeMap;

use evenkeel::daemon::source::folder;
use evenkeel::daemon::source::{FolderSource, Looked, Source};
use evenkeel::manifest::ciphertexts::mentioned;
use evenkeel::manifest::files::Files;
use evenkeel::manifest::{Loaded, SourceFile, load_files};
use evenkeel::model::id::Installation;
use evenkeel::model::secret_value::ValueSource;
use evenkeel::model::time::Timestamp;
use serde_json::{Value, json};

use crate::source::remote::Remote;
use crate::support::folder::Folder;
use crate::support::values::{age_files, beside, encrypted};

fn manifest(name: &str, file: &str) -> String {
    encrypted(name, file, "age", "")
}

fn ciphertext(name: &str) -> Vec<u8> {
    std::fs::read(age_files().join(name)).unwrap()
}

fn loaded(files: Files) -> Loaded {
    load_files(Installation::new("default"), files)
}

/// What is wrong with each manifest of a folder, or the version that its value will have.
fn outcomes(loaded: &Loaded) -> BTreeMap<String, String> {
    let found = loaded.checked.found.iter().map(|found| (format!("error {}", found.span.line), found.message.clone()));
    let versions = loaded.desired.secrets.iter().map(|(name, secret)| {
        let version = secret.value.as_ref().map(|value: &ValueSource| value.version(&secret.secret_name));
        (name.to_string(), version.unwrap().to_string())
    });
    found.chain(versions).collect()
}

#[test]
fn a_folder_yields_its_encrypted_files_and_links_that_lead_out_of_it_are_refused() {
    let place = Folder::new();
    std::fs::create_dir_all(place.join("manifests/deep")).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(place.join(name), bytes).unwrap();
    write("outside.age", &ciphertext("text.age"));
    write("manifests/ours.age", &ciphertext("text.age"));
    write("manifests/deep/other.age", &ciphertext("text-armored.age"));
    std::os::unix::fs::symlink(place.join("outside.age"), place.join("manifests/link.age")).unwrap();
    std::os::unix::fs::symlink(place.join("manifests/ours.age"), place.join("manifests/inside.age")).unwrap();
    let text = manifest("ours", "ours.age")
        + &manifest("same", "inside.age")
        + &manifest("deep", "deep/other.age")
        + &manifest("link", "link.age")
        + &manifest("none", "none.age");
    write("manifests/all.yaml", text.as_bytes());
    let files = folder::read(&place.join("manifests")).unwrap();
    assert_eq!((files.read.len(), files.encrypted.len()), (1, 5));
    let outcomes = outcomes(&loaded(files));
    let named = |name: &str, why: &str| format!("the encrypted file `{}` {why}", place.join(name).display());
    assert_eq!(outcomes["error 20"], named("manifests/link.age", "is a link that leads out of its folder"));
    assert_eq!(outcomes["error 25"], named("manifests/none.age", "does not exist"));
    assert_eq!(outcomes.len(), 5, "{outcomes:?}");
    assert_ne!(outcomes["ours"], outcomes["same"], "the version is bound to the secret's name");
}

#[test]
fn a_path_cannot_lead_out_of_the_manifests_folder() {
    for file in ["../outside.age", "/etc/passwd", "a/../../b.age", "a//b.age", ".hidden/x.age", "\"a\\\\b\""] {
        let read = vec![SourceFile { name: "manifests/all.yaml".into(), text: manifest("db", file) }];
        assert_eq!(mentioned(&read), [].into(), "{file}");
        let mut files = Files { read, ..Files::default() };
        files.set_apart(|name| panic!("{name} is looked for"));
        let outcomes = outcomes(&loaded(files));
        assert!(outcomes["error 5"].starts_with("`file` is"), "{file}: {outcomes:?}");
    }
    let stdin = vec![SourceFile { name: "<stdin>".into(), text: manifest("db", "db.age") }];
    assert_eq!(mentioned(&stdin), [].into(), "standard input has no folder");
}

#[test]
fn a_commit_yields_its_encrypted_files_as_bytes() {
    let remote = Remote::new("");
    remote.write("shop/db.yaml", &(manifest("db", "values/db.age") + &manifest("none", "none.age")));
    std::fs::create_dir_all(remote.folder.join("work/shop/values")).unwrap();
    let place = remote.folder.join("work/shop/values/db.age");
    std::fs::write(&place, ciphertext("text.age")).unwrap();
    remote.write("shop/values/nobody.age", "nobody names it");
    remote.push("First", None);
    let mut source = remote.source();
    let first = crate::source::moved(crate::source::look(&mut source)).files;
    assert_eq!(first.encrypted.len(), 2);
    assert_eq!(first.encrypted["shop/values/db.age"], Ok(ciphertext("text.age")));
    assert_eq!(first.encrypted["shop/none.age"], Err("does not exist".to_owned()));
    std::fs::write(&place, ciphertext("text-armored.age")).unwrap();
    remote.push("Second", None);
    let second = crate::source::moved(crate::source::look(&mut source)).files;
    assert_ne!(
        outcomes(&loaded(first))["db"],
        outcomes(&loaded(second))["db"],
        "another ciphertext is another version"
    );
}

#[test]
fn another_ciphertext_in_a_folder_is_another_state_of_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let place = Folder::new();
        std::fs::write(place.join("db.yaml"), manifest("db", "db.age")).unwrap();
        std::fs::write(place.join("db.age"), ciphertext("text.age")).unwrap();
        let mut source = Source::Folder(FolderSource::new(place.join("")));
        assert!(matches!(source.look(Timestamp::from_millis(0)).await, Ok(Looked::Moved(_))));
        assert!(matches!(source.look(Timestamp::from_millis(0)).await, Ok(Looked::Settling)));
        std::fs::write(place.join("db.age"), ciphertext("text-armored.age")).unwrap();
        assert!(matches!(source.look(Timestamp::from_millis(0)).await, Ok(Looked::Moved(_))));
    });
}

/// What is wrong with a manifest whose encrypted file holds this; else its version.
fn outcome(manifest: &str, bytes: &[u8]) -> String {
    let mut outcomes = outcomes(&beside("default", manifest, bytes));
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    outcomes.pop_first().map(|(what, outcome)| format!("{what}: {outcome}")).unwrap()
}

#[test]
fn a_file_for_a_key_of_kms_is_whole_or_refused_before_anything_is_decrypted() {
    let file = |change: &dyn Fn(&mut Value)| {
        let mut file = json!({"format": "evenkeel.dev/kms/v1", "keyId": "arn", "dataKey": "AAAA",
            "nonce": "AAAAAAAAAAAAAAAA", "ciphertext": "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
        change(&mut file);
        file.to_string()
    };
    let of_kms = || encrypted("db", "db.kms", "kms", "");
    for (text, words) in [
        (file(&|file| file["format"] = "evenkeel.dev/kms/v2".into()), "is not encrypted by"),
        (file(&|file| file["more"] = "x".into()), "is not encrypted by"),
        (file(&|file| file["keyId"] = Value::Null), "is not encrypted by"),
        (file(&|file| file["dataKey"] = "no base64".into()), "its `dataKey` cannot be read"),
        (file(&|file| file["nonce"] = "AAAA".into()), "its `nonce` cannot be read"),
        (file(&|file| file["ciphertext"] = "AAAA".into()), "its `ciphertext` cannot be read"),
        ("password".to_owned(), "is not encrypted by"),
    ] {
        let refused = outcome(&of_kms(), text.as_bytes());
        assert!(refused.starts_with("error 5: ") && refused.contains(words), "{text}: {refused}");
    }
    assert!(outcome(&of_kms(), file(&|_| ()).as_bytes()).starts_with("db: "), "a whole one is taken");
}

#[test]
fn a_file_is_one_of_age_or_refused() {
    let (identity, of_ssh) = (ciphertext("x25519.key"), ciphertext("ed25519.key"));
    let lower = identity.to_ascii_lowercase();
    for (bytes, words) in [
        (&b"password"[..], "is not encrypted by age"),
        (b"", "is not encrypted by age"),
        (&identity, "holds an age identity"),
        (&lower, "holds an age identity"),
        (&of_ssh, "another private key, which is to stand in no repository"),
        (&vec![b' '; evenkeel::manifest::MAX_BYTES + 1], "is larger than 1024 KiB"),
    ] {
        let refused = outcome(&manifest("db", "db.age"), bytes);
        assert!(refused.starts_with("error 5: ") && refused.contains(words), "{refused}");
    }
}

/// Secrets Manager keeps these: another id for what is the same would write it anew, and deploy its readers. These
/// were computed by another program.
#[test]
fn the_id_of_a_version_is_the_same_for_ever() {
    let kms = json!({"format": "evenkeel.dev/kms/v1", "keyId": "arn", "dataKey": "AAAA",
        "nonce": "AAAAAAAAAAAAAAAA", "ciphertext": "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
    let sops = std::fs::read(age_files().join("../../sops/rich.json")).unwrap();
    let generated =
        encrypted("db", "", "age", "").replace("encrypted: {file: , format: age}", "generate: {generation: 3}");
    for (manifest, bytes, id) in [
        (
            manifest("db", "db.age"),
            ciphertext("text.age"),
            "2757ca4b7c7fe5fa5932c4316530b250a5e291704b7ffffd8f6d1ed57d1b2fe5",
        ),
        (
            manifest("db", "db.age"),
            ciphertext("text-armored.age"),
            "7eb77dc94f420c5428c8235aee3313f4088b0b335ff64b502b783202589d792f",
        ),
        (
            encrypted("db", "db.kms", "kms", ""),
            kms.to_string().into_bytes(),
            "ff9ef51a3cdb660de1a008157e373c107d064c4aac195cd229edbf58e7d62ba4",
        ),
        (
            encrypted("db", "db.json", "sops", ""),
            sops,
            "74d3cd0491a65d64780fac4de64c7b918ce49396969982d4d30fd82eb6ca66be",
        ),
        (generated, Vec::new(), "db20a20ca80cc6429827df3bebfdc99c35feb39e498c71ac863fe91ffff23901"),
    ] {
        assert_eq!(outcome(&manifest, &bytes), format!("db: {id}"), "{manifest}");
    }
}

#[test]
fn of_two_documents_of_one_name_standard_input_lies_in_no_folder() {
    let twice = |one: &str, other: &str| {
        let read = [one, other].map(|name| SourceFile { name: name.into(), text: manifest("db", "db.age") });
        let found = loaded(Files { read: read.to_vec(), ..Files::default() }).checked.found;
        found.into_iter().find(|found| found.message.contains("written twice")).unwrap().help.unwrap()
    };
    for names in
        [("<stdin>", "q/all.yaml"), ("q/all.yaml", "<stdin>"), ("<stdin>", "<stdin>"), ("q/a.yaml", "q/b.yaml")]
    {
        assert_eq!(twice(names.0, names.1), format!("it is first written in {}:4", names.0));
    }
    let sets = "it is first written in a.yaml:4; where . and q are sets of their own, name one of them alone";
    assert_eq!(twice("a.yaml", "q/b.yaml"), sets);
}
